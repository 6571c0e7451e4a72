import type { GrepOptions } from "../options.ts";
import type { Wanted } from "../searcher.ts";

/** So much of a line is searched, in UTF-16 units: a file without line ends must not fill the memory. */
const LINE_UNITS = 1 << 20;

/** A line that matched, and the lines around it. */
export interface Hit {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly text: string;
  readonly before: readonly string[];
  readonly after: string[];
}

export type LineOptions = Pick<GrepOptions, "everyMatch" | "invert" | "before" | "after">;

/** Searches the lines of one text, which comes in pieces. */
export class LineSearch {
  /** What was found and has all the lines around it. Whoever takes it empties it. */
  found: Hit[] = [];
  readonly #wanted: Wanted;
  readonly #everyMatch: boolean;
  readonly #invert: boolean;
  readonly #before: number;
  readonly #after: number;
  /** Whether lines without a match need not be looked at. */
  readonly #skips: boolean;
  #left: number;
  #line = 0;
  /** The beginning of a line whose end has not come. */
  #rest = "";
  /** The last lines, at most `before`. */
  #recent: string[] = [];
  /** Found, with lines behind it still to come. */
  #open: Hit[] = [];

  /** @param most How many hits at the most. */
  constructor(
    wanted: Wanted,
    { everyMatch = false, invert = false, before = 0, after = 0 }: LineOptions,
    most: number,
  ) {
    this.#wanted = wanted;
    this.#everyMatch = everyMatch;
    this.#invert = invert;
    this.#before = before;
    this.#after = after;
    this.#left = most;
    this.#skips = !invert && before === 0 && after === 0;
  }

  /** Nothing more can come of it. */
  get done(): boolean {
    return this.#left === 0 && this.#open.length === 0;
  }

  /** The next piece of the text. */
  feed(piece: string): void {
    let from = 0;
    if (this.#rest !== "") {
      const end = piece.indexOf("\n");
      this.#keep(end < 0 ? piece : piece.slice(0, end));
      if (end < 0) return;
      this.#endLine();
      from = end + 1;
    }
    while (!this.done) {
      if (this.#skips && this.#wanted.text !== undefined)
        from = this.#passOver(piece, from, this.#wanted.text);
      const end = piece.indexOf("\n", from);
      if (end < 0) break;
      this.#take(piece.slice(from, end));
      from = end + 1;
    }
    if (!this.done) this.#keep(piece.slice(from));
  }

  /** The text is at its end. */
  end(): void {
    if (this.#rest !== "" && !this.done) this.#endLine();
    this.found.push(...this.#open);
    this.#open = [];
  }

  #keep(text: string): void {
    const room = LINE_UNITS - this.#rest.length;
    this.#rest += text.length > room ? text.slice(0, room) : text;
  }

  #endLine(): void {
    const line = this.#rest;
    this.#rest = "";
    this.#take(line);
  }

  /** Where the next line begins that has `text` in it; the last line of the piece when none has. */
  #passOver(piece: string, from: number, text: string): number {
    const at = piece.indexOf(text, from);
    const last = at < 0 ? piece.length : at;
    const start = Math.max(from, last === 0 ? 0 : piece.lastIndexOf("\n", last - 1) + 1);
    for (let end = piece.indexOf("\n", from); end >= 0 && end < start; end = piece.indexOf("\n", end + 1))
      this.#line++;
    return start;
  }

  #take(whole: string): void {
    this.#line++;
    const bounded = whole.length > LINE_UNITS ? whole.slice(0, LINE_UNITS) : whole;
    const text = bounded.endsWith("\r") ? bounded.slice(0, -1) : bounded;
    if (this.#open.length > 0) this.#follow(text);
    if (this.#left > 0) this.#search(text);
    if (this.#before === 0) return;
    this.#recent.push(text);
    if (this.#recent.length > this.#before) this.#recent.shift();
  }

  #search(text: string): void {
    let match = this.#wanted.search(text, 0);
    if (this.#invert) return match === undefined ? this.#hit(text, 0, 0) : undefined;
    while (match !== undefined && this.#left > 0) {
      const [start, end] = match;
      this.#hit(text, start, end - start);
      if (!this.#everyMatch) return;
      // Past an empty match, or it would be found again.
      const next = end > start ? end : end + 1;
      match = next > text.length ? undefined : this.#wanted.search(text, next);
    }
  }

  #hit(text: string, start: number, length: number): void {
    this.#left--;
    const hit: Hit = {
      line: this.#line,
      column: start + 1,
      length,
      text,
      before: this.#before === 0 ? NONE : [...this.#recent],
      after: [],
    };
    (this.#after === 0 ? this.found : this.#open).push(hit);
  }

  #follow(text: string): void {
    for (const { after } of this.#open) after.push(text);
    while ((this.#open[0]?.after.length ?? 0) >= this.#after && this.#open.length > 0)
      this.found.push(this.#open.shift() as Hit);
  }
}

const NONE: readonly string[] = [];
