import type { Command } from "commander";
import { endedCode } from "./ending.ts";
import { parseMount } from "./location.ts";
import { Output, type Terminal } from "./output.ts";
import { Stores, type Traits } from "./stores.ts";

/** What every command can be told. */
interface SharedOptions {
  readonly mount?: string[];
  readonly mountRo?: string[];
  readonly json?: boolean;
}

/** What a command works with. */
export interface Job {
  readonly stores: Stores;
  readonly output: Output;
  /** Ends the command early. */
  readonly signal: AbortSignal;
}

/** Does a command; answers its exit code, or nothing for that of `output`. */
export type Action<A extends unknown[]> = (job: Job, ...args: A) => Promise<number | void>;

/** The `vfs` command while it is put together. */
export class Program {
  readonly root: Command;
  /** What the command that ran has answered. */
  exitCode = 0;
  readonly #terminal: Terminal;
  readonly #outer: Program | undefined;

  constructor(root: Command, terminal: Terminal, outer?: Program) {
    this.root = shared(root);
    this.#terminal = terminal;
    this.#outer = outer;
  }

  /** Commands of one kind: `vfs s3 list`. */
  group(name: string, description: string): Program {
    return new Program(this.root.command(name).description(description), this.#terminal, this);
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
    if (traits.seesCwd !== false) command.addHelpText("after", WHERE);
    return command.action(async (...given: unknown[]) => {
      // Commander adds itself behind the arguments and the options.
      this.exitCode = await this.#run(command, traits, action, given.slice(0, -1) as A);
      if (this.#outer !== undefined) this.#outer.exitCode = this.exitCode;
    });
  }

  async #run<A extends unknown[]>(
    command: Command,
    traits: Traits,
    action: Action<A>,
    args: A,
  ): Promise<number> {
    const { mount = [], mountRo = [], json = false } = command.optsWithGlobals<SharedOptions>();
    const { cwd, signal } = this.#terminal;
    const output = new Output(this.#terminal, json);
    const stores = new Stores(cwd);
    try {
      await stores.mount(
        [
          ...mount.map((text) => parseMount(text, cwd, false)),
          ...mountRo.map((text) => parseMount(text, cwd, true)),
        ],
        traits,
      );
      const code = await action({ stores, output, signal }, ...args);
      await stores.close();
      return signal.aborted ? endedCode(signal) : (code ?? output.exitCode);
    } catch (error) {
      await stores.close().catch(() => undefined);
      if (signal.aborted) return endedCode(signal);
      output.failure(error, (path) => stores.written(path));
      return output.exitCode;
    }
  }
}

const WHERE = `
A location is file:./path, sqlite:./x.db:/path, or a /path of the root that --mount makes.
Without --mount, /path is in the default root: memory, with the working directory in it, read-only, at /cwd.
`;

function shared(command: Command): Command {
  return command
    .option("--mount <path=store>", "put a store into the root; may be given more than once", collect)
    .option("--mount-ro <path=store>", "the same, read-only", collect)
    .option("--json", "print JSON, one value a line");
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}
