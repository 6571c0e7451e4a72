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
import { checkPath } from "../confined/names.ts";
import { hostOf, type Store } from "../confined/spot.ts";
import { isTemporary } from "../unfinished/temporaries.ts";

/** What is in a directory, all of it: the host gives names by no cursor that outlives the call. */
export function* list(store: Store, path: VPath, { cursor }: ListOptions, ctx: Context): Flow<Page<Entry>> {
  if (cursor !== undefined)
    throw new VfsError("EINVAL", { hint: "a listing is one page: there is no cursor to go on from" });
  checkPath(path);
  const host = yield* hostOf(store, ctx);
  const directory = yield* wait(store.directories.enter(host, path, path));
  try {
    const items: Entry[] = [];
    for (const entry of yield* wait(host.readdir(directory.self))) {
      // A name that is no text cannot be asked for. It is there all the same: its directory is not empty.
      if (typeof entry.name !== "string") continue;
      if (isTemporary(entry.name)) store.leftovers.note(path);
      else items.push(entry as Entry);
    }
    if (!directory.pinned) yield* wait(directory.confirm(host));
    return { items };
  } finally {
    directory.leave();
  }
}
