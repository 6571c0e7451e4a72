import type { Capabilities } from "../capabilities.ts";
import { isOwner, type Who } from "../identity.ts";
import type { Provider, WriteOptions } from "../provider.ts";
import type { Stat, StatChanges } from "../stat.ts";

/** What a rewrite must say again because the provider would lose it. */
export function attributesToRepeat(provider: Provider, before: Stat): WriteOptions {
  if (provider.caps.keeps !== "nothing") return {};
  const { mode, contentType, meta } = before;
  return { mode, contentType, meta };
}

/**
 * What is left to be set so that a copy has the mode and the attributes of its original; undefined when nothing is. What
 * was copied into somebody else's file keeps the mode that they gave it.
 */
export function leftToCopy(
  caps: Capabilities,
  original: Stat,
  copy: Stat,
  who: Who,
): StatChanges | undefined {
  const { mode, contentType, meta } = original;
  const modes =
    caps.modes && mode !== undefined && copy.mode !== mode && isOwner(who, { uid: copy.uid ?? 0 });
  const types = caps.meta && copy.contentType !== contentType;
  const metas = caps.meta && !sameMeta(copy.meta, meta);
  if (!modes && !types && !metas) return undefined;
  return {
    ...(modes ? { mode } : {}),
    ...(types ? { contentType: contentType ?? null } : {}),
    ...(metas ? { meta: meta ?? {} } : {}),
  };
}

/** What a directory that stands for another one is to be given, once it is full; undefined when the store keeps nothing. */
export function ofDirectory(caps: Capabilities, original: Stat): StatChanges | undefined {
  const { mtimeMs, atimeMs, mode, contentType, meta } = original;
  const changes: StatChanges = {
    ...(caps.times === "none" ? {} : { mtimeMs }),
    ...(caps.times === "all" && atimeMs !== undefined ? { atimeMs } : {}),
    ...(caps.modes && mode !== undefined ? { mode } : {}),
    ...(caps.meta && contentType !== undefined ? { contentType } : {}),
    ...(caps.meta && meta !== undefined ? { meta } : {}),
  };
  return Object.keys(changes).length === 0 ? undefined : changes;
}

type Meta = Readonly<Record<string, string>> | undefined;

function sameMeta(a: Meta = {}, b: Meta = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
