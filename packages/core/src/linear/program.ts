import { parseRegex, refused, type Node } from "./parse.ts";

/** A step of a program. */
export type Instruction =
  | { readonly kind: "one"; readonly set: CharacterSet }
  | { readonly kind: "assert"; readonly holds: (text: string, at: number) => boolean }
  | { readonly kind: "jump"; to: number }
  | { readonly kind: "split"; first: number; second: number }
  | { readonly kind: "match" };

export interface Program {
  readonly instructions: readonly Instruction[];
  /** A character is a code point, not a UTF-16 unit. */
  readonly byCodePoints: boolean;
}

const MOST_INSTRUCTIONS = 10_000;
// As many as that are remembered of each set; others are looked up again.
const REMEMBERED = 128;

/** Which characters one part of a pattern stands for. JavaScript decides, so that it is what it is elsewhere. */
class CharacterSet {
  readonly #expression: RegExp;
  /** 0: not known yet; 1: no; 2: yes. */
  readonly #known = new Uint8Array(REMEMBERED);

  constructor(source: string, flags: string) {
    // One character of one class: there is nothing to go back to.
    this.#expression = new RegExp(`^(?:${source})$`, flags);
  }

  has(unit: number): boolean {
    if (unit >= REMEMBERED) return this.#expression.test(String.fromCodePoint(unit));
    const known = this.#known[unit] as number;
    if (known > 0) return known === 2;
    const has = this.#expression.test(String.fromCodePoint(unit));
    this.#known[unit] = has ? 2 : 1;
    return has;
  }
}

/** Makes a program out of a pattern: see `linearRegex` for what it throws. */
export function compileRegex(source: string, flags: string): Program {
  // It knows better than anybody what a pattern is.
  const { unicode, unicodeSets, ignoreCase, dotAll, multiline } = new RegExp(source, flags);
  if (unicodeSets) throw refused("the pattern has the flag v");
  const root = parseRegex(source, unicode);
  if (sizeOf(root) + 1 > MOST_INSTRUCTIONS)
    throw refused(`the pattern has more than ${MOST_INSTRUCTIONS} steps, repetitions written out`);
  const kept = (ignoreCase ? "i" : "") + (dotAll ? "s" : "") + (unicode ? "u" : "");
  const compiler = new Compiler(kept, multiline);
  compiler.add(root);
  return { instructions: [...compiler.instructions, { kind: "match" }], byCodePoints: unicode };
}

class Compiler {
  readonly instructions: Instruction[] = [];
  readonly #flags: string;
  readonly #multiline: boolean;
  readonly #sets = new Map<string, CharacterSet>();

  constructor(flags: string, multiline: boolean) {
    this.#flags = flags;
    this.#multiline = multiline;
  }

  add(node: Node): void {
    switch (node.kind) {
      case "one":
        return void this.instructions.push({ kind: "one", set: this.#set(node.source) });
      case "assert":
        return void this.instructions.push({ kind: "assert", holds: this.#assertion(node.what) });
      case "sequence":
        for (const part of node.parts) this.add(part);
        return;
      case "choice":
        return this.#choose(node.parts);
      case "repeat":
        return this.#repeat(node);
    }
  }

  #choose(parts: readonly Node[]): void {
    const jumps: { to: number }[] = [];
    for (const [i, part] of parts.entries()) {
      const isLast = i === parts.length - 1;
      const split = isLast ? undefined : this.#split();
      if (split !== undefined) split.first = this.instructions.length;
      this.add(part);
      if (split === undefined) break;
      jumps.push(this.#jump());
      split.second = this.instructions.length;
    }
    for (const jump of jumps) jump.to = this.instructions.length;
  }

  #repeat({ part, min, max, greedy }: Extract<Node, { kind: "repeat" }>): void {
    // JavaScript turns back from a repetition that took nothing, and tries what comes next in it. Here all there is to
    // try is under way by then, if nothing is what is tried last.
    if (max > min && mayBeEmpty(part) && !emptyLast(part))
      throw refused("the pattern repeats what would rather match nothing than something");
    for (let i = 0; i < min; i++) this.add(part);
    if (max === Infinity) {
      const start = this.instructions.length;
      const split = this.#split();
      this.#into(split, greedy);
      this.add(part);
      this.#jump().to = start;
      return this.#past(split, greedy);
    }
    const splits: Split[] = [];
    for (let i = min; i < max; i++) {
      const split = this.#split();
      this.#into(split, greedy);
      splits.push(split);
      this.add(part);
    }
    for (const split of splits) this.#past(split, greedy);
  }

  #into(split: Split, greedy: boolean): void {
    split[greedy ? "first" : "second"] = this.instructions.length;
  }

  #past(split: Split, greedy: boolean): void {
    split[greedy ? "second" : "first"] = this.instructions.length;
  }

  #split(): Split {
    const split = { kind: "split" as const, first: 0, second: 0 };
    this.instructions.push(split);
    return split;
  }

  #jump(): { to: number } {
    const jump = { kind: "jump" as const, to: 0 };
    this.instructions.push(jump);
    return jump;
  }

  #set(source: string): CharacterSet {
    const set = this.#sets.get(source) ?? new CharacterSet(source, this.#flags);
    this.#sets.set(source, set);
    return set;
  }

  #assertion(what: Extract<Node, { kind: "assert" }>["what"]): (text: string, at: number) => boolean {
    const lines = this.#multiline;
    if (what === "^") return (text, at) => at === 0 || (lines && LINE_ENDS.includes(text.charAt(at - 1)));
    if (what === "$")
      return (text, at) => at === text.length || (lines && LINE_ENDS.includes(text.charAt(at)));
    const word = this.#set(String.raw`\w`);
    const isWord = (text: string, at: number): boolean =>
      at >= 0 && at < text.length && word.has(text.charCodeAt(at));
    return (text, at) => (isWord(text, at - 1) !== isWord(text, at)) === (what === "\\b");
  }
}

type Split = Extract<Instruction, { kind: "split" }>;

const LINE_ENDS = "\n\r\u2028\u2029";

/** How many steps a part becomes. */
function sizeOf(node: Node): number {
  switch (node.kind) {
    case "one":
    case "assert":
      return 1;
    case "sequence":
      return node.parts.reduce((sum, part) => sum + sizeOf(part), 0);
    case "choice":
      return node.parts.reduce((sum, part) => sum + sizeOf(part) + 2, 0);
    case "repeat": {
      const { part, min, max } = node;
      // Of what is empty there may be any number, and each is work here.
      const size = sizeOf(part) + 1;
      return max === Infinity ? (min + 1) * size + 1 : max * size;
    }
  }
}

function mayBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case "one":
      return false;
    case "assert":
      return true;
    case "sequence":
      return node.parts.every(mayBeEmpty);
    case "choice":
      return node.parts.some(mayBeEmpty);
    case "repeat":
      return node.min === 0 || mayBeEmpty(node.part);
  }
}

/** Whether a part matches nothing only when it can match nothing else. */
function emptyLast(node: Node): boolean {
  if (!mayBeEmpty(node)) return true;
  switch (node.kind) {
    case "one":
    case "assert":
      return true;
    case "sequence":
      return node.parts.every(emptyLast);
    case "choice":
      return !node.parts.slice(0, -1).some(mayBeEmpty) && node.parts.slice(-1).every(emptyLast);
    case "repeat":
      return node.greedy && emptyLast(node.part);
  }
}
