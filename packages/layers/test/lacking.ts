import { capabilities, type Capabilities, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";

/** Memory that says that it can do less. What it does not say nobody asks of it, but `without` are gone. */
export function lacking(caps: Partial<Capabilities>, ...without: (keyof Provider)[]): Provider {
  const inner = memory();
  const all = capabilities({ ...inner.caps, ...caps });
  return new Proxy(inner, {
    get(target, key) {
      if (key === "caps") return all;
      if (without.includes(key as keyof Provider)) return undefined;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
