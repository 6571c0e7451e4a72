/**
 * A time that a caller gave, in milliseconds since 1970.
 *
 * @param time Seconds since 1970, or a `Date`, as in `node:fs`.
 * @throws RangeError for what is no time.
 */
export function milliseconds(time: number | Date): number {
  const ms = typeof time === "number" ? time * 1000 : time.getTime();
  if (Number.isFinite(ms)) return ms;
  throw new RangeError(`a time must be seconds since 1970 or a Date, got ${String(time)}`);
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
 * An owner that a caller gave; undefined for -1, which leaves an owner as it is, as in chown(2).
 *
 * @throws RangeError for what is none.
 */
export function ownerOf(id: number): number | undefined {
  if (id === -1) return undefined;
  if (Number.isInteger(id) && id >= 0 && id < 2 ** 32) return id;
  throw new RangeError(`an owner must be an integer from 0 to 2**32 - 1, or -1 to leave it, got ${id}`);
}
