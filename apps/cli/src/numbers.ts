import { InvalidArgumentError } from "commander";

/** Reads a whole number above 0 from the command line. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a whole number above 0.");
}
