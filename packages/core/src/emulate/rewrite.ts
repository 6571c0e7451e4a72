import { NO_BYTES, type Bytes } from "../bytes.ts";
import type { Context } from "../context.ts";
import { isVfsError, VfsError } from "../error.ts";
import { wait, type Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { AppendOptions } from "../provider.ts";
import type { Stat } from "../stat.ts";
import type { Store } from "../store.ts";
import { attributesToRepeat } from "./attributes.ts";
import { statOrNothing, writeTo } from "./store-calls.ts";

// Somebody else must win every time for this to be reached; there is no timer in core to wait a moment with.
const ATTEMPTS = 64;

/**
 * Reads a whole file, changes it and writes it back. The caller holds the path's lock; against writers elsewhere the
 * etag decides, and it begins again with what they wrote.
 *
 * @param change Makes the new content; it may return its argument.
 * @param create What a file that is not there is made with; without it that is `ENOENT`.
 */
function* rewrite(
  store: Store,
  path: VPath,
  ctx: Context,
  change: (old: Bytes) => Bytes,
  create?: AppendOptions,
): Flow<Stat> {
  const { provider } = store;
  for (let left = ATTEMPTS; ; left--) {
    const before = yield* wait(statOrNothing(provider, path, ctx, true));
    try {
      if (before === undefined) {
        if (create === undefined) throw new VfsError("ENOENT");
        return yield* createFile(store, path, change(NO_BYTES), create, ctx);
      }
      const ifMatch = provider.caps.ifMatch ? before.etag : undefined;
      const old = yield* wait(provider.read(path, { ifMatch }, ctx));
      const options = {
        ...attributesToRepeat(provider, before),
        durable: create?.durable,
        ifMatch,
        owned: true,
      };
      return yield* wait(writeTo(provider, path, change(old), options, ctx));
    } catch (reason) {
      if (left === 0 || !isVfsError(reason, "ESTALE", "EEXIST")) throw reason;
    }
  }
}

function* createFile(
  store: Store,
  path: VPath,
  data: Bytes,
  options: AppendOptions,
  ctx: Context,
): Flow<Stat> {
  const ifNoneMatch = store.provider.caps.ifNoneMatch ? "*" : undefined;
  return yield* wait(writeTo(store.provider, path, data, { ...options, ifNoneMatch, owned: true }, ctx));
}

/** `append` for a provider that has none. */
export function* append(
  store: Store,
  path: VPath,
  data: Uint8Array,
  options: AppendOptions,
  ctx: Context,
): Flow<void> {
  // The caller may go on with its bytes while the old ones are read.
  const kept = ctx.sync ? data : new Uint8Array(data);
  yield* rewrite(store, path, ctx, (old) => joined(old, kept), options);
}

/** `truncate` for a provider that has none. */
export function* truncate(store: Store, path: VPath, size: number, ctx: Context): Flow<void> {
  yield* rewrite(store, path, ctx, (old) => resized(old, size));
}

function joined(head: Uint8Array, tail: Uint8Array): Bytes {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

/** A copy of `bytes` cut to `size`, or filled up with zeros. */
export function resized(bytes: Uint8Array, size: number): Bytes {
  const copy = new Uint8Array(size);
  copy.set(size < bytes.length ? bytes.subarray(0, size) : bytes);
  return copy;
}
