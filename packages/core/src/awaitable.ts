/**
 * A value, or a promise of it. A provider that never has to wait returns plain values, and everything above it
 * then works synchronously too.
 */
export type Awaitable<T> = T | PromiseLike<T>;

/** Tells a promise (or any other thenable) from a plain value. */
export function isPromiseLike<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return (
    typeof value === "object" &&
    value !== null &&
    // Not `in`: what that costs grows with every shape that has come by here.
    typeof (value as { readonly then?: unknown }).then === "function"
  );
}

/**
 * Chains on a value that may be a promise, without making a promise when it is none.
 *
 * It is not called `then`: a module that exports a function of that name is a thenable, and `await import()` calls it.
 *
 * @param value What to wait for.
 * @param ok Called with the value; what it throws is thrown, or rejects.
 * @param bad Called with the reason when `value` is a promise that rejects. It does not see what `ok` throws.
 * @returns What `ok` or `bad` returned: a promise if and only if one of the steps was one.
 */
export function chain<T, U>(
  value: Awaitable<T>,
  ok: (value: T) => Awaitable<U>,
  bad?: (reason: unknown) => Awaitable<U>,
): Awaitable<U> {
  return isPromiseLike(value) ? value.then(ok, bad) : ok(value);
}

/**
 * Calls `action` and hands its failure, thrown or rejected, to `bad`.
 *
 * @param action What to try.
 * @param bad Turns the failure into a value, or throws.
 * @returns What `action` or `bad` returned.
 */
export function attempt<T>(action: () => Awaitable<T>, bad: (reason: unknown) => Awaitable<T>): Awaitable<T> {
  let value: Awaitable<T>;
  try {
    value = action();
  } catch (reason) {
    return bad(reason);
  }
  return isPromiseLike(value) ? value.then(undefined, bad) : value;
}
