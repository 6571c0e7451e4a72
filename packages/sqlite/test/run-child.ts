import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

// What a process holds is to be seen, not what it could give back but has not collected yet: V8 lets 64 MiB of that
// come together in arrays that are read and dropped.
const FLAGS = ["--conditions=@vfs/source", "--expose-gc", "--max-semi-space-size=1"];

const SCRIPT = fileURLToPath(new URL("child.ts", import.meta.url));

/** A process that works on a database, and what it tells. */
export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #errors = "";

  constructor(...args: readonly string[]) {
    this.#process = spawn(process.execPath, [...FLAGS, SCRIPT, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#process.stderr.on("data", (data) => (this.#errors += String(data)));
    this.#ended = once(this.#process, "close");
    onTestFinished(() => void this.#process.kill("SIGKILL"));
  }

  /** What it tells next; undefined when it has ended. */
  async next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value) as unknown);
  }

  /** Gives an order and answers with what is told then. */
  async ask(order: string): Promise<unknown> {
    this.#process.stdin.write(`${order}\n`);
    return this.next();
  }

  /** Kills it, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  /** Waits for its own end; fails when that is a failure. */
  async end(): Promise<void> {
    await this.#ended;
    if (this.#process.exitCode !== 0) throw new Error(`the process failed: ${this.#errors}`);
  }
}
