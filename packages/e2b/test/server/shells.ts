import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { quoted } from "../../src/quote.ts";
import { environmentOf, type Heard } from "./launch.ts";
import type { Sandbox } from "./sandbox.ts";
import type { User } from "./users.ts";

/**
 * What a shell does that waits: 0 has jobs, each behind its length, 3 hears of them, 4 is what they take for stderr.
 * A job is a fork of the shell, and may do whatever a shell of its own may. `mark` is what none of them prints. Of one
 * that a signal has ended the shell complains before its status comes: who exits with 137 by itself is told from it so.
 */
const loopOf = (mark: string): string => `
exec 2>&3
while read -r -N 8 vfs_length && read -r -N "$vfs_length" vfs_job; do
  (
    printf '%s\\n' "$BASHPID" >&3
    exec </dev/null 2>&4 3>&- 4>&-
    eval "$vfs_job"
  )
  vfs_status=$?
  printf '\\1%s' ${mark}
  printf '\\1%s' ${mark} >&4
  printf '%s\\n' "$vfs_status" >&3
done`;

/** Passes on what a job prints, until the mark that nothing of it comes any more. */
class Output {
  readonly #mark: Buffer;
  readonly #met: () => void;
  #held: Buffer = Buffer.alloc(0);
  pass: (bytes: Buffer) => void = () => undefined;

  constructor(stream: Readable, mark: string, met: () => void) {
    this.#mark = Buffer.from(`\x01${mark}`);
    this.#met = met;
    stream.on("data", (bytes: Buffer) => this.#take(bytes));
  }

  #take(bytes: Buffer): void {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const at = all.indexOf(this.#mark);
    const end = at < 0 ? all.length - this.#begun(all) : at;
    if (end > 0) this.pass(all.subarray(0, end));
    this.#held = at < 0 ? all.subarray(end) : all.subarray(at + this.#mark.length);
    if (at >= 0) this.#met();
  }

  /** How many of the last bytes may be the beginning of a mark. */
  #begun(all: Buffer): number {
    const from = all.lastIndexOf(1);
    const count = all.length - from;
    if (from < 0 || count >= this.#mark.length) return 0;
    return all.subarray(from).equals(this.#mark.subarray(0, count)) ? count : 0;
  }
}

const SIGNALS = Object.entries(constants.signals) as [NodeJS.Signals, number][];

/** A job that is under way. */
interface Job {
  readonly heard: Heard;
  /** What came before it was known that it has begun. */
  readonly early: (() => void)[];
  pid: number | undefined;
  status: number | undefined;
  /** Which of stdout, stderr and status are still to come. */
  missing: number;
  isKilled: boolean;
}

/** A shell that forks itself for each command. */
class Shell {
  readonly #child: ChildProcess;
  readonly #outputs: Readonly<Record<"stdout" | "stderr", Output>>;
  readonly #free: () => void;
  #said = "";
  #job: Job | undefined;

  constructor(sandbox: Sandbox, user: User, free: () => void) {
    this.#free = free;
    const mark = randomBytes(16).toString("hex");
    const { program, args, ids } = sandbox.commandOf(user, "/bin/bash", ["--norc", "-c", loopOf(mark)]);
    this.#child = spawn(program, args, {
      cwd: sandbox.homeOf(user),
      env: environmentOf(sandbox, user),
      stdio: ["pipe", "pipe", "ignore", "pipe", "pipe"],
      ...ids,
    });
    const [, stdout, , reports, stderr] = this.#child.stdio as unknown as readonly [
      unknown,
      Readable,
      unknown,
      Readable,
      Readable,
    ];
    this.#outputs = {
      stdout: new Output(stdout, mark, () => this.#came()),
      stderr: new Output(stderr, mark, () => this.#came()),
    };
    reports.on("data", (bytes: Buffer) => this.#report(bytes.toString()));
    (this.#child.stdin as Writable).on("error", () => undefined);
    // A command that ends the shell itself, as by `kill $$`, has ended as it did.
    this.#child.on("close", (code, signal) => {
      if (this.#job !== undefined)
        tellEnd(this.#job.heard, code ?? 128 + constants.signals[signal ?? "SIGKILL"], true);
    });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  run(text: string, heard: Heard): void {
    const job: Job = { heard, early: [], pid: undefined, status: undefined, missing: 3, isKilled: false };
    this.#job = job;
    for (const name of ["stdout", "stderr"] as const)
      this.#outputs[name].pass = (bytes) => {
        if (job.pid === undefined) job.early.push(() => heard[name](bytes));
        else heard[name](bytes);
      };
    const bytes = Buffer.from(text);
    this.#child.stdin?.write(Buffer.concat([Buffer.from(String(bytes.length).padStart(8, "0")), bytes]));
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }

  #report(text: string): void {
    const lines = (this.#said + text).split("\n");
    this.#said = lines.pop() ?? "";
    for (const line of lines) {
      const job = this.#job;
      if (job === undefined) continue;
      if (!/^\d+$/.test(line)) {
        job.isKilled = true;
        continue;
      }
      if (job.pid !== undefined) {
        job.status = Number(line);
        this.#came();
        continue;
      }
      const pid = (job.pid = Number(line));
      job.heard.begin({ pid, stdin: undefined, signal: (name) => signalTo(pid, name) });
      for (const tell of job.early) tell();
    }
  }

  #came(): void {
    const job = this.#job;
    if (job === undefined || --job.missing > 0) return;
    this.#job = undefined;
    this.#free();
    tellEnd(job.heard, job.status ?? 0, job.isKilled);
  }
}

/** A shell tells of a signal by a status. */
function tellEnd(heard: Heard, status: number, isKilled: boolean): void {
  const [signal] = SIGNALS.find(([, number]) => number === status - 128) ?? [];
  if (isKilled && signal !== undefined) heard.end(null, signal);
  else heard.end(status, null);
}

function signalTo(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/**
 * The shells of a sandbox that wait for commands: to fork a small shell takes a third of what it takes to start one from
 * a process as large as this. What a command leaves running must not hold its output: the next one's would be mixed
 * with it.
 */
export class Shells {
  readonly #sandbox: Sandbox;
  readonly #free = new Map<User, Shell[]>();
  readonly #all = new Set<Shell>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  run(text: string, at: string, envs: Readonly<Record<string, string>>, user: User, heard: Heard): void {
    const free = this.#free.get(user) ?? [];
    this.#free.set(user, free);
    let shell = free.pop();
    while (shell !== undefined && !shell.isAlive) shell = free.pop();
    if (shell === undefined) {
      const made: Shell = new Shell(this.#sandbox, user, () => free.push(made));
      this.#all.add(made);
      shell = made;
    }
    const given = Object.entries(envs).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
    const moves =
      at === this.#sandbox.homeOf(user)
        ? ""
        : `cd -P -- ${quoted(this.#sandbox.pathInside(at))} || exit\nunset OLDPWD\n`;
    shell.run(given.join("") + moves + text, heard);
  }

  end(): void {
    for (const shell of this.#all) shell.end();
  }
}
