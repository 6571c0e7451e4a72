import { TEMPORARY } from "../temporaries.ts";

/** Names that mean the same to `find` in the C locale, where a character is a byte. */
const PLAIN_GLOB = /^[\w.*~+@ -]+$/;

export function isPlain(glob: string): boolean {
  return PLAIN_GLOB.test(glob);
}

/** All but unfinished files. */
export const VISIBLE: readonly string[] = ["!", "-name", `${TEMPORARY}*`];

/** One of several conditions. */
export function anyOf(conditions: readonly (readonly string[])[]): string[] {
  return ["(", ...conditions.flatMap((condition, i) => (i === 0 ? condition : ["-o", ...condition])), ")"];
}
