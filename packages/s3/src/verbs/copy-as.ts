import { newId, toDescribed, type Attributes } from "../attributes.ts";
import type { Store } from "../store.ts";
import type { Condition, Head, Written } from "../wire/wire.ts";
import { copyInParts } from "./upload.ts";

type Signal = AbortSignal | undefined;

/** Copies an object, or the marker of a directory, with these attributes instead of its own. */
export async function copyAs(
  store: Store,
  path: string,
  to: string,
  head: Head,
  attributes: Attributes,
  condition: Condition,
  signal: Signal,
): Promise<Written> {
  const { requests, keys } = store;
  const replace = toDescribed({ ...attributes, id: newId(to, store.isDirectoryBucket) });
  const [from, key] = [keys.prefix + path.slice(1), keys.prefix + to.slice(1)];
  const isRefused = (condition.ifMatch ?? condition.ifNoneMatch) !== undefined && !store.copiesConditionally;
  if (isRefused && head.size === 0)
    return await requests.put({ key, data: new Uint8Array(), ...replace, ...condition, signal });
  // A link is known in listings by how it was made: in parts, one of them.
  if (attributes.type === "symlink" || head.size > store.sizes.copyBytes || isRefused)
    return await copyInParts(
      store,
      { key: from, size: head.size, etag: head.etag },
      key,
      replace,
      condition,
      signal,
    );
  return await requests.copy({ from, key, sourceMatch: head.etag, replace, ...condition, signal });
}
