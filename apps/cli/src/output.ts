import type { Writable } from "node:stream";
import { ERRNO, isVfsError } from "@vfs/core";

/** Where a command reads and writes. */
export interface Terminal {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** The directory of the host that the command was started in. */
  readonly cwd: string;
}

/** A command that makes no sense as it was written. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What a command says, as text or as JSON: one line, one value. */
export class Output {
  readonly terminal: Terminal;
  readonly json: boolean;
  #exitCode = 0;

  constructor(terminal: Terminal, json: boolean) {
    this.terminal = terminal;
    this.json = json;
  }

  /** 0 until something was said to have failed. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** A result: `value` for a program, `text` for people. */
  async result(value: unknown, text: string): Promise<void> {
    if (this.json) await this.write(`${JSON.stringify(value)}\n`);
    else if (text !== "") await this.write(`${text}\n`);
  }

  /** Writes to the standard output, no faster than it is read. */
  async write(data: string | Uint8Array): Promise<void> {
    const { stdout } = this.terminal;
    if (stdout.write(data)) return;
    await new Promise<void>((resolve) => {
      stdout.once("drain", resolve);
      stdout.once("close", resolve);
    });
  }

  /** Says what failed, without a stack: it is the caller's matter, not the program's. */
  failure(error: unknown, written: (path: string) => string = (path) => path): void {
    this.#exitCode = error instanceof UsageError ? 2 : 1;
    const { stderr } = this.terminal;
    if (!this.json) stderr.write(`vfs: ${describe(error, written)}\n`);
    else stderr.write(`${JSON.stringify({ error: toJson(error, written) })}\n`);
  }
}

function describe(error: unknown, written: (path: string) => string): string {
  if (!isVfsError(error)) return error instanceof Error ? error.message : String(error);
  const { code, path, dest, hint } = error;
  const paths = [path, dest].filter((one) => one !== undefined).map((one) => written(one));
  return [...paths, ERRNO[code].text].join(": ") + (hint === undefined ? "" : ` (${hint})`);
}

function toJson(error: unknown, written: (path: string) => string): object {
  if (!isVfsError(error)) return { message: describe(error, written) };
  const { code, path, dest } = error;
  return {
    code,
    message: describe(error, written),
    path: path === undefined ? undefined : written(path),
    dest: dest === undefined ? undefined : written(dest),
  };
}
