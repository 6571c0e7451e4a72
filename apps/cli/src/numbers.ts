import { InvalidArgumentError } from "commander";

/** Reads a whole number above 0 from the command line. */
export function wholeNumber(text: string): number {
  return wholeNumberOf(1, Number.MAX_SAFE_INTEGER, "It must be a whole number above 0.")(text);
}

/** Reads a whole number from the command line that is neither below `least` nor above `most`. */
export function wholeNumberOf(
  least: number,
  most: number,
  wanted = `It must be a whole number from ${least} to ${most}.`,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(wanted);
  };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Reads a size from the command line: `500`, `10k`, `2M`. */
export function byteCount(text: string): number {
  const [, digits = "", unit = "-"] = /^(\d+)([kMGT]?)$/.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit] ?? Number.NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError("It must be a number of bytes: 500, 10k, 2M, 1G.");
}

/** Reads a time from the command line, in milliseconds since 1970: `2026-01-31`, `2026-01-31T12:00Z`. */
export function pointInTime(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d(?:T.+)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new InvalidArgumentError("It must be a day or a time: 2026-01-31, 2026-01-31T12:00Z.");
}

/** Reads permissions from the command line, as chmod(1) has them: `644`. */
export function permissionBits(text: string): number {
  if (/^[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError("It must be octal: 700, 0644.");
}
