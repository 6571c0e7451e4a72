import type { GrepMatch } from "@vfs/core";
import type { Output } from "../output.ts";

/** How matches are shown. */
export interface Shown {
  /** Names of files only. */
  readonly filesOnly: boolean;
  readonly column: boolean;
  /** Lines around the matches come too. */
  readonly context: boolean;
}

/** Prints matches as grep(1) does: `path:line:text`, lines around them with `-`, and `--` between what does not touch. */
export class GrepOutput {
  readonly #output: Output;
  readonly #shown: Shown;
  /** The match that was printed last, whose following lines are still to come: the next match may be among them. */
  #last: { readonly path: string; readonly match: GrepMatch } | undefined;
  /** The last line that was printed, of the same file. */
  #line = 0;

  constructor(output: Output, shown: Shown) {
    this.#output = output;
    this.#shown = shown;
  }

  /** @param path How the caller writes the path of the match. */
  async match(path: string, match: GrepMatch): Promise<void> {
    const { filesOnly, column, context } = this.#shown;
    const { line, text, before = [], binary } = match;
    const name = this.#output.name(path);
    if (filesOnly) return this.#output.result({ path }, name);
    if (binary === true) return this.#output.result({ ...match, path }, `${name}: binary file matches`);
    const place = column ? `${line}:${match.column}` : `${line}`;
    if (this.#output.json || !context)
      return this.#output.result({ ...match, path }, `${name}:${place}:${text}`);
    const follows = this.#last?.path === path;
    await this.#following(follows ? line : Infinity);
    const first = line - before.length;
    if (this.#last !== undefined && (!follows || first > this.#line + 1)) await this.#output.write("--\n");
    if (!follows) this.#line = 0;
    for (const [i, one] of before.entries()) await this.#around(path, first + i, one);
    // Of two matches in one line the line is shown once.
    if (line > this.#line) await this.#output.write(`${name}:${place}:${text}\n`);
    this.#line = line;
    this.#last = { path, match };
  }

  /** Prints what follows the last match. */
  end(): Promise<void> {
    return this.#following(Infinity);
  }

  /** Prints the lines behind the last match, those in front of `end`. */
  async #following(end: number): Promise<void> {
    if (this.#last === undefined) return;
    const { path, match } = this.#last;
    for (const [i, text] of (match.after ?? []).entries()) {
      const line = match.line + 1 + i;
      if (line < end) await this.#around(path, line, text);
    }
  }

  async #around(path: string, line: number, text: string): Promise<void> {
    if (line <= this.#line) return;
    await this.#output.write(`${this.#output.name(path)}-${line}-${text}\n`);
    this.#line = line;
  }
}
