import { AsyncLocalStorage } from "node:async_hooks";
import { Files } from "../../guest/files.ts";
import { Watch } from "../../python/guest/clock.ts";
import { Output } from "../../python/guest/output.ts";
import type { GuestConfig, GuestOutcome, GuestRun } from "../../protocol.ts";
import { keepingMemory, withEnvironment, type JustBash, type OpenBash, type Script } from "./bash.ts";
import { ownCommands } from "./commands.ts";
import { liveFileSystem } from "./live-fs.ts";

type CommandName = NonNullable<NonNullable<ConstructorParameters<JustBash["Bash"]>[0]>["commands"]>[number];

// What a statement prints is kept until it is done, and what it writes into files is counted with it. That is bounded by
// the memory; what the session may print is less, and cut off to the byte.
const OUTPUT_SHARE = 4;
// A text is copied several times while it is put together.
const TEXT_SHARE = 8;
const LOOK_MS = 10;
// How often a script may ask for its limits before the clock is looked at.
const ASKS = 16;
/** Says that the statement before it has not ended the script. */
const GOES_ON = "__vfs_goes_on";

// Of a loop inside of a command, which does not look at the clock: some seconds' worth.
const COMMAND_ITERATIONS = 10_000_000;

// Time is what limits a script: these would end an honest one.
const LIMITS: Readonly<Record<string, number>> = {
  maxCommandCount: Infinity,
  maxLoopIterations: Infinity,
  maxAwkIterations: COMMAND_ITERATIONS,
  maxSedIterations: COMMAND_ITERATIONS,
  maxJqIterations: COMMAND_ITERATIONS,
  maxWorkUnits: Infinity,
  maxExecutionTimeMs: Infinity,
};

// sqlite3 needs threads. `html-to-markdown` is of use with `curl` alone.
const LEFT_OUT: ReadonlySet<string> = new Set(["sqlite3", "html-to-markdown"]);

/** A shell that remembers: variables, functions and the directory stay from one piece of code to the next. */
export class Shell {
  readonly #bash: InstanceType<JustBash["Bash"]>;
  readonly #open: OpenBash;
  readonly #justBash: JustBash;
  readonly #files: Files;
  readonly #output: Output;
  readonly #watch = new Watch();
  #statements: Script["statements"] = [];
  #goesOn = false;
  #stop = new AbortController();
  #asked = 0;

  static async load(config: GuestConfig): Promise<Shell> {
    return new Shell((await import(config.modules?.["bash"] ?? "")) as JustBash, config);
  }

  private constructor(justBash: JustBash, config: GuestConfig) {
    const { mountPath, memoryBytes, scratchBytes, outputBytes, callbacks } = config;
    this.#justBash = justBash;
    this.#output = new Output(outputBytes, () => this.#watch.interrupt("output"));
    const { mountPaths = [mountPath] } = config;
    this.#files = new Files(mountPaths, this.#output);
    const beside = new justBash.InMemoryFs({}, { maxTotalBytes: scratchBytes });
    const commands = (justBash.getCommandNames() as CommandName[]).filter((name) => !LEFT_OUT.has(name));
    const own = [...ownCommands(justBash, callbacks), this.#marker()];
    for (const path of ["/tmp", "/bin", "/usr/bin", "/dev", ...mountPaths])
      beside.mkdirSync(path, { recursive: true });
    beside.writeFileSync("/dev/null", "");
    // A command is looked for as a file first, as in any shell.
    for (const name of [...commands, ...own.map((command) => command.name)])
      beside.writeFileSync(`/bin/${name}`, `#!/bin/bash\n# ${name}\n`, undefined, { mode: 0o755 });
    this.#bash = new justBash.Bash({
      fs: liveFileSystem(this.#files, mountPaths, beside, memoryBytes >> 2),
      cwd: mountPath,
      env: { HOME: mountPath, PATH: "/usr/bin:/bin", USER: "user", TMPDIR: "/tmp" },
      commands,
      customCommands: own,
      executionLimits: {
        ...LIMITS,
        maxStringLength: Math.floor(memoryBytes / TEXT_SHARE),
        maxOutputSize: Math.max(2 * outputBytes, Math.floor(memoryBytes / OUTPUT_SHARE)),
      },
    });
    this.#open = this.#bash as unknown as OpenBash;
    // Results as they are: just-bash guesses afterwards whether they are text.
    this.#open.logResult = (result) => result;
    this.#watchLimits();
    this.#bash.registerTransformPlugin({
      name: "statements",
      transform: ({ ast }) => ({ ast: { ...ast, statements: this.#statements } }),
    });
  }

  /** Runs a piece of code, one statement after another, so that what they print is there when the next one fails. */
  async run(run: GuestRun, stdin: Uint8Array): Promise<GuestOutcome> {
    const { code, timeoutMs, interrupts, cpuMs, argv, env } = run;
    this.#output.start();
    this.#watch.start(timeoutMs, interrupts, cpuMs);
    this.#stop = new AbortController();
    const timer = setInterval(() => this.#look(), LOOK_MS);
    try {
      const exitCode = await withEnvironment(this.#open, env, () => this.#runAll(code, stdin, argv, env));
      const { cause } = this.#watch;
      return {
        ...(cause === undefined ? { exitCode } : { interrupted: cause, error: INTERRUPTED }),
        cpuMs: this.#watch.cpuMs,
        truncated: this.#output.truncated,
        peakMemoryBytes: process.memoryUsage.rss(),
      };
    } finally {
      clearInterval(timer);
      this.#watch.stop();
    }
  }

  async #runAll(
    code: string,
    stdin: Uint8Array,
    argv: readonly string[] | undefined,
    env: Readonly<Record<string, string>> | undefined,
  ): Promise<number> {
    let statements: Script["statements"];
    try {
      ({ statements } = this.#justBash.parse(code));
    } catch (error) {
      this.#output.write(2, Buffer.from(`bash: syntax error: ${(error as Error).message}\n`));
      this.#open.state["lastExitCode"] = SYNTAX_CODE;
      return SYNTAX_CODE;
    }
    // What several statements read from one input, they read in one go.
    const parts = stdin.length > 0 ? [statements] : statements.map((statement) => [statement]);
    let exitCode = 0;
    for (const part of parts) {
      exitCode = await this.#runSome(part, stdin, argv, env);
      if (!this.#goesOn || this.#watch.wanted()) break;
    }
    return exitCode;
  }

  async #runSome(
    statements: Script["statements"],
    stdin: Uint8Array,
    argv: readonly string[] = [],
    env: Readonly<Record<string, string>> | undefined,
  ): Promise<number> {
    this.#goesOn = false;
    const [before, after] = [`set -- ${argv.slice(1).map(quoted).join(" ")}`, `${GOES_ON} $?`].map(
      (text) => this.#justBash.parse(text).statements,
    );
    this.#statements = [...(argv.length === 0 ? [] : (before ?? [])), ...statements, ...(after ?? [])];
    const { result, keep } = keepingMemory(this.#open, () =>
      this.#bash.exec(":", {
        rawScript: true,
        signal: this.#stop.signal,
        ...(stdin.length === 0 ? {} : { stdin: Buffer.from(stdin).toString("latin1"), stdinKind: "bytes" }),
        ...(env === undefined ? {} : { env: { ...env } }),
      }),
    );
    try {
      const { stdout, stderr, exitCode, stdoutKind } = await result;
      this.#output.write(1, bytesOf(stdout, stdoutKind));
      if (exitCode === LIMIT_CODE && stderr.includes("output size limit exceeded")) this.#output.overflow();
      else if (!this.#stop.signal.aborted) this.#output.write(2, bytesOf(stderr, undefined));
      return exitCode;
    } catch (error) {
      this.#output.write(2, Buffer.from(`bash: ${(error as Error).message}\n`));
      return 1;
    } finally {
      keep();
    }
  }

  #marker(): ReturnType<JustBash["defineCommand"]> {
    return this.#justBash.defineCommand(GOES_ON, async ([exitCode]) => {
      this.#goesOn = true;
      return { stdout: "", stderr: "", exitCode: Number(exitCode) };
    });
  }

  /** A script asks for its limits all the time: that is where it is found out that it has no more time. */
  #watchLimits(): void {
    const { limits } = this.#open;
    const inContext = AsyncLocalStorage.snapshot();
    for (const [name, limit] of Object.entries(limits))
      Object.defineProperty(limits, name, {
        enumerable: true,
        get: () => {
          if (++this.#asked % ASKS === 0) inContext(() => this.#look());
          return this.#stop.signal.aborted ? 0 : limit;
        },
      });
  }

  #look(): void {
    if (this.#watch.wanted()) this.#stop.abort();
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const SYNTAX_CODE = 2;

// How a script ends that has met one of just-bash's own limits.
const LIMIT_CODE = 126;

const INTERRUPTED = { type: "Interrupted", message: "", traceback: "" };

/** What a script has printed: bytes, of which just-bash makes one character each, or text. */
function bytesOf(printed: string, kind: string | undefined): Buffer {
  if (/[^\0-\xff]/.test(printed)) return Buffer.from(printed);
  const bytes = Buffer.from(printed, "latin1");
  return kind === "bytes" || isUtf8(bytes) ? bytes : Buffer.from(printed);
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function isUtf8(bytes: Buffer): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
