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
