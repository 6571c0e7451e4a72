import type { VPath } from "@vfs/core";
import { BELOW } from "../operation-class.ts";
import { compileRules, type CompiledRule, type Effect } from "../rules/compiled-rule.ts";
import { fold } from "../rules/fold.ts";
import { RuleSet } from "../rules/rule-set.ts";
import type { RuleLike } from "../rules/rule.ts";
import { Joined, type Judgement, type Verdict } from "../rules/verdict.ts";
import type { Places } from "./places.ts";

/** The rules of a policy. */
export interface Rules {
  readonly allow: readonly RuleLike[];
  readonly deny: readonly RuleLike[];
}

/** All rules, for every sort of caller and of store. */
export class RuleBook {
  readonly #places: Places;
  readonly #exact: Edition;
  readonly #rules: Rules;
  #folded: Edition | undefined;

  constructor(rules: Rules, places: Places) {
    this.#places = places;
    this.#rules = rules;
    this.#exact = new Edition(rules, false);
  }

  /** What is to become of calls at `path` on behalf of `actor`. */
  at(path: VPath, actor: string | undefined): Judgement {
    if (this.#places.plain) return this.#exact.for(actor).at(path);
    const others = this.#places.otherPaths(path);
    const own = this.#at(path, actor);
    if (others.length === 0) return own;
    return new Joined(
      own,
      others.map((other) => this.#at(other, actor)),
    );
  }

  /** Whether some caller is to be treated differently below `path`. */
  decidesBelow(path: VPath): boolean {
    return this.#exact.actors.some((actor) => (this.at(path, actor).flags & BELOW) !== 0);
  }

  #at(path: VPath, actor: string | undefined): Verdict {
    if (!this.#places.folds(path)) return this.#exact.for(actor).at(path);
    this.#folded ??= new Edition(this.#rules, true);
    return this.#folded.for(actor).at(fold(path));
  }
}

/** The rules for one way to compare names. */
class Edition {
  /** Everybody whom a rule names, and undefined for all others. */
  readonly actors: readonly (string | undefined)[];
  readonly #rules: readonly CompiledRule[];
  readonly #others: RuleSet;
  readonly #named = new Map<string, RuleSet | undefined>();

  constructor({ allow, deny }: Rules, folded: boolean) {
    const compile = (effect: Effect, rules: readonly RuleLike[]): readonly CompiledRule[] =>
      compileRules(effect, rules, folded);
    this.#rules = [...compile("deny", deny), ...compile("allow", allow)];
    for (const { actors } of this.#rules) for (const actor of actors ?? []) this.#named.set(actor, undefined);
    this.actors = [undefined, ...this.#named.keys()];
    this.#others = new RuleSet(this.#rules.filter((rule) => rule.actors === undefined));
  }

  for(actor: string | undefined): RuleSet {
    if (actor === undefined || this.#named.size === 0 || !this.#named.has(actor)) return this.#others;
    let set = this.#named.get(actor);
    if (set === undefined) {
      set = new RuleSet(this.#rules.filter(({ actors }) => actors?.has(actor) !== false));
      this.#named.set(actor, set);
    }
    return set;
  }
}
