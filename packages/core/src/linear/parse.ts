import { VfsError } from "../error.ts";

/** A pattern, taken apart. */
export type Node =
  | { readonly kind: "one"; readonly source: string }
  | { readonly kind: "assert"; readonly what: "^" | "$" | "\\b" | "\\B" }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly parts: readonly Node[] }
  | {
      readonly kind: "repeat";
      readonly part: Node;
      readonly min: number;
      readonly max: number;
      readonly greedy: boolean;
    };

// Deeper ones nobody writes, and each level is one of the stack.
const MOST_LEVELS = 200;

/** Takes a pattern apart that JavaScript has found to be one. */
export function parseRegex(source: string, unicode: boolean): Node {
  const parser = new Parser(source, unicode);
  return parser.choice(0);
}

/** For a pattern that cannot be run in linear time. */
export function refused(hint: string): VfsError {
  return new VfsError("EINVAL", { hint: `${hint}: it cannot be searched for in linear time` });
}

class Parser {
  readonly #source: string;
  readonly #unicode: boolean;
  #at = 0;

  constructor(source: string, unicode: boolean) {
    this.#source = source;
    this.#unicode = unicode;
  }

  choice(level: number): Node {
    if (level > MOST_LEVELS) throw refused(`the pattern has more than ${MOST_LEVELS} groups within groups`);
    const parts = [this.#sequence(level)];
    while (this.#takes("|")) parts.push(this.#sequence(level));
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : { kind: "choice", parts };
  }

  #sequence(level: number): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !this.#sees("|") && !this.#sees(")"))
      parts.push(this.#repeated(this.#part(level)));
    return { kind: "sequence", parts };
  }

  #part(level: number): Node {
    for (const what of ["^", "$", "\\b", "\\B"] as const)
      if (this.#takes(what)) return { kind: "assert", what };
    if (this.#takes("(")) return this.#group(level);
    return { kind: "one", source: this.#one() };
  }

  #group(level: number): Node {
    const opening = /^\?(?::|<[^=!][^>]*>)/.exec(this.#source.slice(this.#at))?.[0];
    if (opening === undefined && this.#sees("?"))
      throw refused("the pattern looks around or changes its flags");
    this.#at += opening?.length ?? 0;
    const inner = this.choice(level + 1);
    this.#at++;
    return inner;
  }

  /** What stands for one character, as it is written. */
  #one(): string {
    const rest = this.#source.slice(this.#at);
    const found = (this.#unicode ? UNICODE_ONE : ONE).exec(rest)?.[0] ?? "";
    if (/^\\(?:[1-9k]|c$)/.test(found)) throw refused("the pattern refers back to what a group matched");
    this.#at += found.length;
    // What is a brace or a bracket only because it opens nothing.
    return /^[{}\]]$/.test(found) ? `\\${found}` : found;
  }

  #repeated(part: Node): Node {
    const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(this.#source.slice(this.#at));
    if (found === null) return part;
    this.#at += found[0].length;
    const [whole, least = "", comma = "", most = ""] = found;
    const greedy = whole.length === 1 || !whole.endsWith("?");
    const [first] = whole;
    if (first === "*" || first === "+")
      return { kind: "repeat", part, min: first === "+" ? 1 : 0, max: Infinity, greedy };
    if (first === "?") return { kind: "repeat", part, min: 0, max: 1, greedy };
    const min = Number(least);
    const max = comma === "" ? min : most === "" ? Infinity : Number(most);
    return { kind: "repeat", part, min, max, greedy };
  }

  #sees(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #takes(text: string): boolean {
    if (!this.#sees(text)) return false;
    this.#at += text.length;
    return true;
  }
}

const CLASS = String.raw`\[(?:\\[^]|[^\]\\])*\]`;
const HEX = String.raw`\\x[\da-fA-F]{2}|\\c[a-zA-Z]`;

/** A class, an escape or a character. */
const ONE = new RegExp(String.raw`^(?:${CLASS}|${HEX}|\\u[\da-fA-F]{4}|\\0[0-7]{0,2}|\\[^]|[^])`);
const UNICODE_ONE = new RegExp(
  String.raw`^(?:${CLASS}|${HEX}|\\[pPu]\{[^}]*\}|` +
    String.raw`\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[\da-fA-F]{4}|\\[^]|[^])`,
  "u",
);
