import { isPromiseLike, VfsError, type Provider } from "@vfs/core";

/** When a store fails: before it has done something, or after. */
export type Failure = "no" | "before" | "after";

const CHANGING: ReadonlySet<PropertyKey> = new Set([
  "write",
  "append",
  "truncate",
  "mkdir",
  "remove",
  "rename",
  "copy",
  "symlink",
  "link",
  "writeStream",
  "open",
]);

/**
 * The same store, whose changes fail as `next` tells. A file that was opened and whose handle nobody has got would stay
 * open for ever: `open` fails before.
 */
export function failing(provider: Provider, next: () => Failure): Provider {
  return new Proxy(provider, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      if (!CHANGING.has(key)) return value.bind(target);
      return (...args: unknown[]): unknown => {
        const failure = next();
        if (failure === "no") return value.apply(target, args);
        if (failure === "before" || key === "open") throw new VfsError("EIO");
        const done: unknown = value.apply(target, args);
        const fail = (): never => {
          throw new VfsError("EIO");
        };
        return isPromiseLike(done) ? done.then(fail) : fail();
      };
    },
  });
}
