import { isWithin, VfsError, wait, type Context, type CopyOptions, type Flow } from "@vfs/core";
import { copyTree } from "./copy-tree.ts";
import { drafted, finish, isOurs, publish, replaceable, type Finish } from "../unfinished/draft.ts";
import { mustBeFile, READ, typeOf, WRITE } from "../host/values.ts";
import { lookAtNoLink, makeFile, openFile, using, type Opened } from "../confined/opened.ts";
import { pourFile } from "./pour.ts";
import { syncNode } from "../confined/sync.ts";
import type { Spot } from "../confined/spot.ts";
import { hasOtherNames } from "./write.ts";

/** Copies a file over another, or a tree onto a free name; with its permission bits. */
export function* copy(from: Spot, to: Spot, options: CopyOptions, ctx: Context): Flow<void> {
  const stats = yield* lookAtNoLink(from);
  if (stats === undefined) throw new VfsError("ENOENT");
  if (typeOf(stats) !== "directory") {
    mustBeFile(stats);
    return yield* copyFile(from, to, options);
  }
  if (options.recursive !== true) throw new VfsError("EISDIR");
  if (isWithin(to.path, from.path))
    throw new VfsError("EINVAL", { hint: "a directory cannot be copied into itself" });
  yield* copyTree(from, to, options, ctx);
}

function* copyFile(from: Spot, to: Spot, options: CopyOptions): Flow<void> {
  const source = yield* openFile(from, READ);
  yield* using(from, source.fd, function* () {
    const found = yield* replaceable(to, options);
    if (found !== undefined && found.ino === source.stats.ino && found.dev === source.stats.dev) return;
    if (hasOtherNames(found)) return yield* copyInto(source, to, options);
    const { mode, atimeMs, mtimeMs } = source.stats;
    const times = options.preserveTimestamps === true ? { atimeMs, mtimeMs } : {};
    const wanted = { found, mode: mode & 0o7777, ...times };
    yield* drafted(to, function* (draft) {
      if (isOurs(found)) {
        yield* wait(to.host.copyFile(from.directory.opened(from.name, source.fd), draft.at));
        yield* finish(draft, wanted);
      } else yield* copyForOwner(source, draft, wanted);
      if (to.store.durable) yield* syncNode(to.host, draft.at);
      yield* publish(to, draft, options);
    });
  });
}

/** With more calls, but with a descriptor that can be given another owner. */
function* copyForOwner(source: Opened, draft: Spot, wanted: Finish): Flow<void> {
  const { fd } = yield* makeFile(draft, WRITE, 0o600);
  yield* using(draft, fd, function* () {
    yield* pourFile(draft.host, source.fd, fd);
    yield* finish(draft, wanted, fd);
  });
}

/** Into the file that is there, so that all its names show it. */
function* copyInto(source: Opened, to: Spot, { preserveTimestamps }: CopyOptions): Flow<void> {
  const { host } = to;
  const { fd } = yield* openFile(to, WRITE);
  yield* using(to, fd, function* () {
    const { mode, atimeMs, mtimeMs } = source.stats;
    yield* wait(host.ftruncate(fd, yield* pourFile(host, source.fd, fd)));
    yield* wait(host.fchmod(fd, mode & 0o7777));
    if (preserveTimestamps === true) yield* wait(host.futimes(fd, atimeMs, mtimeMs));
    if (to.store.durable) yield* wait(host.fsync(fd));
  });
}
