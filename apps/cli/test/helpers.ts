import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { onTestFinished } from "vitest";
import { runCli } from "../src/cli.ts";

/** A folder of the host, removed with its test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vfs-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What a command line answered. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

class Written extends Writable {
  readonly chunks: Buffer[] = [];
  readonly isTTY: boolean;
  readonly columns = 60;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

interface Surroundings {
  readonly stdin?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly isTTY?: boolean;
  /** Whether the standard output is a terminal. */
  readonly shown?: boolean;
}

/** The `vfs` command, as it is typed in the folder `cwd`. */
export function typedIn(cwd: string): (args: string[], surroundings?: Surroundings) => Promise<Answer> {
  return (args, surroundings) => started(cwd, args, surroundings).answer;
}

/** A command that is under way. */
interface Started {
  readonly answer: Promise<Answer>;
  /** What it has printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Ends it, as a signal does. */
  readonly ending: AbortController;
}

export function started(
  cwd: string,
  args: string[],
  { stdin = [], isTTY = false, shown = false }: Surroundings = {},
): Started {
  const stdout = new Written(shown);
  const stderr = new Written(isTTY);
  const ending = new AbortController();
  const source = stdin instanceof Readable ? stdin : Readable.from(stdin);
  const run = runCli(args, { stdin: source, stdout, stderr, signal: ending.signal, cwd });
  return {
    answer: run.then((code) => ({ code, stdout: stdout.text, stderr: stderr.text })),
    stdout: () => stdout.text,
    stderr: () => stderr.text,
    ending,
  };
}
