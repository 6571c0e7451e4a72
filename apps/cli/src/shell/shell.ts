import { createInterface, type Interface } from "node:readline/promises";
import { Ended } from "../ending.ts";
import type { Terminal } from "../output.ts";
import { escaped } from "../text.ts";
import type { ShellEngine, ShellSession } from "./engine.ts";
import { historyFile, keepHistory, readHistory } from "./history.ts";

interface ScriptOptions {
  /** End with the first line that fails. */
  readonly stopsOnError: boolean;
}

/** Runs lines one after another; answers the code of the last one, or that of `exit`. */
export async function runScript(
  engine: ShellEngine,
  lines: AsyncIterable<string> | Iterable<string>,
  terminal: Terminal,
  { stopsOnError }: ScriptOptions,
): Promise<number> {
  let code = 0;
  for await (const line of lines) {
    terminal.signal.throwIfAborted();
    const answer = await engine.run(line, terminal);
    if (typeof answer !== "number") return answer.exit;
    code = answer;
    if (stopsOnError && code !== 0) return code;
  }
  return (await engine.end?.(terminal)) ?? code;
}

/** Asks for lines until `exit` or Ctrl-D. Ctrl-C ends the command that runs, or empties the line. */
export async function runInteractive(
  engine: ShellEngine,
  session: ShellSession,
  terminal: Terminal,
): Promise<number> {
  const { stdin, stdout, signal } = terminal;
  const file = historyFile(process.env);
  const history = readHistory(file);
  const reader = createInterface({
    input: stdin,
    output: stdout,
    terminal: true,
    history,
    historySize: 1000,
    removeHistoryDuplicates: true,
    completer: (line: string) => engine.complete(line),
  });
  // It tells of each line that was typed, newest first.
  let typed: readonly string[] = history;
  reader.on("history" as "line", (lines: unknown) => (typed = [...(lines as string[])]));
  try {
    return await new Dialog(engine, session, terminal, reader).run();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    reader.close();
    keepHistory(file, typed);
  }
}

/** Lines that somebody types, and what becomes of them. */
class Dialog {
  readonly #engine: ShellEngine;
  readonly #session: ShellSession;
  readonly #terminal: Terminal;
  readonly #reader: Interface;
  /** Ends the command that runs. */
  #running: AbortController | undefined;

  constructor(engine: ShellEngine, session: ShellSession, terminal: Terminal, reader: Interface) {
    this.#engine = engine;
    this.#session = session;
    this.#terminal = terminal;
    this.#reader = reader;
    reader.on("SIGINT", () => this.#interrupt());
  }

  async run(): Promise<number> {
    const { signal, stdout } = this.#terminal;
    let code = 0;
    this.#prompt();
    // What comes while a command runs waits here.
    for await (const line of this.#reader) {
      signal.throwIfAborted();
      const answer = await this.#runLine(line);
      if (typeof answer !== "number") return answer.exit;
      code = answer;
      this.#prompt();
    }
    signal.throwIfAborted();
    stdout.write("\n");
    return code;
  }

  #prompt(): void {
    this.#reader.setPrompt(this.#engine.prompt?.() ?? `vfs:${escaped(this.#session.stores.at)}> `);
    this.#reader.prompt();
  }

  async #runLine(line: string): Promise<number | { readonly exit: number }> {
    const running = new AbortController();
    this.#running = running;
    const signal = AbortSignal.any([this.#terminal.signal, running.signal]);
    try {
      const handOver = <T>(action: () => Promise<T>): Promise<T> => this.#handOver(action);
      return await this.#engine.run(line, { ...this.#terminal, signal, handOver });
    } finally {
      this.#running = undefined;
    }
  }

  #interrupt(): void {
    if (this.#running !== undefined) return this.#running.abort(new Ended("SIGINT", 130));
    // As a shell does: what was typed so far is given up.
    this.#reader.write(null, { ctrl: true, name: "e" });
    this.#reader.write(null, { ctrl: true, name: "u" });
    this.#engine.drop?.();
    this.#terminal.stdout.write("^C\n");
    this.#prompt();
  }

  /** Gives the terminal to an editor. */
  async #handOver<T>(action: () => Promise<T>): Promise<T> {
    const { stdin } = this.#terminal as {
      stdin: Terminal["stdin"] & { setRawMode?: (raw: boolean) => void };
    };
    this.#reader.pause();
    stdin.setRawMode?.(false);
    try {
      return await action();
    } finally {
      stdin.setRawMode?.(true);
      this.#reader.resume();
    }
  }
}
