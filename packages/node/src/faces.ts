import { isPromiseLike, type Awaitable } from "@vfs/core";
import { toFunction } from "./arguments.ts";
import type { Call, Calls, Side } from "./side.ts";

/** A function of a face. */
export type Method = (...args: unknown[]) => unknown;
/** Functions by name: a part of what stands in for `node:fs`. */
export type Methods = Record<string, Method>;
/** What is called back: with an error, or with null and what there is to tell. */
export type Callback = (error: unknown, ...values: unknown[]) => void;

/** The functions that answer at once: `statSync` and so on. */
export function syncFace(side: Side, calls: Calls): Methods {
  return named(calls, (call) => [
    "Sync",
    (a: unknown, b: unknown, c: unknown, d: unknown) => call(side, a, b, c, d),
  ]);
}

/** The functions that answer with a promise. */
export function promiseFace(side: Side, calls: Calls): Methods {
  return named(calls, (call) => [
    "",
    (a: unknown, b: unknown, c: unknown, d: unknown) => later(() => call(side, a, b, c, d)),
  ]);
}

/** The functions that call back. Misuse is thrown at once. */
export function callbackFace(side: Side, calls: Calls): Methods {
  return named(calls, (call) => ["", (...args: unknown[]) => callingBack(call, side, args)]);
}

function named(calls: Calls, make: (call: Call) => [suffix: string, method: Method]): Methods {
  const methods: Methods = {};
  for (const [name, call] of Object.entries(calls)) {
    const [suffix, method] = make(call);
    methods[name + suffix] = rename(method, name + suffix);
  }
  return methods;
}

/** Lets a function be called what it is known as: libraries that wrap `fs` look at it. */
export function rename<M extends (...args: never[]) => unknown>(method: M, name: string): M {
  return Object.defineProperty(method, "name", { value: name, configurable: true });
}

/** A promise of what `action` answers or throws. */
export function later<T>(action: () => Awaitable<T>): Promise<T> {
  try {
    // A promise of the Vfs is handed on as it is.
    return Promise.resolve(action());
  } catch (reason) {
    return Promise.reject(reason);
  }
}

function callingBack(call: Call, side: Side, args: unknown[]): void {
  // The side is the first of the parameters of a call.
  const callback = takeCallback(args, call.length - 1);
  callBack(callback, () => call(side, args[0], args[1], args[2], args[3]));
}

/** Takes the callback off the end of the arguments; there are at most `most` others. */
export function takeCallback(args: unknown[], most: number): Callback {
  const at = args.length > most ? most : args.length - 1;
  const callback = typeof args[at] === "function" ? args[at] : toFunction(args[most], "cb");
  args.length = Math.max(0, at);
  return callback as Callback;
}

/**
 * Calls back with what `action` answers, later.
 *
 * @param tell What the callback is told: the answer alone unless said otherwise, nothing when there is none.
 */
export function callBack<T>(
  callback: Callback,
  action: () => Awaitable<T>,
  tell: (value: T) => unknown[] = told,
): void {
  let value: Awaitable<T>;
  try {
    value = action();
  } catch (reason) {
    // Misuse is for whoever called; what the world said is for the callback.
    if (reason instanceof TypeError || reason instanceof RangeError) throw reason;
    process.nextTick(callback, reason);
    return;
  }
  const succeed = (done: T): void => process.nextTick(callback, null, ...tell(done));
  // Not called from here: what a callback throws must not become a rejection.
  if (isPromiseLike(value)) void value.then(succeed, (reason: unknown) => process.nextTick(callback, reason));
  else succeed(value);
}

function told(value: unknown): unknown[] {
  return value === undefined ? [] : [value];
}
