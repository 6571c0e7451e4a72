import { compileRegex, type Instruction, type Program } from "./linear/program.ts";
import type { Searcher } from "./searcher.ts";

/**
 * Runs expressions in time proportional to the length of the text, whatever the pattern: for the option `engine` of
 * `grep`, with patterns of people you do not trust. It finds what JavaScript finds.
 *
 * @param source A pattern of JavaScript, without what takes more than linear time or memory: no backreferences
 * (`\1`, `\k<name>`), no lookaround (`(?=` `(?!` `(?<=` `(?<!`), no modifiers (`(?i:`), and no sets of the flag `v`.
 * @param flags `i`, `m`, `s` and `u` mean what they mean to JavaScript; `g`, `y` and `d` change nothing.
 * @throws VfsError `EINVAL` for such a pattern, and for one that repeats so much that it has more than 10,000 steps;
 * SyntaxError for one that is no pattern at all.
 *
 * @example
 * vfs.grep("/", new RegExp(pattern), { engine: linearRegex });
 */
export function linearRegex(source: string, flags = ""): LinearRegex {
  return new LinearRegex(compileRegex(source, flags));
}

/**
 * All ways through a program at once, those that JavaScript would try first in front (Pike's algorithm): each step of
 * the program is taken once at most for each place in the text.
 *
 * @see https://swtch.com/~rsc/regexp/regexp2.html
 */
export class LinearRegex implements Searcher {
  /** How many steps were taken so far; at most the steps of the program for each place in the texts. */
  steps = 0;
  /** How many steps the program has. */
  readonly size: number;
  readonly #program: Program;
  /** In which round a step was last taken. */
  readonly #visited: Float64Array;
  #round = 0;
  /** Where the ways are that took the last character, and how far they come without the next. */
  readonly #behind: Ways;
  readonly #waiting: Ways;

  constructor(program: Program) {
    this.#program = program;
    this.size = program.instructions.length;
    this.#visited = new Float64Array(this.size);
    this.#behind = new Ways(this.size);
    this.#waiting = new Ways(this.size);
  }

  search(text: string, from: number): readonly [start: number, end: number] | undefined {
    const behind = this.#behind;
    const waiting = this.#waiting;
    let best: readonly [number, number] | undefined;
    if (from > text.length) return undefined;
    behind.count = 0;
    for (let at = from; ;) {
      this.#round++;
      waiting.count = 0;
      for (let i = 0; i < behind.count; i++)
        this.#follow(behind.step[i] as number, behind.start[i] as number, text, at);
      // What begins here comes behind what began before; once something matches it is not wanted any more.
      if (best === undefined) this.#follow(0, at, text, at);
      const unit = at < text.length ? this.#unitAt(text, at) : -1;
      best = this.#step(unit, at) ?? best;
      if (unit < 0 || (best !== undefined && behind.count === 0)) return best;
      at += unit > 0xffff ? 2 : 1;
    }
  }

  /** Takes a character on all ways; answers the match that ends in front of it. */
  #step(unit: number, at: number): readonly [number, number] | undefined {
    const { instructions } = this.#program;
    const { count, step, start } = this.#waiting;
    this.#behind.count = 0;
    for (let i = 0; i < count; i++) {
      const instruction = instructions[step[i] as number];
      // Everything behind it JavaScript would try only if this had failed.
      if (instruction?.kind === "match") return [start[i] as number, at];
      if (instruction?.kind === "one" && unit >= 0 && instruction.set.has(unit))
        this.#behind.add((step[i] as number) + 1, start[i] as number);
    }
    return undefined;
  }

  /** Adds where a step leads without taking a character, in the order in which it would be tried. */
  #follow(first: number, start: number, text: string, at: number): void {
    const { instructions } = this.#program;
    const open = [first];
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      if (this.#visited[step] === this.#round) continue;
      this.#visited[step] = this.#round;
      this.steps++;
      const instruction = instructions[step] as Instruction;
      if (instruction.kind === "jump") open.push(instruction.to);
      else if (instruction.kind === "split") open.push(instruction.second, instruction.first);
      else if (instruction.kind !== "assert") this.#waiting.add(step, start);
      else if (instruction.holds(text, at)) open.push(step + 1);
    }
  }

  #unitAt(text: string, at: number): number {
    return (this.#program.byCodePoints ? text.codePointAt(at) : text.charCodeAt(at)) as number;
  }
}

/** Steps that wait for the next character, and where in the text their way began. */
class Ways {
  count = 0;
  readonly step: Int32Array;
  readonly start: Float64Array;

  constructor(size: number) {
    this.step = new Int32Array(size);
    this.start = new Float64Array(size);
  }

  add(step: number, start: number): void {
    this.step[this.count] = step;
    this.start[this.count++] = start;
  }
}
