import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

/** Whether programs can be stopped here, so that it is known when they have. */
export const canStop: boolean = process.platform === "linux";

/** A program that tells, a line each, what it has done, and that is going to be killed. */
export class Victim {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #told: string[] = [];
  #rest = "";
  #chunks = 0;
  #heard = Promise.withResolvers<void>();

  /** Starts a program from the sources. What it says on its standard error is shown. */
  constructor(script: string, args: readonly string[]) {
    const all = [...process.execArgv, "--conditions=@vfs/source", script, ...args];
    this.#process = spawn(process.execPath, all, { stdio: ["ignore", "pipe", "inherit"] });
    this.#ended = once(this.#process, "close").then(() => this.#hear());
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      this.#told.push(...lines);
      this.#chunks++;
      this.#hear();
    });
  }

  /** Waits until it has told so many lines more. */
  async tells(lines: number): Promise<void> {
    const enough = this.#told.length + lines;
    while (this.#told.length < enough) {
      if (this.#hasEnded) throw new Error(`it ended by itself: ${this.#process.exitCode}`);
      await this.#heard.promise;
    }
  }

  /** Stops it between two instructions, as a kill would; answers all that it has told. */
  async stop(): Promise<readonly string[]> {
    this.#process.kill("SIGSTOP");
    while (!standsStill(this.#process.pid ?? 0)) await setImmediate();
    // What it wrote before that comes in the next turns.
    for (let seen = -1; seen !== this.#chunks; await setImmediate()) {
      seen = this.#chunks;
      await setImmediate();
    }
    return [...this.#told];
  }

  /** Lets it go on. */
  goOn(): void {
    this.#process.kill("SIGCONT");
  }

  /** Kills it, and answers all that it has told. */
  async kill(): Promise<readonly string[]> {
    if (this.#hasEnded) throw new Error(`it ended by itself: ${this.#process.exitCode}`);
    this.#process.kill("SIGKILL");
    await this.#ended;
    return this.#told;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #hear(): void {
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }
}

/** Copies a file or a folder with all that can be copied: times, links, modes. */
export function copyAll(from: string, to: string): void {
  execFileSync("cp", ["-a", "--", from, to]);
}

/** Whether every thread of a process is stopped, whatever call it was in. */
function standsStill(pid: number): boolean {
  const threads = `/proc/${pid}/task`;
  return readdirSync(threads).every((thread) => {
    const stat = readFileSync(`${threads}/${thread}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
  });
}
