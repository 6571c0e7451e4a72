import { capabilities, type Capabilities, type Provider } from "@vfs/core";
import { memory } from "../src/index.ts";

/** Memory, with every method that it has. */
export type Full = Required<Provider>;
type Methods = Partial<Full>;

/** Memory with some methods broken, or with caps that it does not live up to. */
export function broken(fault: (inner: Full) => Methods, caps: Partial<Capabilities> = {}): () => Provider {
  return () => {
    const inner = memory() as Full;
    const changed: Methods = { ...fault(inner), caps: capabilities({ ...inner.caps, ...caps }) };
    return new Proxy(inner, {
      get(target, key) {
        const value: unknown =
          key in changed ? changed[key as keyof Methods] : Reflect.get(target, key, target);
        return typeof value === "function" ? (value as () => unknown).bind(target) : value;
      },
    });
  };
}

/** Without a method that the caps then do not declare, core makes up for it. */
export const without = (...methods: (keyof Provider)[]): Methods =>
  Object.fromEntries(methods.map((method) => [method, undefined]));

/** A fault, and the case of the kit that must find it. */
export interface Fault {
  readonly what: string;
  readonly make: () => Provider;
  readonly caughtBy: string;
}
