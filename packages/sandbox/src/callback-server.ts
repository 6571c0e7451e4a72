import type { CallbackFunction } from "./engine.ts";
import { readCallText, writeCallText } from "./call-text.ts";
import type { ResolvedLimits } from "./limits.ts";
import type { CallOutcome } from "./protocol.ts";
import { messageOf, number, text } from "./wire.ts";

/** A call that was begun: its number, and what came of it, as far as that is known. */
export type Begun = readonly [id: number, outcome: CallOutcome | null];

// A guest that waits is answered after this long at the latest, so that it can look whether it is to end.
const MOST_WAIT_MS = 1000;

// What a guest may have under way at the same time.
const MOST_PENDING = 1000;

type CallLimits = Pick<ResolvedLimits, "callbackMs" | "callbackBytes">;

/**
 * The functions of the host that a guest can call: a call is begun, and what came of it is asked for, so that many can be
 * under way at once and a guest that waits for one can be interrupted.
 */
export class CallbackServer {
  readonly #functions: Readonly<Record<string, CallbackFunction>>;
  readonly #limits: CallLimits;
  /** What is under way, and what has come of it and nobody has fetched. */
  readonly #pending = new Map<number, CallOutcome | undefined>();
  #lastId = 0;
  /** Told when something has come. */
  #heard = Promise.withResolvers<void>();

  constructor(functions: Readonly<Record<string, CallbackFunction>>, limits: CallLimits) {
    this.#functions = functions;
    this.#limits = limits;
  }

  /** Forgets what was begun: what comes of it later is for nobody. */
  clear(): void {
    this.#pending.clear();
  }

  /** Calls a function and waits for it, however long that takes: `[name, args, kwargs]`, plain JSON. */
  async call([name, args, kwargs]: readonly unknown[]): Promise<unknown> {
    const given = writeCallText(Array.isArray(args) ? args : []);
    const outcome = await this.#do(text(name), given, writeCallText(kwargs ?? {}));
    if ("error" in outcome) throw new Error(outcome.error);
    return JSON.parse(outcome.value);
  }

  /** Begins a call, and waits a little for what comes of it: `[name, args, kwargs, patienceMs]`. */
  async start(args: readonly unknown[]): Promise<Begun> {
    const [name, given, named, patienceMs] = args;
    if (this.#pending.size >= MOST_PENDING) throw new RangeError("too many calls are under way at once");
    const id = ++this.#lastId;
    this.#pending.set(id, undefined);
    void this.#note(id, this.#do(text(name), text(given), text(named)));
    await this.#wait(number(patienceMs), () => this.#pending.get(id) !== undefined);
    return [id, this.#fetch(id)];
  }

  /** Waits until something has come of one call, or of any: `[patienceMs, id?]`. Answers what has. */
  async wait(args: readonly unknown[]): Promise<readonly Begun[]> {
    const [patienceMs, only] = args;
    const ids = (): number[] => (typeof only === "number" ? [only] : [...this.#pending.keys()]);
    await this.#wait(number(patienceMs), () => ids().some((id) => this.#pending.get(id) !== undefined));
    return ids()
      .filter((id) => this.#pending.get(id) !== undefined)
      .map((id) => [id, this.#fetch(id)]);
  }

  /** Notes what comes of a call, if anybody still wants to know. */
  async #note(id: number, coming: Promise<CallOutcome>): Promise<void> {
    const outcome = await coming;
    if (!this.#pending.has(id)) return;
    this.#pending.set(id, outcome);
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }

  #fetch(id: number): CallOutcome | null {
    const outcome = this.#pending.get(id);
    if (outcome !== undefined) this.#pending.delete(id);
    return outcome ?? null;
  }

  async #wait(patienceMs: number, isThere: () => boolean): Promise<void> {
    const endMs = performance.now() + Math.min(Math.max(0, patienceMs), MOST_WAIT_MS);
    // What answers at once is waited for by no timer.
    await Promise.resolve();
    while (!isThere()) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return;
      await within(this.#heard.promise, leftMs, undefined);
    }
  }

  async #do(name: string, given: string, named: string): Promise<CallOutcome> {
    try {
      const { callbackMs } = this.#limits;
      const value = await within(this.#call(name, given, named), callbackMs, LATE);
      if (value !== LATE) return this.#sized(`the result of ${name} is`, writeCallText(value));
      const error = `${name} took longer than the ${callbackMs} ms that a callback may`;
      return { error, name: "TimeoutError" };
    } catch (error) {
      return failureOf(error);
    }
  }

  async #call(name: string, given: string, named: string): Promise<unknown> {
    const callback = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (callback === undefined) throw new TypeError(`there is no host function ${name}`);
    const sized = this.#sized(`the arguments of ${name} are`, given + named);
    if ("error" in sized) throw new RangeError(sized.error);
    const args = [...(readCallText(given) as unknown[])];
    const kwargs = readCallText(named) as object;
    if (Object.keys(kwargs).length > 0) args.push(kwargs);
    return callback(...(args as never[]));
  }

  #sized(what: string, value: string): CallOutcome {
    const { callbackBytes } = this.#limits;
    if (isWithin(value, callbackBytes)) return { value };
    return {
      error: `${what} larger than the ${callbackBytes} bytes that may be handed over`,
      name: "RangeError",
    };
  }
}

/** Whether a text has at most this many bytes of UTF-8. */
function isWithin(value: string, mostBytes: number): boolean {
  // No character of a string is more than three.
  return value.length * 3 <= mostBytes || new TextEncoder().encode(value).length <= mostBytes;
}

const LATE = Symbol("late");

/** What comes of an action, or something else when that takes too long. */
async function within<T, E>(action: Promise<T>, ms: number, otherwise: E): Promise<T | E> {
  const { promise: late, resolve } = Promise.withResolvers<E>();
  const timer = setTimeout(() => resolve(otherwise), ms);
  try {
    return await Promise.race([action, late]);
  } finally {
    clearTimeout(timer);
  }
}

function failureOf(error: unknown): CallOutcome {
  const told = fieldsOf(error);
  return {
    error: messageOf(error),
    ...(typeof told["name"] === "string" ? { name: told["name"] } : {}),
    ...(typeof told["code"] === "string" ? { code: told["code"] } : {}),
  };
}

/** The fields of whatever was thrown, which may refuse to have any. */
function fieldsOf(error: unknown): Readonly<Record<string, unknown>> {
  try {
    if (!(error instanceof Error)) return {};
    const { name, code } = error as Error & { code?: unknown };
    return { name, code };
  } catch {
    return {};
  }
}
