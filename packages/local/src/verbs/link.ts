import { VfsError, wait, type Flow } from "@vfs/core";
import { typeOf } from "../host/values.ts";
import { lookAt, type Spot } from "../confined/spot.ts";

/** Makes `to` one more name of what is at `from`. */
export function* link(from: Spot, to: Spot): Flow<void> {
  const stats = yield* lookAt(from);
  if (stats === undefined) throw new VfsError("ENOENT");
  const type = typeOf(stats);
  if (type === "directory") throw new VfsError("EPERM", { hint: "a directory has one name only" });
  // Linux gives the link itself a name; others would go where it leads.
  if (type === "symlink" && !from.directory.pinned)
    throw new VfsError("EPERM", { hint: "a symbolic link has one name only on this host" });
  yield* wait(from.host.link(from.at, to.at));
}
