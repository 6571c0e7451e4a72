import type { Engine, EngineOptions, Guest, HostServices, HostUse } from "../engine.ts";
import type { GuestOutcome } from "../protocol.ts";
import { NO_USE, sumOf } from "../stats.ts";
import { nodeRun, type NodeCommand } from "./node-command.ts";
import { pythonRuns, type PythonCommand } from "./python-command.ts";

/** What a program has come to, as the shell's guest is told of it; texts have one character a byte. */
export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

// What is interrupted, and does not mind, is ended this much later: before its shell is, which waits for it.
const GRACE_MS = 400;

// What a shell calls a program that it has ended, that took too long, and that it does not have.
const KILLED = 137;
const TIMED_OUT = 124;
const NOT_FOUND = 127;

type Language = "python3" | "node";

/**
 * The programs that a shell can start: each in a fresh interpreter, so that nothing of one is left for the next. The
 * interpreter for the next one starts while this one is put to use, so that only the first has to wait for it.
 */
export class Programs {
  #options: EngineOptions;
  readonly #spares = new Map<Language, Promise<Guest>>();
  readonly #alive = new Set<Promise<Guest>>();
  #running: Guest | undefined;
  #deadlineMs = 0;
  /** Aborted when what the shell runs is interrupted. */
  #interrupted = new AbortController();
  #ended = false;
  /** What those that have ended have made of the host. */
  #used: HostUse = NO_USE;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get use(): HostUse {
    return this.#used;
  }

  /** Gives a shell that has run nothing yet other files and functions. */
  attach(services: HostServices): void {
    this.#options = { ...this.#options, ...services };
  }

  /** The shell begins something that may take so long. */
  start(timeoutMs: number): void {
    this.#deadlineMs = performance.now() + timeoutMs;
    this.#interrupted = new AbortController();
  }

  /** Runs a program for the shell, whatever it is told to; never fails. */
  async run(args: readonly unknown[], stdin: Uint8Array): Promise<ProgramResult> {
    const [language, command] = args;
    try {
      if (language === "python3") return await this.#python(command as PythonCommand, stdin);
      if (language === "node") return await this.#node(command as NodeCommand, stdin);
      return failed(NOT_FOUND, "there is no such program");
    } catch (error) {
      return failed(NOT_FOUND, `${String(language)}: ${error instanceof Error ? reasonOf(error) : "failed"}`);
    }
  }

  interrupt(): void {
    this.#interrupted.abort();
    this.#running?.interrupt();
  }

  /** Ends everything that was started. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(Array.from(this.#alive, (guest) => this.#discard(guest)));
    this.#ended = false;
  }

  async #python(command: PythonCommand, stdin: Uint8Array): Promise<ProgramResult> {
    const { python } = await import("../python/python.ts");
    return this.#use("python3", python(), async (guest, printed) => {
      const [before, run] = pythonRuns(command, stdin, this.#leftMs());
      const ready = await guest.run(before, () => undefined);
      if (ready.error !== undefined) return failed(1, `python3: ${ready.error.message}`);
      return printed.result(await guest.run(run, printed.take), "python3");
    });
  }

  async #node(command: NodeCommand, stdin: Uint8Array): Promise<ProgramResult> {
    const { javascript } = await import("../javascript/javascript.ts");
    return this.#use("node", javascript(), async (guest, printed) => {
      const outcome = await guest.run(nodeRun(command, stdin, this.#leftMs()), printed.take);
      return printed.result(outcome, "node", command.prints ? outcome : undefined);
    });
  }

  #leftMs(): number {
    return Math.max(1, this.#deadlineMs - performance.now());
  }

  async #use(
    language: Language,
    engine: Engine,
    action: (guest: Guest, printed: Printed) => Promise<ProgramResult>,
  ): Promise<ProgramResult> {
    const starting = this.#spares.get(language) ?? this.#start(engine);
    this.#spares.delete(language);
    const guest = await this.#inTime(starting);
    if (guest === undefined) {
      // The next command finds it started.
      if (this.#alive.has(starting)) this.#spares.set(language, starting);
      return failed(TIMED_OUT, `${language}: it took too long to start`);
    }
    this.#running = guest;
    const timer = setTimeout(() => void guest.kill(), this.#leftMs() + GRACE_MS);
    const printed = new Printed();
    try {
      return await action(guest, printed);
    } catch {
      const late = this.#leftMs() <= 1;
      return printed.with(
        late ? TIMED_OUT : KILLED,
        `${language}: ${late ? "it took too long" : "killed"}\n`,
      );
    } finally {
      clearTimeout(timer);
      this.#running = undefined;
      this.#used = sumOf(this.#used, guest.use?.() ?? NO_USE);
      void this.#discard(starting);
      if (!this.#ended) this.#prepare(language, engine);
    }
  }

  /** An interpreter that is started; none when there is no time left to wait for it. */
  async #inTime(starting: Promise<Guest>): Promise<Guest | undefined> {
    const { signal } = this.#interrupted;
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const giveUp = (): void => resolve(undefined);
    const timer = setTimeout(giveUp, this.#leftMs());
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      return await Promise.race([starting, late]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      // Whoever takes it up later is told.
      starting.catch(() => undefined);
    }
  }

  /** Starts an interpreter for the next command; that it fails is found out by then. */
  #prepare(language: Language, engine: Engine): void {
    const spare = this.#start(engine);
    spare.catch(() => undefined);
    this.#spares.set(language, spare);
  }

  #start(engine: Engine): Promise<Guest> {
    const starting = engine.start(this.#options);
    this.#alive.add(starting);
    starting.catch(() => this.#alive.delete(starting));
    return starting;
  }

  async #discard(starting: Promise<Guest>): Promise<void> {
    for (const [language, spare] of this.#spares) if (spare === starting) this.#spares.delete(language);
    const guest = await starting.catch(() => undefined);
    await guest?.kill();
    this.#alive.delete(starting);
  }
}

/** What a program has printed. */
class Printed {
  readonly #parts: { readonly 1: Buffer[]; readonly 2: Buffer[] } = { 1: [], 2: [] };

  readonly take = (fd: 1 | 2, bytes: Uint8Array): void => {
    this.#parts[fd].push(Buffer.from(bytes));
  };

  with(exitCode: number, complaint = "", more = ""): ProgramResult {
    const text = (fd: 1 | 2, added: string): string =>
      Buffer.concat([...this.#parts[fd], Buffer.from(added)]).toString("latin1");
    return { stdout: text(1, more), stderr: text(2, complaint), exitCode };
  }

  /** @param shown Whose value is printed, too. */
  result(outcome: GuestOutcome, name: string, shown?: GuestOutcome): ProgramResult {
    const { error, interrupted, exitCode = 0 } = outcome;
    if (interrupted === "timeout") return this.with(TIMED_OUT, `${name}: it took too long\n`);
    if (interrupted === "output") return this.with(KILLED, `${name}: it printed more than it may\n`);
    if (interrupted === "memory")
      return this.with(KILLED, `${name}: it wanted more memory than it may have\n`);
    if (interrupted !== undefined) return this.with(130, `${name}: interrupted\n`);
    if (error === undefined) return this.with(exitCode, "", shown === undefined ? "" : shownOf(shown));
    if (error.type === "SystemExit") return this.#exited(error.message);
    return this.with(1, error.traceback === "" ? `${error.type}: ${error.message}\n` : error.traceback);
  }

  /** `sys.exit` of a number ends with that, and of anything else with a text and 1. */
  #exited(message: string): ProgramResult {
    if (/^-?\d+$/.test(message)) return this.with(Number(message) & 255);
    return message === "None" ? this.with(0) : this.with(1, `${message}\n`);
  }
}

function shownOf({ value, repr }: GuestOutcome): string {
  return `${typeof value === "string" ? value : (repr ?? "undefined")}\n`;
}

function failed(exitCode: number, complaint: string): ProgramResult {
  return { stdout: "", stderr: Buffer.from(`${complaint}\n`).toString("latin1"), exitCode };
}

/** Why an interpreter did not start. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
