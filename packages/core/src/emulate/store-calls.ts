import type { Awaitable } from "../awaitable.ts";
import { attempt } from "../awaitable.ts";
import type { Context } from "../context.ts";
import { isVfsError, unsupported, VfsError } from "../error.ts";
import type { VPath } from "../path.ts";
import type { Provider, WriteOptions } from "../provider.ts";
import type { Stat } from "../stat.ts";

/** The stat of what `path` leads to, or undefined when there is nothing. */
export function statOrNothing(
  provider: Provider,
  path: VPath,
  ctx: Context,
  follow: boolean,
): Awaitable<Stat | undefined> {
  return attempt<Stat | undefined>(
    () => provider.stat(path, { follow }, ctx),
    (reason) => {
      if (isVfsError(reason, "ENOENT")) return undefined;
      throw reason;
    },
  );
}

/** Writes through a provider that is known to be writable. */
export function writeTo(
  provider: Provider,
  path: VPath,
  data: Uint8Array,
  options: WriteOptions,
  ctx: Context,
): Awaitable<Stat> {
  if (provider.write === undefined) throw readOnlyStore(provider);
  return provider.write(path, data, options, ctx);
}

/** What a store that cannot be written says to every attempt. */
export function readOnlyStore(provider: Provider): VfsError {
  return new VfsError("EROFS", { hint: `${provider.name} cannot be written` });
}

/** Refuses a condition that the store cannot check. */
export function needsIfMatch(provider: Provider): void {
  if (!provider.caps.ifMatch)
    throw unsupported(`${provider.name} has no conditional requests: leave ifMatch out`);
}

/** What every store says to a time to live that no layer has taken out of the call. */
export function lastingFiles({ name }: Provider): VfsError {
  return unsupported(`${name} lets no file expire; put the layer expiry() in front of it`);
}
