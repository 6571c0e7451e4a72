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
  return async (args, { stdin = [], isTTY = false, shown = false } = {}) => {
    const stdout = new Written(shown);
    const stderr = new Written(isTTY);
    const { signal } = new AbortController();
    const code = await runCli(args, { stdin: Readable.from(stdin), stdout, stderr, signal, cwd });
    return { code, stdout: stdout.text, stderr: stderr.text };
  };
}
