import { capabilities, type Capabilities, type Provider } from "@vfs/core";

/** The same store, which does not tell how full it is: a quota has to count what is in it. */
export function silent(provider: Provider): Provider {
  return lacking(provider, ["usage"], { usage: false });
}

/** The same store without open files, numbers of files and hard links: core keeps open files for it. */
export function withoutOpen(provider: Provider): Provider {
  const less = { open: false, links: false, inodes: false, permissions: false, usage: false };
  return lacking(provider, ["usage", "open", "link"], less);
}

function lacking(provider: Provider, methods: readonly PropertyKey[], less: Partial<Capabilities>): Provider {
  const caps = capabilities({ ...provider.caps, ...less });
  return new Proxy(provider, {
    get: (target, key) => {
      if (key === "caps") return caps;
      if (methods.includes(key)) return undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    has: (target, key) => !methods.includes(key) && Reflect.has(target, key),
  });
}
