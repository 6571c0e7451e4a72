import type { Session } from "@vfs/sandbox";
import { ENGINES, type Language } from "../engines.ts";
import { Output, type Terminal } from "../output.ts";
import { complaintOf, exitCodeOf } from "../verdict.ts";
import { completeLocation } from "./complete.ts";
import type { ShellEngine, ShellSession } from "./engine.ts";

/** Where the code finds what is mounted. */
const PLACE = "/data";

/** Lines of a language, run one after another in one sealed session: what one has defined the next ones know. */
export class SessionEngine implements ShellEngine {
  readonly #shell: ShellSession;
  readonly #session: Session;
  readonly #language: Language;
  /** Lines of a block that has not ended. */
  #block: string[] = [];
  #code = 0;

  private constructor(shell: ShellSession, session: Session, language: Language) {
    this.#shell = shell;
    this.#session = session;
    this.#language = language;
  }

  static async open(shell: ShellSession, language: Language): Promise<SessionEngine> {
    const { stores } = shell;
    await stores.open();
    const { createSession } = await import("@vfs/sandbox");
    const session = await createSession({
      vfs: stores.root,
      engine: await ENGINES[language](),
      mountPath: PLACE,
    });
    return new SessionEngine(shell, session, language);
  }

  prompt(): string {
    return this.#block.length > 0 ? "... " : `${this.#language}> `;
  }

  async run(line: string, terminal: Terminal): Promise<number | { readonly exit: number }> {
    const [isLeaving, , code] = /^\s*(exit|quit)\b\s*\(?\s*(\d{0,3})\s*\)?\s*;?\s*$/.exec(line) ?? [];
    if (this.#block.length === 0 && isLeaving !== undefined)
      return { exit: code ? Number(code) & 255 : this.#code };
    if (this.#block.length === 0 && line.trim() === "") return this.#code;
    // As Python's own prompt has it, an empty line ends a block.
    const isOpen = this.#block.length > 0 ? line.trim() !== "" : opensBlock(this.#language, line);
    this.#block.push(line);
    return isOpen ? this.#code : this.end(terminal);
  }

  /** Runs what is left when no more lines come. */
  async end(terminal: Terminal): Promise<number> {
    if (this.#block.length === 0) return this.#code;
    const code = this.#block.join("\n");
    this.#block = [];
    const { stdout, stderr, signal } = terminal;
    try {
      const result = await this.#session.execute(code, {
        signal,
        onStdout: (text) => void stdout.write(text),
        onStderr: (text) => void stderr.write(text),
      });
      const { error, repr, exitCode = 0 } = result;
      if (error !== undefined) stderr.write(complaintOf(error));
      else if (repr !== undefined && this.#shell.isInteractive) stdout.write(`${repr}\n`);
      this.#code = error === undefined ? exitCode : exitCodeOf(error);
    } catch (error) {
      if (signal.aborted) return (this.#code = 130);
      const output = new Output(terminal, false);
      output.failure(error);
      this.#code = output.exitCode;
    }
    return this.#code;
  }

  drop(): void {
    this.#block = [];
  }

  /** Names of files in `/data`. */
  async complete(line: string): Promise<[string[], string]> {
    const word = /[^\s'"`(,=]*$/.exec(line)?.[0] ?? "";
    if (!word.startsWith(`${PLACE}/`)) return [[], word];
    const found = await completeLocation(this.#shell.stores, word.slice(PLACE.length));
    return [found.map((path) => `${PLACE}${path}`), word];
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

/** Whether more lines belong to this one, so far as it tells by itself. */
function opensBlock(language: Language, line: string): boolean {
  const text = line.trimEnd();
  if (language === "python") return /(?:^\s*@.*|[:\\([{]|"""|''')$/.test(text);
  return language === "js" ? /[{([`]$/.test(text) : /(?:\\|\bdo|\bthen|\{)$/.test(text);
}
