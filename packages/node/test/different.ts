/** Calls in which the face is known to differ from `node:fs`, and why. */
export const DIFFERENT: readonly { readonly matches: RegExp; readonly reason: string }[] = [];
