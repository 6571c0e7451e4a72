import type { Provider } from "@vfs/core";

/** What writes to a store. */
const MUTATING: ReadonlySet<PropertyKey> = new Set([
  "write",
  "writeStream",
  "append",
  "truncate",
  "mkdir",
  "remove",
  "rename",
  "copy",
  "setStat",
  "symlink",
  "link",
]);

type Method = (...args: unknown[]) => unknown;

/** The same store, each of whose calls is seen first. */
export function watched(provider: Provider, see: (op: string, args: unknown[]) => void): Provider {
  return new Proxy(provider, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        see(String(key), args);
        return (value as Method).apply(target, args);
      };
    },
  });
}

/** A store that fails whoever would change it. */
export function sealed(provider: Provider): Provider {
  return watched(provider, (op, [, options]) => {
    const flags = (options as { flags?: { write: boolean } } | undefined)?.flags;
    if (MUTATING.has(op) || flags?.write === true)
      throw new Error(`${op} of a store that is only to be read`);
  });
}

/** How many changes are left before the power goes. */
export interface Power {
  left: number;
}

class PowerCut extends Error {}

/** A store that is gone after so many changes. If the last one adds to a journal, half of the line is there. */
export function failing(provider: Provider, power: Power): Provider {
  return watched(provider, (op, args) => {
    if (!MUTATING.has(op)) return;
    if (power.left-- > 0) return;
    if (op === "append" && power.left === -1) {
      const [path, data, options, ctx] = args as Parameters<NonNullable<Provider["append"]>>;
      if (path.endsWith("journal"))
        void provider.append?.(path, data.subarray(0, data.length >> 1), options, ctx);
    }
    throw new PowerCut(`no power for ${op}`);
  });
}

/** Whether it was that which failed. */
export const isPowerCut = (reason: unknown): boolean => reason instanceof PowerCut;
