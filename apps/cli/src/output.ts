import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { ERRNO, isVfsError } from "@vfs/core";
import { escaped } from "./text.ts";

/** Where a command reads and writes. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** The directory of the host that the command was started in. */
  readonly cwd: string;
  /** Ends the command early; its reason is an `Ended`. */
  readonly signal: AbortSignal;
  /** Lets another program have the terminal, as long as it needs it. */
  readonly handOver?: <T>(action: () => Promise<T>) => Promise<T>;
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

  readonly #debug: boolean;

  constructor(terminal: Terminal, json: boolean, debug = false) {
    this.terminal = terminal;
    this.json = json;
    this.#debug = debug;
  }

  /** 0 until something was said to have failed. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** A result: `value` for a program, `text` for people. */
  async result(value: unknown, text: string): Promise<void> {
    if (this.json) await this.write(`${jsonLine(value)}\n`);
    else if (text !== "") await this.write(`${text}\n`);
  }

  /** What is said of a failure, in one line. */
  sentence(error: unknown, written: (path: string) => string = (path) => path): string {
    return describe(error, written);
  }

  /** A name as it may be printed: a terminal would obey the control characters in it. */
  name(text: string): string {
    return this.terminal.stdout.isTTY === true ? escaped(text) : text;
  }

  /**
   * Writes to the standard output, no faster than it is read.
   *
   * @throws The reason of the signal, when the command is ended.
   */
  async write(data: string | Uint8Array): Promise<void> {
    const { stdout, signal } = this.terminal;
    signal.throwIfAborted();
    if (!stdout.write(data)) await once(stdout, "drain", { signal });
  }

  /**
   * Says what failed, without a stack unless that is asked for: it is the caller's matter, not the program's.
   *
   * @throws The reason of the signal, when the command is ended: then nothing has failed.
   */
  failure(error: unknown, written: (path: string) => string = (path) => path): void {
    const { stderr, signal } = this.terminal;
    signal.throwIfAborted();
    this.#exitCode = error instanceof UsageError ? 2 : 1;
    const text = `vfs: ${describe(error, written)}`;
    if (this.#debug) stderr.write(`${stacksOf(error)}\n`);
    if (!this.json) stderr.write(`${stderr.isTTY === true ? escaped(text) : text}\n`);
    else stderr.write(`${jsonLine({ error: toJson(error, written) })}\n`);
  }
}

/** Where an error came from, and what was behind it. Only that: what else an error carries may be secret. */
function stacksOf(error: unknown): string {
  const stacks: string[] = [];
  for (let one = error; one instanceof Error && stacks.length < MOST_CAUSES; one = one.cause)
    stacks.push(one.stack ?? `${one.name}: ${one.message}`);
  return stacks.join("\nbecause of ");
}

const MOST_CAUSES = 10;

function describe(error: unknown, written: (path: string) => string): string {
  if (!isVfsError(error)) return error instanceof Error ? error.message : String(error);
  const { code, path, dest, hint } = error;
  const paths = [path, dest].filter((one) => one !== undefined).map((one) => written(one));
  const where = paths.length === 0 ? "" : `${paths.join(" -> ")}: `;
  return `${where}${ERRNO[code].text}${hint === undefined ? "" : ` (${asTyped(hint)})`}`;
}

/** Hints are written for programs, which have options where people type letters. */
function asTyped(hint: string): string {
  return hint.replace(/^use recursive\b/, "use -r").replace(/\bsee onConflict$/, "see --on-conflict");
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

/** A value in one line of JSON, which leaves no control character to a terminal. */
function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
