import { capabilities, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";

/** A memory that keeps no snapshots by itself: what is kept of it is kept by content. */
export function plainMemory(): Provider {
  const inner = memory();
  const caps = capabilities({ ...inner.caps, snapshots: false });
  return new Proxy(inner, {
    get: (target, name) => {
      if (name === "caps") return caps;
      if (name === "snapshots") return undefined;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The two ways in which snapshots of a tree in memory are kept in that memory. */
export const KEPT_BY: Readonly<Record<string, () => Provider>> = {
  content: plainMemory,
  "the store of the tree": memory,
};
