/** What can go wrong with one request. */
export type FaultKind =
  /** 429 with `Retry-After`; nothing is done. */
  | "rate-limited"
  /** 502, as the proxy in front of a sandbox answers; nothing is done. */
  | "bad-gateway"
  /** 503; nothing is done. */
  | "busy"
  /** The connection ends before anything is done. */
  | "reset-before"
  /** The answer begins, and the connection is reset in the middle of it; of an upload half arrives. */
  | "reset-middle"
  /** It is done, and the connection ends without the end of the answer. */
  | "reset-after"
  /** The sandbox is killed when the request has come: before it is done, or while it is. */
  | "killed";

/** Which requests a fault befalls. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** Names of operations: `Start`; all unless told. */
  readonly op?: string | readonly string[];
  /** Only requests about this file, or with this in their command. */
  readonly what?: string | RegExp;
  /** How many that fit pass by before it begins; none unless told. */
  readonly after?: number;
  /** How many it befalls then; one unless told. */
  readonly times?: number;
  /** For `rate-limited`: what `Retry-After` says, 0 unless told. */
  readonly retryAfter?: string;
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
  strike(op: string, what: string): FaultRule | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (!fits(rule, op, what)) continue;
      const at = entry.seen++ - (rule.after ?? 0);
      if (at < 0 || at >= (rule.times ?? 1)) continue;
      this.count++;
      return rule;
    }
    return undefined;
  }
}

function fits(rule: FaultRule, op: string, what: string): boolean {
  if (rule.op !== undefined && ![rule.op].flat().includes(op)) return false;
  if (rule.what === undefined) return true;
  return rule.what instanceof RegExp ? rule.what.test(what) : what.includes(rule.what);
}
