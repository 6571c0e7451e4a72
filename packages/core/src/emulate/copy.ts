import type { Context } from "../context.ts";
import { VfsError } from "../error.ts";
import { wait, type Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { CopyOptions } from "../provider.ts";
import type { Stat } from "../stat.ts";
import type { Store } from "../store.ts";
import { leftToCopy } from "./attributes.ts";
import { readOnlyStore, statOrNothing, writeTo } from "./store-calls.ts";

/** `copy` of one file, for a provider that has none. The caller holds the locks of both paths. */
export function* copyFile(
  store: Store,
  path: VPath,
  to: VPath,
  options: CopyOptions,
  ctx: Context,
): Flow<void> {
  const { provider } = store;
  const source = yield* wait(provider.stat(path, { follow: true }, ctx));
  if (source.type !== "file") throw new VfsError(source.type === "directory" ? "EISDIR" : "EINVAL");
  const target = yield* wait(statOrNothing(provider, to, ctx, options.ifNoneMatch === undefined));
  if (target !== undefined && options.ifNoneMatch !== undefined) throw new VfsError("EEXIST");
  if (path === to) return;
  const written = yield* transfer(store, path, to, source, options, ctx);
  const changes = leftToCopy(provider.caps, source, written, ctx.identity);
  if (changes !== undefined) yield* wait(provider.setStat?.(to, changes, {}, ctx));
}

function* transfer(
  store: Store,
  path: VPath,
  to: VPath,
  source: Stat,
  options: CopyOptions,
  ctx: Context,
): Flow<Stat> {
  const { provider } = store;
  const { mode, contentType, meta, size } = source;
  const mtimeMs = options.preserveTimestamps ? source.mtimeMs : undefined;
  const ifNoneMatch = provider.caps.ifNoneMatch ? options.ifNoneMatch : undefined;
  const given = { mode, contentType, meta, mtimeMs, ifNoneMatch };
  if (provider.readStream === undefined || provider.writeStream === undefined) {
    const data = yield* wait(provider.read(path, {}, ctx));
    return yield* wait(writeTo(provider, to, data, { ...given, owned: true }, ctx));
  }
  if (provider.write === undefined) throw readOnlyStore(provider);
  const content = yield* wait(provider.readStream(path, {}, ctx));
  return yield* wait(provider.writeStream(to, content, { ...given, size }, ctx));
}
