import {
  ALL,
  BELOW,
  CONTENT_READ,
  CONTENT_WRITTEN,
  CREATE,
  CREATE_IF_NEW,
  LIST,
  READ,
  WATCHED,
  WRITE,
} from "../operation-class.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { RuleNode } from "./rule-tree.ts";

/** What is to become of calls at a path. */
export interface Judgement {
  /** The sum of the classes that are refused, and of what must be looked at. A call passes that asks for none of it. */
  readonly flags: number;
  /** Of `flags`, what is there because of a deny rule. */
  readonly deniedFlags: number;
  /** Something below may be let through: a directory here can be seen, with what leads on. */
  readonly leadsOn: boolean;
  /** The first rule that refuses some of `classes`; undefined where only no rule lets them through. */
  ruleAgainst(classes: number): CompiledRule | undefined;
  /** The rules about content that may refuse some of `classes`. */
  contentRules(classes: number): readonly CompiledRule[];
}

/** What the rules say about one path. */
export class Verdict implements Judgement {
  /** The places in the tree of rules that the path leads to. */
  readonly nodes: readonly RuleNode[];
  /** The deny rules that hold here, and for everything below. */
  readonly denied: readonly CompiledRule[];
  readonly flags: number;
  readonly deniedFlags: number;
  readonly leadsOn: boolean;
  /** How many places any name leads to from here; fewer than there can be where conditions depend on the name. */
  readonly loops: number;
  /** What is said of all names that no rule speaks of, once it was asked for. */
  ofOthers: Verdict | undefined = undefined;

  /**
   * @param denied Those of the directory and of the path itself.
   * @param allowed Those that hold for this path.
   * @param bound Of `allowed`, those that may not hold for what is below.
   */
  constructor(
    nodes: readonly RuleNode[],
    denied: readonly CompiledRule[],
    allowed: readonly CompiledRule[],
    bound: ReadonlySet<CompiledRule>,
  ) {
    this.nodes = nodes;
    this.denied = denied;
    const sum = new Sums();
    for (const rule of denied) sum.deny(rule);
    for (const rule of allowed) sum.allow(rule, bound.has(rule));
    let loops = 0;
    for (const node of nodes) {
      sum.openEnd(node);
      if (!node.loops) continue;
      loops += node.rules.some(({ holds }) => holds !== undefined) ? -Infinity : 1;
    }
    this.loops = loops;
    const refused = sum.denied | (ALL & ~(sum.allowed | sum.allowedHere));
    this.leadsOn = (sum.denied & LIST) === 0 && (sum.allowedBelow & ~sum.denied) !== 0;
    // Files here are hidden, and directories that lead on are not.
    const halfHidden = this.leadsOn && (refused & LIST) !== 0;
    this.deniedFlags = withNew(sum.denied) | (sum.deniesBelow ? BELOW : 0) | sum.content;
    this.flags = withNew(refused) | (halfHidden || sum.decidesBelow ? BELOW : 0) | sum.content | WATCHED;
  }

  ruleAgainst(classes: number): CompiledRule | undefined {
    return first(this.denied, (rule) => rule.content === undefined && (rule.classes & classes) !== 0);
  }

  contentRules(classes: number): readonly CompiledRule[] {
    return this.denied.filter((rule) => rule.content !== undefined && (rule.classes & classes) !== 0);
  }
}

/** What is to become of calls at a path that is known by other names too: what is denied under one is under all. */
export class Joined implements Judgement {
  readonly flags: number;
  readonly deniedFlags: number;
  readonly leadsOn: boolean;
  readonly #all: readonly Verdict[];

  constructor(own: Verdict, others: readonly Verdict[]) {
    this.#all = [own, ...others];
    const denied = others.reduce((sum, other) => sum | other.deniedFlags, 0);
    this.flags = own.flags | denied;
    this.deniedFlags = own.deniedFlags | denied;
    this.leadsOn = own.leadsOn && (denied & LIST) === 0;
  }

  ruleAgainst(classes: number): CompiledRule | undefined {
    return this.#all.map((verdict) => verdict.ruleAgainst(classes)).find((rule) => rule !== undefined);
  }

  contentRules(classes: number): readonly CompiledRule[] {
    return this.#all.flatMap((verdict) => verdict.contentRules(classes));
  }
}

/** The first in the order in which rules were given: that of the tree is another. */
function first(
  rules: readonly CompiledRule[],
  fits: (rule: CompiledRule) => boolean,
): CompiledRule | undefined {
  let found: CompiledRule | undefined;
  for (const rule of rules) if (fits(rule) && rule.order < (found?.order ?? Infinity)) found = rule;
  return found;
}

function withNew(classes: number): number {
  return (classes & CREATE) === 0 ? classes : classes | CREATE_IF_NEW;
}

class Sums {
  /** Refused here and below, for whoever the rules are asked for. */
  denied = 0;
  /** Let through here and below. */
  allowed = 0;
  /** Let through here, and perhaps not below. */
  allowedHere = 0;
  /** Let through somewhere below. */
  allowedBelow = 0;
  /** Refused somewhere below. */
  deniedBelow = 0;
  content = 0;
  #contentClasses = 0;

  deny({ content, classes }: CompiledRule): void {
    if (content === undefined) {
      this.denied |= classes;
      return;
    }
    this.#contentClasses |= classes;
    if ((classes & (WRITE | CREATE)) !== 0) this.content |= CONTENT_WRITTEN;
    if ((classes & READ) !== 0) this.content |= CONTENT_READ;
  }

  allow({ classes }: CompiledRule, bound: boolean): void {
    if (bound) this.allowedHere |= classes;
    else this.allowed |= classes;
  }

  openEnd(node: RuleNode): void {
    this.deniedBelow |= node.denyBelow;
    this.allowedBelow |= node.allowBelow;
    if (!node.loops) return;
    // What ends behind `**` holds further down, or may hold there when it has a condition.
    for (const { effect, classes, holds } of node.rules)
      if (effect === "allow") this.allowedBelow |= classes;
      else if (holds !== undefined) this.deniedBelow |= classes;
  }

  get deniesBelow(): boolean {
    return ((this.deniedBelow | this.#contentClasses) & ~this.denied) !== 0;
  }

  /** Whether something below is treated differently from the path itself. */
  get decidesBelow(): boolean {
    const passes = (this.allowed | this.allowedHere | this.allowedBelow) & ~this.denied;
    const denies = (this.deniedBelow | this.#contentClasses) & passes;
    const allows = (this.allowedHere | this.allowedBelow) & ~this.allowed & ~this.denied;
    return (denies | allows) !== 0;
  }
}
