import type { Command } from "commander";
import { didYouMean } from "../nearest.ts";
import { Output, UsageError, type Terminal } from "../output.ts";
import { commandNames, completeLocation, optionNames } from "./complete.ts";
import type { ShellEngine, ShellSession } from "./engine.ts";
import { escapedWord, wordsOf, type Word } from "./words.ts";

/** How the commands of the program are reached, which are not of this file. */
export interface Verbs {
  /** Runs a command on stores that are open. */
  readonly run: (args: readonly string[], terminal: Terminal, session: ShellSession) => Promise<number>;
  /** The table of commands. */
  readonly table: () => Command;
}

const BUILTINS: Readonly<Record<string, string>> = {
  cd: "go to a directory; / unless told",
  pwd: "print where you are",
  help: "print this, or the help of a command",
  exit: "leave, with a code if you like",
};
/** What makes no sense within the shell. */
const LEFT_OUT: ReadonlySet<string> = new Set(["shell", "completion"]);

/** The commands of the program itself, on stores that stay open: `ls -l`, `cd docs`, `cp *.txt /backup`. */
export class VerbsEngine implements ShellEngine {
  readonly #session: ShellSession;
  readonly #verbs: Verbs;
  #code = 0;

  constructor(session: ShellSession, verbs: Verbs) {
    this.#session = session;
    this.#verbs = verbs;
  }

  async run(line: string, terminal: Terminal): Promise<number | { readonly exit: number }> {
    const output = new Output(terminal, false);
    try {
      const words = wordsOf(line);
      const [name, ...args] = await this.#expanded(words);
      if (name === undefined) return this.#code;
      if (name === "exit" || name === "quit") return { exit: exitCode(args, this.#code) };
      this.#code = await this.#command(name, args, output);
    } catch (error) {
      if (terminal.signal.aborted) return (this.#code = 130);
      output.failure(error, (path) => this.#session.stores.written(path));
      this.#code = output.exitCode;
    }
    return this.#code;
  }

  async #command(name: string, args: string[], output: Output): Promise<number> {
    const { stores } = this.#session;
    const { terminal } = output;
    if (name === "pwd") await output.write(`${stores.at}\n`);
    else if (name === "cd") await this.#cd(args);
    else if (name === "help" && args.length === 0) await output.write(this.#help());
    else if (LEFT_OUT.has(name)) throw new UsageError(`${name}: not within the shell`);
    else if (name !== "help" && !name.startsWith("-") && !this.#names().includes(name))
      throw new UsageError(
        `${name}: there is no such command${didYouMean(name, this.#names())}; help prints all`,
      );
    else return this.#verbs.run([name, ...args], terminal, this.#session);
    return 0;
  }

  async #cd([to = "/", ...others]: string[]): Promise<void> {
    const { stores } = this.#session;
    if (others.length > 0) throw new UsageError("cd takes one directory");
    const location = stores.check(to, "read");
    if (location.store !== "root")
      throw new UsageError(`${to}: cd goes to what is mounted; vfs shell --mount /x=${to} mounts it`);
    const { path } = await stores.place(to);
    await stores.vfs.opendir(path)[Symbol.asyncIterator]().next();
    stores.at = location.path;
  }

  /** Patterns become the names that fit; one that nothing fits stays as it is. */
  async #expanded(words: readonly Word[]): Promise<string[]> {
    const { stores } = this.#session;
    const expanded: string[] = [];
    for (const { text, isPattern } of words) {
      const found: string[] = [];
      const isOfRoot = isPattern && !/^[a-z][a-z0-9]+:|^-/.test(text);
      if (isOfRoot) {
        await stores.open();
        const cwd = stores.at;
        for await (const path of stores.root.glob(text, { cwd })) found.push(path);
      }
      // A name that begins with a dash is no option.
      const names = found.sort().map((name) => (name.startsWith("-") ? `./${name}` : name));
      expanded.push(...(names.length > 0 ? names : [text]));
    }
    return expanded;
  }

  #names(): string[] {
    return [
      ...commandNames(this.#verbs.table()).filter((name) => !LEFT_OUT.has(name)),
      ...Object.keys(BUILTINS),
    ];
  }

  #help(): string {
    const table = this.#verbs.table();
    const rows = [
      ...table.commands
        .filter((one) => this.#names().includes(one.name()))
        .map((one) => [one.name(), one.description()]),
      ...Object.entries(BUILTINS),
    ];
    const lines = rows.map(([name = "", text]) => `  ${name.padEnd(10)} ${text}\n`).join("");
    return `${lines}help <command> tells more. Paths are those of what is mounted; file:./x is on this machine.\n`;
  }

  async complete(line: string): Promise<[string[], string]> {
    const word = /(?:\\.|\S)*$/s.exec(line)?.[0] ?? "";
    const before = line
      .slice(0, line.length - word.length)
      .trim()
      .split(/\s+/)
      .filter(Boolean);
    const plain = word.replaceAll(/\\(.)/gs, "$1");
    const all = await this.#candidates(before, plain);
    const ended = (one: string): string => `${escapedWord(one.slice(0, -1))} `;
    const fitting = all.filter((one) => one.startsWith(plain));
    // The space behind a word is not of the word.
    return [fitting.map((one) => (one.endsWith(" ") ? ended(one) : escapedWord(one))), word];
  }

  async #candidates(before: readonly string[], word: string): Promise<string[]> {
    const [name, inner] = before;
    if (name === undefined) return this.#names().map((one) => `${one} `);
    const table = this.#verbs.table();
    if (name === "help") return commandNames(table).map((one) => `${one} `);
    const command = table.commands.find((one) => one.name() === name);
    const sub = command?.commands.find((one) => one.name() === inner) ?? command;
    if (word.startsWith("-")) return sub === undefined ? [] : optionNames(sub).map((one) => `${one} `);
    if (command !== undefined && command.commands.length > 0 && sub === command)
      return commandNames(command).map((one) => `${one} `);
    const found = await completeLocation(this.#session.stores, word);
    return found.map((one) => (/[/:]$/.test(one) ? one : `${one} `));
  }
}

function exitCode([text, ...others]: readonly string[], last: number): number {
  if (text === undefined) return last;
  if (others.length > 0 || !/^\d{1,3}$/.test(text)) throw new UsageError("exit takes a number");
  return Number(text) & 255;
}
