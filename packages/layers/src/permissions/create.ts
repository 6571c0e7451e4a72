import {
  checkAccess,
  checkEnter,
  inherit,
  isVfsError,
  READ,
  VfsError,
  WRITE,
  type AnyCall,
  type Call,
  type Flow,
  type Owned,
  type Stat,
} from "@vfs/core";
import type { Seen, Sight } from "./sight.ts";

// So often a name is looked at again that others give and take away meanwhile.
const LOOKS = 8;

/** Does what makes something where nothing is, or changes a file that is there. */
export function* create(sight: Sight): Flow<unknown> {
  for (let i = 0; i < LOOKS; i++) {
    const { call } = sight;
    if (call.op === "mkdir" || call.op === "symlink") return yield* makeNew(sight, call);
    const seen = yield* exclusive(call) ? sight.come(call.path) : sight.follow(call.path);
    if (seen !== undefined) return yield* change(sight, seen);
    if (call.op === "open" && !call.args.flags.create) return yield* sight.pass();
    try {
      return yield* makeFile(sight);
    } catch (reason) {
      // Made by somebody else since: then it is theirs to say who writes it.
      const isTheirs = isVfsError(reason, "EEXIST") && !exclusive(call);
      if (!isTheirs || call.op === "writeStream") throw isTheirs ? madeMeanwhile() : reason;
    }
  }
  throw madeMeanwhile();
}

function madeMeanwhile(): VfsError {
  return new VfsError("EBUSY", { retryable: true, hint: "somebody made a file there meanwhile" });
}

/** Whether what is there already ends the call. */
function exclusive(call: AnyCall): boolean {
  switch (call.op) {
    case "write":
    case "writeStream":
      return call.args.ifNoneMatch !== undefined;
    case "open":
      return call.args.flags.create && call.args.flags.exclusive;
    default:
      return false;
  }
}

function* change(sight: Sight, seen: Seen): Flow<unknown> {
  const { call, who } = sight;
  // What is no file, or must not be there, is refused below.
  if (exclusive(call) || seen.type !== "file") return yield* sight.pass();
  if (call.op !== "open") {
    checkAccess(who, seen, WRITE);
    const done = yield* sight.pass();
    const changesNothing = call.op === "append" && call.args.data.length === 0;
    if (!changesNothing) yield* sight.afterWrite(seen);
    return done;
  }
  const { read, write, truncate } = call.args.flags;
  checkAccess(who, seen, (read ? READ : 0) | (write || truncate ? WRITE : 0));
  const file = yield* sight.pass();
  if (truncate) yield* sight.afterWrite(seen);
  return file;
}

/** What something new is to have, once its maker was found to be allowed to put it there. */
function* newOwner(sight: Sight, mode: number, isDirectory: boolean): Flow<Owned> {
  const { call, who } = sight;
  const parent = yield* sight.parent(call.path);
  checkEnter(who, parent);
  return inherit(who, parent, mode, isDirectory);
}

/** Makes a file, and never over one that came meanwhile. */
function* makeFile(sight: Sight): Flow<unknown> {
  const { call } = sight;
  const { mode = 0o644 } = call.args as { mode?: number };
  const owned = yield* newOwner(sight, mode, false);
  switch (call.op) {
    case "write":
    case "writeStream": {
      const made = (yield* sight.pass({ mode: owned.mode, ifNoneMatch: "*" })) as Stat;
      yield* sight.own(call.path, owned, made);
      return { ...made, ...owned };
    }
    case "append": {
      const { data, durable } = call.args;
      const args = { data, durable, mode: owned.mode, ifNoneMatch: "*" } as const;
      yield* sight.own(call.path, owned, yield* sight.make("write", call.path, args));
      return undefined;
    }
    default: {
      const { flags } = (call as Call<"open">).args;
      const file = yield* sight.pass({ mode: owned.mode, flags: { ...flags, exclusive: true } });
      yield* sight.own(call.path, owned, owned);
      return file;
    }
  }
}

function* makeNew(sight: Sight, call: Call<"mkdir"> | Call<"symlink">): Flow<unknown> {
  const seen = yield* sight.come(call.path);
  // Refused below.
  if (seen !== undefined) return yield* sight.pass();
  if (call.op === "symlink") {
    const { uid, gid, mode } = yield* newOwner(sight, 0o777, false);
    const done = yield* sight.pass();
    yield* sight.own(call.path, { uid, gid, mode }, { mode });
    return done;
  }
  const { mode = 0o755 } = call.args;
  const owned = yield* newOwner(sight, mode, true);
  const done = yield* sight.pass({ mode: owned.mode });
  yield* sight.own(call.path, owned, owned);
  return done;
}
