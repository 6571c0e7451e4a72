import { isVfsError, type Awaitable, type ErrorCode, type VfsError } from "@vfs/core";

/** What a case throws when a provider does not do what it must. */
export class CheckError extends Error {
  override readonly name = "CheckError";
}

/** Fails with `what` unless it is true. */
export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CheckError(what);
}

/** Fails unless the two are the same, all the way down. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (!alike(actual, expected))
    throw new CheckError(`${what}: expected ${show(expected)}, got ${show(actual)}`);
}

/** Fails unless the two lists have the same members, in whatever order. */
export function sameMembers(actual: readonly string[], expected: readonly string[], what: string): void {
  same([...actual].sort(), [...expected].sort(), what);
}

/**
 * Fails unless `action` fails with one of the codes.
 *
 * @returns The error.
 */
export async function fails(
  codes: ErrorCode | readonly ErrorCode[],
  action: () => Awaitable<unknown>,
  what: string,
): Promise<VfsError> {
  const wanted = typeof codes === "string" ? [codes] : codes;
  let value: unknown;
  try {
    value = await action();
  } catch (reason) {
    if (isVfsError(reason, ...wanted)) return reason;
    throw new CheckError(`${what}: expected ${wanted.join(" or ")}, failed with ${show(reason)}`, {
      cause: reason,
    });
  }
  throw new CheckError(`${what}: expected ${wanted.join(" or ")}, got ${show(value)}`);
}

/** Whether the two are the same, all the way down. */
export function alike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return sameBytes(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => alike((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

function sameBytes(a: object, b: object): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array) || a.length !== b.length) return false;
  const words = [a, b].every(({ byteOffset }) => byteOffset % 4 === 0) ? a.length >>> 2 : 0;
  const one = new Uint32Array(a.buffer, words === 0 ? 0 : a.byteOffset, words);
  const other = new Uint32Array(b.buffer, words === 0 ? 0 : b.byteOffset, words);
  // No `every`: it calls for each.
  for (let i = 0; i < words; i++) if (one[i] !== other[i]) return false;
  for (let i = words * 4; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A value in a message, short. */
function show(value: unknown): string {
  if (value instanceof Uint8Array)
    return `${value.length} bytes [${value.subarray(0, 16).join(" ")}${value.length > 16 ? " …" : ""}]`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
