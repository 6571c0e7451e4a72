/** What can go wrong with one request. */
export type FaultKind =
  /** 503 `SlowDown`; nothing is done. */
  | "slow-down"
  /** 500 `InternalError`; nothing is done. */
  | "error-before"
  /** It is done, and the answer is 500 `InternalError`. */
  | "error-after"
  /** The connection ends before anything is done. */
  | "reset-before"
  /** It is done, and the connection ends without an answer. */
  | "reset-after"
  /** The answer begins, and the connection is reset in the middle of it. */
  | "reset-middle"
  /** Half of the body, and then the connection ends as if all had come. */
  | "truncated"
  /** The answer comes late. */
  | "slow-first-byte"
  /** 409 `ConditionalRequestConflict`; nothing is done. */
  | "conflict"
  /** The status says 200, the body that it failed: what copies and completions do. Nothing is done. */
  | "error-in-200"
  /** 403 `AccessDenied`; nothing is done. It does not pass when it is tried again. */
  | "denied";

/** Which requests a fault befalls. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** Names of operations: `PutObject`; all unless told. */
  readonly op?: string | readonly string[];
  /** Only requests about this key. */
  readonly key?: string | RegExp;
  /** How many that fit pass by before it begins; none unless told. */
  readonly after?: number;
  /** How many it befalls then; one unless told. */
  readonly times?: number;
}

/** The rules by which requests fail. */
export class Faults {
  #rules: { readonly rule: FaultRule; seen: number }[] = [];
  /** How many requests have failed so. */
  count = 0;

  add(...rules: readonly FaultRule[]): void {
    for (const rule of rules) this.#rules.push({ rule, seen: 0 });
  }

  clear(): void {
    this.#rules = [];
    this.count = 0;
  }

  /** What befalls a request, if anything. */
  strike(op: string, key: string | undefined): FaultKind | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (!fits(rule, op, key)) continue;
      const at = entry.seen++ - (rule.after ?? 0);
      if (at < 0 || at >= (rule.times ?? 1)) continue;
      this.count++;
      return rule.kind;
    }
    return undefined;
  }
}

function fits(rule: FaultRule, op: string, key: string | undefined): boolean {
  if (rule.op !== undefined && ![rule.op].flat().includes(op)) return false;
  if (rule.key === undefined) return true;
  return rule.key instanceof RegExp ? rule.key.test(key ?? "") : rule.key === key;
}
