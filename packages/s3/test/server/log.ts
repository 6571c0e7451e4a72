import type { FaultKind } from "./faults.ts";

/** One request that came. */
export interface LogEntry {
  /** The name of the operation in the API: `GetObject`. */
  readonly op: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestBytes: number;
  status: number;
  /** The code of an error. */
  code: string | undefined;
  responseBytes: number;
  readonly fault: FaultKind | undefined;
}

/** All requests, in the order in which they came. */
export class Log {
  entries: LogEntry[] = [];

  add(entry: LogEntry): LogEntry {
    this.entries.push(entry);
    return entry;
  }

  clear(): void {
    this.entries = [];
  }

  /** The names of the operations. */
  get ops(): string[] {
    return this.entries.map(({ op }) => op);
  }

  /** How many requests of each operation came. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { op } of this.entries) counts[op] = (counts[op] ?? 0) + 1;
    return counts;
  }
}
