/**
 * A time: seconds since 1970 or a `Date`, as in `node:fs`; or nanoseconds since 1970 as a bigint. A number of seconds
 * rounds what `stat` told in milliseconds; `mtimeNs`, told with `bigint: true`, gives the same time back.
 */
export type Time = number | Date | bigint;

/**
 * A time that a caller gave, in milliseconds since 1970.
 *
 * @throws RangeError for what is no time.
 */
export function milliseconds(time: Time): number {
  const ms =
    typeof time === "number" ? time * 1000 : typeof time === "bigint" ? ofNanoseconds(time) : time.getTime();
  if (Number.isFinite(ms)) return ms;
  throw new RangeError(
    `a time must be seconds since 1970, a Date or nanoseconds as a bigint, got ${String(time)}`,
  );
}

/** In two parts: the whole number has more digits than a double. */
function ofNanoseconds(time: bigint): number {
  return Number(time / 1_000_000n) + Number(time % 1_000_000n) / 1_000_000;
}

/**
 * Permission bits that a caller gave.
 *
 * @throws RangeError for what is none.
 */
export function checkMode(mode: number): number {
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o7777) return mode;
  throw new RangeError(`mode must be 0 to 0o7777, got ${mode}`);
}

/**
 * An owner that a caller gave; undefined for -1, which leaves it as it is, as in chown(2).
 *
 * @throws RangeError for what is none.
 */
export function checkOwner(id: number): number | undefined {
  if (id === -1) return undefined;
  if (Number.isInteger(id) && id >= 0 && id < 2 ** 32) return id;
  throw new RangeError(`an owner must be an integer from 0 to 2**32 - 1, or -1 to leave it, got ${id}`);
}

/**
 * A number that a caller may leave out.
 *
 * @throws RangeError for one that is less than `least`, or no integer.
 */
export function checkCount(name: string, count: number | undefined, least: number): void {
  if (count === undefined || (Number.isSafeInteger(count) && count >= least)) return;
  throw new RangeError(`${name} must be an integer of at least ${least}, got ${count}`);
}
