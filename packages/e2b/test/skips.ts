/** The cases that e2b leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {};
