import { existsSync } from "node:fs";
import { constants } from "node:os";
import type { Stream } from "./connect.ts";
import { launch, type Launched } from "./launch.ts";
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
  readonly done: Promise<void>;
  readonly #listeners = new Set<Stream>();
  #launched: Launched | undefined;

  /** Begins a process, with who hears of all that it does. */
  constructor(sandbox: Sandbox, request: StartRequest, user: User, stream: Stream) {
    this.request = request;
    const { cwd } = request.process;
    const home = sandbox.homeOf(user);
    const at = cwd === undefined || cwd === "" ? home : sandbox.toHost(cwd);
    if (!existsSync(at)) throw new Refusal("invalid_argument", `cwd '${cwd ?? home}' does not exist`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    const end = (last: (listener: Stream) => void): void => {
      for (const listener of this.#listeners) last(listener);
      resolve();
    };
    this.#add(stream);
    launch(sandbox, request, at, user, {
      begin: (launched) => {
        this.#launched = launched;
        sandbox.processes.set(launched.pid, this);
        void promise.then(() => sandbox.processes.delete(launched.pid));
        stream.send({ event: { start: { pid: launched.pid } } });
        // It may be over with the sandbox since.
        if (sandbox.state === "killed") launched.signal("SIGKILL");
      },
      stdout: (bytes) => this.#tell("stdout", bytes),
      stderr: (bytes) => this.#tell("stderr", bytes),
      fail: (error) => end((listener) => listener.end(new Refusal("internal", error.message))),
      end: (code, signal) =>
        end((listener) => {
          listener.send({ event: { end: endOf(code, signal) } });
          listener.end();
        }),
    });
  }

  get pid(): number {
    return this.#launched?.pid ?? -1;
  }

  /** Has one more hear of it, from now on. */
  listen(stream: Stream): void {
    this.#add(stream);
    stream.send({ event: { start: { pid: this.pid } } });
  }

  /** Who listens hears of this, and of nothing more. */
  fail(refusal: Refusal): void {
    for (const stream of this.#listeners) stream.end(refusal);
    this.#listeners.clear();
  }

  input(bytes: Buffer): void {
    this.#launched?.stdin?.write(bytes);
  }

  closeInput(): void {
    this.#launched?.stdin?.end();
  }

  signal(name: NodeJS.Signals): boolean {
    return this.#launched?.signal(name) ?? false;
  }

  #add(stream: Stream): void {
    this.#listeners.add(stream);
    stream.response.on("close", () => this.#listeners.delete(stream));
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
