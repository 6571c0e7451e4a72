import type { NameMatcher } from "@vfs/core";
import type { CompiledRule } from "./compiled-rule.ts";
import type { Pattern, Step } from "./pattern.ts";

interface Branch {
  readonly matches: NameMatcher;
  readonly node: RuleNode;
}

/**
 * A place in all patterns at once: patterns that begin alike share it. From a place a name leads on by look-ups, however
 * many rules there are; only patterns such as `a*b` are tried one by one, by the character that they begin with.
 */
export class RuleNode {
  readonly names: Map<string, RuleNode> = new Map();
  /** By the end of the name: `.pem`. */
  readonly suffixes: Map<string, RuleNode> = new Map();
  /** By the first character; under the empty text those that may begin with any. */
  readonly branches: Map<string, Map<string, Branch>> = new Map();
  /** Behind `**`. */
  deep: RuleNode | undefined;
  /** It is behind `**`, and any name leads here again. */
  readonly loops: boolean;
  /** The rules whose pattern ends here. */
  readonly rules: CompiledRule[] = [];
  /** What deny rules, and allow rules, that end further on may refuse and let through. */
  denyBelow = 0;
  allowBelow = 0;

  constructor(loops: boolean) {
    this.loops = loops;
  }

  /** Adds the places that `name` leads to from here. */
  step(name: string, to: RuleNode[]): void {
    if (this.loops) to.push(this);
    const literal = this.names.get(name);
    if (literal !== undefined) enter(literal, to);
    if (this.suffixes.size > 0)
      for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
        const node = this.suffixes.get(name.slice(dot));
        if (node !== undefined) enter(node, to);
      }
    if (this.branches.size === 0) return;
    for (const first of [firstOf(name), ""])
      for (const { matches, node } of this.branches.get(first)?.values() ?? [])
        if (matches(name)) enter(node, to);
  }

  /** The place behind one step, made when there is none. */
  child(step: Step): RuleNode {
    if (step.kind === "deep") return (this.deep ??= new RuleNode(true));
    if (step.kind === "name") return reach(this.names, step.name);
    if (step.kind === "suffix") return reach(this.suffixes, step.suffix);
    const first = /^[*?[\\]/.test(step.text) ? "" : firstOf(step.text);
    let bucket = this.branches.get(first);
    if (bucket === undefined) this.branches.set(first, (bucket = new Map()));
    let branch = bucket.get(step.text);
    if (branch === undefined)
      bucket.set(step.text, (branch = { matches: step.matches, node: new RuleNode(false) }));
    return branch.node;
  }

  /** Sums up what may hold further on. */
  sumUp(): void {
    for (const child of this.#children()) {
      child.sumUp();
      for (const rule of child.rules)
        if (rule.effect === "deny") this.denyBelow |= rule.classes;
        else this.allowBelow |= rule.classes;
      this.denyBelow |= child.denyBelow;
      this.allowBelow |= child.allowBelow;
    }
  }

  *#children(): Generator<RuleNode> {
    yield* this.names.values();
    yield* this.suffixes.values();
    for (const bucket of this.branches.values()) for (const { node } of bucket.values()) yield node;
    if (this.deep !== undefined) yield this.deep;
  }
}

/** The tree of all patterns of all rules, summed up. */
export function growTree(rules: readonly CompiledRule[]): RuleNode {
  const root = new RuleNode(false);
  for (const rule of rules) for (const pattern of rule.patterns) endOf(root, pattern).rules.push(rule);
  root.sumUp();
  return root;
}

/** Where a path without names is. */
export function beginAt(root: RuleNode): readonly RuleNode[] {
  const nodes: RuleNode[] = [];
  enter(root, nodes);
  return nodes;
}

function endOf(root: RuleNode, pattern: Pattern): RuleNode {
  return pattern.reduce((node, step) => node.child(step), root);
}

function reach(nodes: Map<string, RuleNode>, key: string): RuleNode {
  let node = nodes.get(key);
  if (node === undefined) nodes.set(key, (node = new RuleNode(false)));
  return node;
}

/** `**` may stand for no name at all. */
function enter(node: RuleNode, to: RuleNode[]): void {
  // Several ways may lead to one place; few places are open at a time.
  if (to.includes(node)) return;
  to.push(node);
  if (node.deep !== undefined) enter(node.deep, to);
}

function firstOf(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}
