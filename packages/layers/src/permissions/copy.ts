import {
  checkAccess,
  checkEnter,
  copied,
  inherit,
  isOwner,
  modeAfterWrite,
  READ,
  VfsError,
  WRITE,
  type Call,
  type Flow,
} from "@vfs/core";
import type { Sight } from "./sight.ts";

/** Copies a file: who makes the copy owns it, and who writes into another's file leaves it theirs. */
export function* copy(sight: Sight, { path, to = path, args }: Call<"copy">): Flow<unknown> {
  const { who } = sight;
  const source = yield* sight.follow(path);
  if (source === undefined || source.type === "directory") return yield* sight.pass();
  checkAccess(who, source, READ, source.type);
  const target = yield* args.ifNoneMatch === undefined ? sight.follow(to) : sight.come(to);
  const { ino } = source.stat;
  const isSame = target !== undefined && (path === to || (ino !== undefined && ino === target.stat.ino));
  if (isSame || (target !== undefined && (args.ifNoneMatch !== undefined || target.type !== "file")))
    return yield* sight.pass();
  if (target === undefined) {
    const parent = yield* sight.parent(to);
    checkEnter(who, parent);
    const owned = copied(who, source, inherit(who, parent, source.mode, false));
    try {
      // Not over a file that came meanwhile, which may be another's.
      yield* sight.pass({ ifNoneMatch: "*" });
    } catch (reason) {
      throw args.ifNoneMatch === undefined ? busyWhereThere(reason) : reason;
    }
    yield* sight.make("setStat", to, { changes: owned });
    return undefined;
  }
  checkAccess(who, target, WRITE);
  const theirs = isOwner(who, target);
  yield* sight.pass({ preserveTimestamps: theirs && args.preserveTimestamps === true });
  const { uid, gid } = target;
  const mode = modeAfterWrite(who, theirs ? { mode: source.mode, uid, gid } : target);
  yield* sight.make("setStat", to, { changes: { uid, gid, mode } });
  return undefined;
}

function busyWhereThere(reason: unknown): unknown {
  if ((reason as { code?: unknown }).code !== "EEXIST") return reason;
  return new VfsError("EBUSY", { retryable: true, hint: "somebody made a file there meanwhile" });
}
