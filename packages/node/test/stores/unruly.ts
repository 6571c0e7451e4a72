import { Readable } from "node:stream";
import { VfsError, type Bytes, type Context, type Provider, type VPath } from "@vfs/core";
import { memory } from "@vfs/memory";

/** What is done at some paths instead of reading them. */
const DEEDS: Readonly<Record<string, (ctx: Context) => Promise<Bytes> | Bytes>> = {
  "/exit": () => process.exit(7),
  "/crash": () => {
    // Not in the promise of the call: nobody catches it.
    setImmediate(() => {
      throw new RangeError("out of nothing");
    });
    return never();
  },
  "/eat": () => {
    const eaten: unknown[] = [];
    for (;;) eaten.push(Array.from({ length: 1e5 }, () => ({})));
  },
  "/never": () => never(),
  "/until-aborted": ({ signal }) =>
    new Promise<Bytes>((_, reject) => {
      signal?.addEventListener("abort", () => {
        aborted++;
        reject(signal.reason);
      });
    }),
  "/aborted": () => new Uint8Array([aborted]),
  "/opened": () => new Uint8Array([opened]),
  "/throttled": () => {
    const cause = Object.assign(new TypeError("fetch failed"), { code: "ECONNRESET", errno: -104 });
    const options = {
      syscall: "get",
      path: "/elsewhere",
      hint: "ask later",
      retryable: true,
      cause,
    } as const;
    throw new VfsError("EDQUOT", { ...options, reason: "quota" });
  },
  "/plain-error": () => {
    throw Object.assign(new RangeError("no such range", { cause: "the store" }), { code: "ERR_X", size: 3 });
  },
  "/pooled": () => Buffer.from("from the pool") as Uint8Array as Bytes,
};

let aborted = 0;
let opened = 0;

/** Memory where some paths do harm, and a file that opens only when its caller has given up. */
export const provider: Provider = unruly(memory());

function unruly(inner: Provider): Provider {
  const changed: Partial<Provider> = {
    read: (path, options, ctx) => DEEDS[path]?.(ctx) ?? inner.read(path, options, ctx),
    open: async (path, options, ctx) => {
      const file = await inner.open?.(path, options, ctx);
      if (file === undefined) throw new VfsError("ENOENT");
      if (path !== ("/late" as VPath)) return file;
      opened++;
      const close = file.close.bind(file);
      file.close = (given) => {
        opened--;
        return close(given);
      };
      await new Promise<void>((resolve) => ctx.signal?.addEventListener("abort", () => resolve()));
      return file;
    },
    writeStream: async (path, source, options, ctx) => {
      if (path !== ("/half" as VPath)) return inner.writeStream?.(path, source, options, ctx) ?? never();
      for await (const _ of source) throw new VfsError("ENOSPC");
      return never();
    },
    readStream: (path, options, ctx) =>
      path === ("/endless" as VPath) ? endless(ctx) : (inner.readStream?.(path, options, ctx) ?? []),
  };
  return new Proxy(inner, {
    get: (target, key) => {
      const value: unknown =
        (changed as Record<PropertyKey, unknown>)[key] ?? Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function* endless({ signal }: Context): AsyncGenerator<Bytes> {
  yield new Uint8Array(1);
  // A stream of Node ends with the reason of the signal's abort.
  for await (const chunk of new Readable({ read() {}, signal })) yield chunk as Bytes;
}

function never(): Promise<never> {
  return new Promise(() => {});
}
