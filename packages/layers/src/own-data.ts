import type { Call } from "@vfs/core";

/**
 * The same call with bytes of its own. Whoever wrote may use theirs again as soon as they have the promise, so a layer
 * that lets a call wait must take a copy before that.
 *
 * @param handOver Whether the store may keep that copy, because it is sent once only.
 */
export function withOwnData<C extends Call>(call: C, handOver: boolean): C {
  const args = call.args as { readonly data?: unknown; readonly owned?: boolean };
  if (!(args.data instanceof Uint8Array)) return call;
  const data = args.owned === true ? args.data : args.data.slice();
  const owned = call.op === "write" ? { owned: handOver } : {};
  return call.with({ args: { ...args, data, ...owned } });
}
