import {
  VfsError,
  wait,
  type Context,
  type Entry,
  type Flow,
  type ListOptions,
  type Page,
  type VPath,
} from "@vfs/core";
import type { HostEntry } from "../host/host.ts";
import { checkPath } from "../confined/names.ts";
import { hostOf, type Store } from "../confined/spot.ts";
import { isTemporary } from "../unfinished/temporaries.ts";

/** A name that is no text cannot be asked for. It is there all the same: its directory is not empty. */
function isListed(entry: HostEntry): entry is Entry {
  return typeof entry.name === "string" && !isTemporary(entry.name);
}

/** What is in a directory, all of it: the host gives names by no cursor that outlives the call. */
export function* list(store: Store, path: VPath, { cursor }: ListOptions, ctx: Context): Flow<Page<Entry>> {
  if (cursor !== undefined)
    throw new VfsError("EINVAL", { hint: "a listing is one page: there is no cursor to go on from" });
  checkPath(path);
  const host = yield* hostOf(store, ctx);
  const directory = yield* wait(store.directories.enter(host, path, path));
  try {
    const entries = yield* wait(host.readdir(directory.self, directory.bytes));
    const items = entries.every(isListed) ? entries : entries.filter(isListed);
    if (items.length < entries.length && entries.some(({ name }) => isTemporary(name)))
      store.leftovers.note(path);
    if (!directory.pinned) yield* wait(directory.confirm(host));
    return { items };
  } finally {
    directory.leave();
  }
}
