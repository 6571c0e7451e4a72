import type { CompiledRule } from "./compiled-rule.ts";
import { beginAt, growTree, type RuleNode } from "./rule-tree.ts";
import { Verdict } from "./verdict.ts";

// Enough for the working set of most programs. Longer paths are looked through each time, so that no stranger fills
// the memory with them.
const REMEMBERED = 4096;
const LONGEST_REMEMBERED = 512;

/** Rules, compiled for one sort of caller: what they say about any path. */
export class RuleSet {
  readonly #root: Verdict;
  #known = new Map<string, Verdict>();
  #older = new Map<string, Verdict>();

  constructor(rules: readonly CompiledRule[]) {
    this.#root = verdictOf(beginAt(growTree(rules)), [], "/", "");
  }

  /** What the rules say about a path: a look-up when it was asked about lately, else a step a name that is new. */
  at(path: string): Verdict {
    return this.#known.get(path) ?? this.#walk(path);
  }

  /** The same for a name in a directory, without remembering it. */
  child(directory: Verdict, path: string, name: string): Verdict {
    return step(directory, path, name);
  }

  #walk(path: string): Verdict {
    if (path === "/") return this.#root;
    const old = this.#older.get(path);
    if (old !== undefined) return this.#remember(path, old);
    // From the nearest directory that is known.
    let start = path.lastIndexOf("/");
    let verdict: Verdict | undefined;
    while (start > 0 && verdict === undefined) {
      const directory = path.slice(0, start);
      verdict = this.#known.get(directory) ?? this.#older.get(directory);
      if (verdict === undefined) start = path.lastIndexOf("/", start - 1);
    }
    verdict ??= this.#root;
    for (let at = start + 1; at <= path.length;) {
      const slash = path.indexOf("/", at);
      const end = slash < 0 ? path.length : slash;
      const here = path.slice(0, end);
      verdict = this.#remember(here, step(verdict, here, path.slice(at, end)));
      at = end + 1;
    }
    return verdict;
  }

  #remember(path: string, verdict: Verdict): Verdict {
    if (path.length > LONGEST_REMEMBERED) return verdict;
    if (this.#known.size >= REMEMBERED) {
      this.#older = this.#known;
      this.#known = new Map();
    }
    this.#known.set(path, verdict);
    return verdict;
  }
}

function step(directory: Verdict, path: string, name: string): Verdict {
  const nodes: RuleNode[] = [];
  for (const node of directory.nodes) node.step(name, nodes);
  // Of most names no rule says anything: what is said of one is said of all in that directory.
  if (nodes.length > directory.loops) return verdictOf(nodes, directory.denied, path, name);
  return (directory.ofOthers ??= verdictOf(nodes, directory.denied, path, name));
}

const NONE: ReadonlySet<CompiledRule> = new Set();

function verdictOf(
  nodes: readonly RuleNode[],
  above: readonly CompiledRule[],
  path: string,
  name: string,
): Verdict {
  const denied: CompiledRule[] = [];
  const allowed: CompiledRule[] = [];
  let bound: Set<CompiledRule> | undefined;
  for (const node of nodes)
    for (const rule of node.rules) {
      if (rule.effect === "deny" && (above.includes(rule) || denied.includes(rule))) continue;
      if (rule.holds?.(path, name) === false) continue;
      if (rule.effect === "deny") {
        denied.push(rule);
        continue;
      }
      allowed.push(rule);
      if (!node.loops || rule.holds !== undefined) (bound ??= new Set()).add(rule);
    }
  const all = denied.length === 0 ? above : [...above, ...denied];
  return new Verdict(nodes, all, allowed, bound ?? NONE);
}
