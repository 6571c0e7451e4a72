import type { Call } from "@vfs/core";

/**
 * The same call with bytes of its own. Whoever wrote may use theirs again as soon as they have the promise, so a layer
 * that lets a call wait must take a copy before that.
 */
export function withOwnData<C extends Call>(call: C): C {
  const args = call.args as { readonly data?: unknown; readonly owned?: boolean };
  if (!(args.data instanceof Uint8Array) || args.owned === true) return call;
  const owned = call.op === "write" ? { owned: true } : {};
  return call.with({ args: { ...args, data: args.data.slice(), ...owned } as C["args"] });
}
