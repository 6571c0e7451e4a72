import { inspect } from "./inspect.ts";

/** Whether two values are made alike, as `assert.deepStrictEqual` has it. */
export function isDeepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return a.getTime() === (b as Date).getTime();
  if (a instanceof RegExp) return b instanceof RegExp && String(a) === String(b);
  if (a instanceof Map || a instanceof Set) return isDeepEqual([...a], [...(b as Set<unknown>)]);
  if (a instanceof Error && (a.message !== (b as Error).message || a.name !== (b as Error).name))
    return false;
  const [keysA, keysB] = [Object.keys(a), Object.keys(b)];
  if (keysA.length !== keysB.length) return false;
  return keysA.every((key) => Object.hasOwn(b, key) && isDeepEqual(a[key as never], b[key as never]));
}

class AssertionError extends Error {
  override readonly name = "AssertionError";
  readonly code = "ERR_ASSERTION";
}

function fail(message: unknown, usual: string): never {
  if (message instanceof Error) throw message;
  throw new AssertionError(typeof message === "string" ? message : usual);
}

function compare(name: string, equal: (a: unknown, b: unknown) => boolean): Comparing {
  return (actual: unknown, expected: unknown, message?: unknown): void => {
    if (!equal(actual, expected)) fail(message, `${name}: ${inspect(actual)}, expected ${inspect(expected)}`);
  };
}

function ok(value: unknown, message?: unknown): void {
  if (!value) fail(message, `The expression evaluated to a falsy value: ${inspect(value)}`);
}

function matches(error: unknown, expected: unknown): boolean {
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected !== "function") {
    if (typeof expected !== "object" || expected === null) return true;
    return Object.entries(expected).every(([key, value]) => isDeepEqual((error as never)[key], value));
  }
  if (expected === Error || expected.prototype instanceof Error) return error instanceof (expected as never);
  return (expected as (error: unknown) => unknown)(error) === true;
}

function throws(action: () => unknown, expected?: unknown): void {
  try {
    action();
  } catch (error) {
    if (!matches(error, expected)) throw error;
    return;
  }
  fail(undefined, "Missing expected exception.");
}

async function rejects(
  action: Promise<unknown> | (() => Promise<unknown>),
  expected?: unknown,
): Promise<void> {
  try {
    await (typeof action === "function" ? action() : action);
  } catch (error) {
    if (!matches(error, expected)) throw error;
    return;
  }
  fail(undefined, "Missing expected rejection.");
}

type Comparing = (actual: unknown, expected: unknown, message?: unknown) => void;

/** What of Node's `assert` there is. */
export interface Assert extends Record<
  | "equal"
  | "notEqual"
  | "strictEqual"
  | "notStrictEqual"
  | "deepEqual"
  | "deepStrictEqual"
  | "notDeepStrictEqual"
  | "match",
  Comparing
> {
  (value: unknown, message?: unknown): void;
  ok(value: unknown, message?: unknown): void;
  throws(action: () => unknown, expected?: unknown): void;
  rejects(action: Promise<unknown> | (() => Promise<unknown>), expected?: unknown): Promise<void>;
  fail(message?: unknown): never;
  AssertionError: typeof AssertionError;
  strict: Assert;
}

const made = Object.assign((value: unknown, message?: unknown): void => ok(value, message), {
  ok,
  throws,
  rejects,
  AssertionError,
  equal: compare("equal", (a, b) => a == b),
  notEqual: compare("notEqual", (a, b) => a != b),
  strictEqual: compare("strictEqual", Object.is),
  notStrictEqual: compare("notStrictEqual", (a, b) => !Object.is(a, b)),
  deepEqual: compare("deepEqual", isDeepEqual),
  deepStrictEqual: compare("deepStrictEqual", isDeepEqual),
  notDeepStrictEqual: compare("notDeepStrictEqual", (a, b) => !isDeepEqual(a, b)),
  match: compare("match", (text, pattern) => (pattern as RegExp).test(String(text))),
  fail: (message?: unknown): never => fail(message, "Failed"),
}) as Assert;
made.strict = made;

/** Node's `assert`. */
export const assert: Assert = made;
