import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { Stream } from "./connect.ts";
import { Refusal } from "./refusal.ts";
import type { Sandbox } from "./sandbox.ts";
import type { User } from "./users.ts";

/** What is to be run. */
export interface StartRequest {
  readonly process: {
    readonly cmd: string;
    readonly args?: readonly string[];
    readonly envs?: Readonly<Record<string, string>>;
    readonly cwd?: string;
  };
  readonly stdin?: boolean;
  readonly tag?: string;
}

/** As much output goes into one message. */
const MOST_BYTES = 32 << 10;

/** A process of a sandbox, with who listens to it. */
export class Running {
  readonly request: StartRequest;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<Stream>();
  readonly done: Promise<void>;

  constructor(sandbox: Sandbox, request: StartRequest, user: User) {
    this.request = request;
    const { cmd, args = [], envs = {}, cwd } = request.process;
    const home = sandbox.homeOf(user);
    const at = cwd === undefined || cwd === "" ? home : sandbox.toHost(cwd);
    if (!existsSync(at)) throw new Refusal("invalid_argument", `cwd '${cwd ?? home}' does not exist`);
    const { PATH = "/usr/local/bin:/usr/bin:/bin" } = process.env;
    this.#child = spawn(
      cmd,
      args.filter((arg) => arg !== "-l" || sandbox.hasProfile).map((arg) => sandbox.mapCommand(arg)),
      {
        cwd: at,
        env: { PATH, HOME: home, USER: user.name, LOGNAME: user.name, ...envs },
        stdio: [request.stdin === true ? "pipe" : "ignore", "pipe", "pipe"],
        ...user.ids,
      },
    );
    const { stdout, stderr } = this.#child;
    stdout?.on("data", (bytes: Buffer) => this.#tell("stdout", bytes));
    stderr?.on("data", (bytes: Buffer) => this.#tell("stderr", bytes));
    this.#child.stdin?.on("error", () => undefined);
    this.done = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        for (const stream of this.#listeners) stream.end(new Refusal("internal", error.message));
        resolve();
      });
      this.#child.on("close", (code, signal) => {
        for (const stream of this.#listeners) {
          stream.send({ event: { end: endOf(code, signal) } });
          stream.end();
        }
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  listen(stream: Stream): void {
    this.#listeners.add(stream);
    stream.response.on("close", () => this.#listeners.delete(stream));
    stream.send({ event: { start: { pid: this.pid } } });
  }

  /** Who listens hears of this, and of nothing more. */
  fail(refusal: Refusal): void {
    for (const stream of this.#listeners) stream.end(refusal);
    this.#listeners.clear();
  }

  input(bytes: Buffer): void {
    this.#child.stdin?.write(bytes);
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  signal(name: NodeJS.Signals): boolean {
    return this.#child.kill(name);
  }

  #tell(where: "stdout" | "stderr", bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += MOST_BYTES) {
      const part = bytes.subarray(at, at + MOST_BYTES).toString("base64");
      for (const stream of this.#listeners) stream.send({ event: { data: { [where]: part } } });
    }
  }
}

const SIGNALS: Readonly<Record<string, string>> = { SIGKILL: "killed", SIGTERM: "terminated" };

function endOf(code: number | null, signal: NodeJS.Signals | null): object {
  if (code === null) {
    const status = `signal: ${SIGNALS[signal ?? ""] ?? `signal ${constants.signals[signal ?? "SIGHUP"]}`}`;
    return { exitCode: -1, status, error: status };
  }
  const status = `exit status ${code}`;
  return code === 0 ? { exited: true, status } : { exitCode: code, exited: true, status, error: status };
}
