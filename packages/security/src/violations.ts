import type { AnyCall } from "@vfs/core";

/** A call that was refused. */
export interface Violation {
  /** The operation, in core's words: `write`, `file.read`. */
  readonly operation: string;
  /** From the root of everything. */
  readonly path: string;
  readonly to?: string | undefined;
  /** `policy` is `EACCES`, `readonly` is `EROFS`, `quota` is `EDQUOT`. */
  readonly reason: "policy" | "readonly" | "quota";
  /** The name of the rule, or of the limit. */
  readonly rule: string;
  readonly actor: string | undefined;
  /** When, in milliseconds since 1970. */
  readonly timeMs: number;
  /** Of a mount's layer: where the mount lies. */
  readonly mountPath?: string | undefined;
}

/** What a refused call tells of itself. */
export function violationOf(call: AnyCall, reason: Violation["reason"], rule: string): Violation {
  const { op, mountPath } = call;
  return {
    operation: op,
    path: call.globalPath,
    ...(call.to === undefined ? {} : { to: call.globalTo }),
    reason,
    rule,
    actor: call.ctx.actor,
    timeMs: Date.now(),
    ...(mountPath === "/" ? {} : { mountPath }),
  };
}

/** The last violations, a bounded number of them. */
export class ViolationLog {
  readonly #most: number;
  readonly #listener: ((violation: Violation) => void) | undefined;
  #kept: Violation[] = [];
  /** Where the oldest is, once all places are taken. */
  #oldest = 0;

  constructor(most: number, listener: ((violation: Violation) => void) | undefined) {
    this.#most = most;
    this.#listener = listener;
  }

  add(violation: Violation): void {
    if (this.#kept.length < this.#most) {
      this.#kept.push(violation);
    } else if (this.#most > 0) {
      this.#kept[this.#oldest] = violation;
      this.#oldest = (this.#oldest + 1) % this.#most;
    }
    const listener = this.#listener;
    if (listener === undefined) return;
    try {
      listener(violation);
    } catch (reason) {
      // The call is refused whatever becomes of this; the failure surfaces as an uncaught error.
      queueMicrotask(() => {
        throw reason;
      });
    }
  }

  /** The oldest first. */
  list(): readonly Violation[] {
    return [...this.#kept.slice(this.#oldest), ...this.#kept.slice(0, this.#oldest)];
  }

  clear(): void {
    this.#kept = [];
    this.#oldest = 0;
  }
}
