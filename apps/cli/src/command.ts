import { Option, type Command } from "commander";
import { loadConfig, loadEnvFile } from "./config/config.ts";
import { endedCode } from "./ending.ts";
import { parseMount } from "./location.ts";
import { Output, UsageError, type Terminal } from "./output.ts";
import { Stores, type Traits } from "./stores.ts";

/** What every command can be told. */
interface SharedOptions {
  readonly mount?: string[];
  readonly mountRo?: string[];
  readonly json?: boolean;
  /** False of `--no-config`. */
  readonly config?: string | false;
  readonly envFile?: string[];
  readonly debug?: boolean;
}

/** What a command works with. */
export interface Job {
  readonly stores: Stores;
  readonly output: Output;
  /** Ends the command early. */
  readonly signal: AbortSignal;
  readonly shared: SharedOptions;
  /** Tells of what failed, with paths as they were written; the command may go on, and ends with another code than 0. */
  readonly onError: (error: unknown) => void;
}

/** Does a command; answers its exit code, or nothing for that of `output`. */
export type Action<A extends unknown[]> = (job: Job, ...args: A) => Promise<number | void>;

/** The `vfs` command while it is put together. */
export class Program {
  readonly root: Command;
  readonly #terminal: Terminal;
  readonly #ended: { code: number };
  readonly #stores: Stores | undefined;

  /** @param stores What is open already, and stays so: for a command within a shell. */
  constructor(root: Command, terminal: Terminal, stores?: Stores, ended: { code: number } = { code: 0 }) {
    this.root = shared(root);
    this.#terminal = terminal;
    this.#stores = stores;
    this.#ended = ended;
  }

  /** What the command that ran has answered. */
  get exitCode(): number {
    return this.#ended.code;
  }

  /** Adds a command that has commands of its own: `vfs template apply`. */
  group(name: string, description: string): Program {
    return new Program(
      this.root.command(name).description(description),
      this.#terminal,
      this.#stores,
      this.#ended,
    );
  }

  /** Adds a command that no help tells of. */
  hidden<A extends unknown[]>(usage: string, action: Action<A>): void {
    const command = this.root.command(usage, { hidden: true });
    command.action(async (...given: unknown[]) => {
      this.#ended.code = await this.#run(command, {}, action, given.slice(0, -1) as A);
    });
  }

  /**
   * Adds a command.
   *
   * @param usage The name and the arguments, as commander reads them: `cat <location...>`.
   * @param action Is given the arguments in their order, then the options.
   */
  add<A extends unknown[]>(
    usage: string,
    description: string,
    action: Action<A>,
    traits: Traits = {},
  ): Command {
    const command = shared(this.root.command(usage).description(description));
    if (traits.seesCwd !== false && traits.opensNothing !== true) command.addHelpText("after", WHERE);
    return command.action(async (...given: unknown[]) => {
      // Commander adds itself behind the arguments and the options.
      this.#ended.code = await this.#run(command, traits, action, given.slice(0, -1) as A);
    });
  }

  async #run<A extends unknown[]>(
    command: Command,
    traits: Traits,
    action: Action<A>,
    args: A,
  ): Promise<number> {
    const options = command.optsWithGlobals<SharedOptions>();
    const { json = false, debug = false } = options;
    const { cwd, signal } = this.#terminal;
    const output = new Output(this.#terminal, json, debug);
    const stores = this.#stores ?? new Stores(cwd, traits.isShell);
    const onError = (error: unknown): void => output.failure(error, (path) => stores.written(path));
    const close = async (): Promise<void> => (this.#stores === undefined ? stores.close() : undefined);
    try {
      if (this.#stores === undefined) await mountAll(stores, options, traits, cwd);
      else refuseMounts(options);
      const code = await action({ stores, output, signal, shared: options, onError }, ...args);
      await close();
      return signal.aborted ? endedCode(signal) : (code ?? output.exitCode);
    } catch (error) {
      await close().catch(() => undefined);
      if (signal.aborted) return endedCode(signal);
      onError(error);
      return output.exitCode;
    }
  }
}

/** Puts into the root what the command line and the configuration say; where both name a path, the command line. */
async function mountAll(stores: Stores, options: SharedOptions, traits: Traits, cwd: string): Promise<void> {
  const { mount = [], mountRo = [], config, envFile = [] } = options;
  for (const file of envFile) loadEnvFile(file, cwd);
  if (traits.opensNothing) return;
  const named = [
    ...mount.map((text) => parseMount(text, cwd, false)),
    ...mountRo.map((text) => parseMount(text, cwd, true)),
  ];
  const isWanted = config !== false && (config !== undefined || traits.seesCwd !== false);
  const configured = isWanted ? ((await loadConfig(config, cwd))?.mounts ?? []) : [];
  const others = configured.filter(({ path }) => !named.some((spec) => spec.path === path));
  const opensLate = named.length === 0 && others.length > 0 && traits.seesCwd !== false;
  await stores.mount([...named, ...others], { ...traits, opensLate: traits.opensLate ?? opensLate });
}

/** Within a shell everything is mounted already. */
function refuseMounts({ mount, mountRo, config, envFile }: SharedOptions): void {
  if ((mount ?? mountRo ?? config ?? envFile) !== undefined)
    throw new UsageError(
      "--mount, --config and --env-file are for vfs shell itself, not for a command in it",
    );
}

const WHERE = `
A location is file:./path, sqlite:./x.db:/path, s3://bucket/path, e2b://id/path, or a /path of what --mount or a
configuration mounts. Without either, /path is in memory, with the working directory in it, read-only, at /cwd.
`;

/** The heading of what every command takes; it stands behind what is a command's own. */
export const SHARED_GROUP = "Options of every command:";

function shared(command: Command): Command {
  const options = [
    new Option("--mount <path=store>", "put a store into the root; may be given more than once").argParser(
      collect,
    ),
    new Option("--mount-ro <path=store>", "the same, read-only").argParser(collect),
    new Option(
      "--config <file>",
      "what is mounted; vfs.config.ts, .js, .json or .yaml of this directory unless told",
    ),
    new Option("--no-config", "do without it"),
    new Option(
      "--env-file <file>",
      "put its NAME=value lines into the environment; may be given more than once",
    ).argParser(collect),
    new Option("--json", "print JSON, one value a line"),
    new Option("--debug", "print where in the program an error came from"),
  ];
  for (const option of options) command.addOption(option.helpGroup(SHARED_GROUP));
  return command;
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}
