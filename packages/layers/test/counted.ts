import type { Provider } from "@vfs/core";

/** What is done before a method of a store, and may fail or wait. */
type Before = (method: string, args: readonly unknown[]) => unknown;

/** A store that writes down which of its methods were called, and what may go wrong in them. */
export interface Counted {
  readonly store: Provider;
  /** The names of the methods, in order. */
  readonly calls: string[];
  /** Done before each; what it throws the method throws, and what it returns is waited for. */
  before: Before | undefined;
  /** Waited for after each, before its answer is given. */
  after: ((method: string) => Promise<unknown> | undefined) | undefined;
}

const isMethod = (value: unknown): value is (...args: unknown[]) => unknown => typeof value === "function";

/** The same store, watched. */
export function counted(inner: Provider): Counted {
  const calls: string[] = [];
  const result: Counted = {
    calls,
    before: undefined,
    after: undefined,
    store: new Proxy(inner, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (!isMethod(value)) return value;
        return (...args: unknown[]): unknown => {
          calls.push(String(key));
          const waited = result.before?.(String(key), args);
          const call = (): unknown => {
            const answer = value.apply(target, args);
            const late = result.after?.(String(key));
            return late === undefined ? answer : late.then(() => answer);
          };
          return waited instanceof Promise ? waited.then(call) : call();
        };
      },
    }),
  };
  return result;
}
