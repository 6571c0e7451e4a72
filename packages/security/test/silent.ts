import { capabilities, type Provider } from "@vfs/core";

/** The same store, which does not tell how full it is: a quota has to count what is in it. */
export function silent(provider: Provider): Provider {
  const caps = capabilities({ ...provider.caps, usage: false });
  return new Proxy(provider, {
    get: (target, key) => {
      if (key === "caps") return caps;
      if (key === "usage") return undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    has: (target, key) => key !== "usage" && Reflect.has(target, key),
  });
}
