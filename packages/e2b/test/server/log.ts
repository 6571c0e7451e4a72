import type { FaultKind } from "./faults.ts";

/** One request that came. */
export interface LogEntry {
  /** `Start`, `ReadFile`, `CreateSandbox`. */
  readonly op: string;
  /** Of which sandbox. */
  readonly sandboxId: string | undefined;
  /** The path of a file, or the text of a command. */
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  status: number;
  requestBytes: number;
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

  /** How many requests of each operation came. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { op } of this.entries) counts[op] = (counts[op] ?? 0) + 1;
    return counts;
  }
}
