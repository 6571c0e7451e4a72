import {
  checkAccess,
  checkEnter,
  checkLeave,
  checkLink,
  checkWholeTree,
  EXECUTE,
  isRoot,
  mayAccess,
  modeAfterWrite,
  parentOf,
  permitted,
  reachesTree,
  READ,
  ROOT,
  VfsError,
  WRITE,
  type Call,
  type Flow,
  type OpName,
} from "@vfs/core";
import { copy } from "./copy.ts";
import { create } from "./create.ts";
import { seenAs, Sight, type Held, type Seen, type Send } from "./sight.ts";

const SET_GID = 0o2000;

/** What reaches a tree and tells nothing of what is in it, as core has it. */
const HARMLESS: ReadonlySet<OpName> = new Set<OpName>(["usage", "statfs", "flush", "rename", "watch"]);

/** Does a call for whom it is made for, if they may. */
export function* answer(held: Held, send: Send): Flow<unknown> {
  const sight = new Sight(held, send);
  const { call, who } = sight;
  const { path } = call;
  if (who === undefined && !(yield* concernsRoot(sight))) return yield* sight.pass();
  if (reachesTree(call) && !HARMLESS.has(call.op)) checkWholeTree(who);
  switch (call.op) {
    case "stat":
    case "readlink":
      yield* call.op === "stat" && call.args.follow === true ? sight.follow(path) : sight.come(path);
      return yield* sight.pass();
    case "read":
    case "readStream":
    case "watch":
      mayRead(sight, yield* sight.follow(path));
      return yield* sight.pass();
    case "list": {
      const seen = yield* sight.follow(path);
      mayRead(sight, seen);
      // Who may not search a directory hears the names, and no more.
      const stat =
        call.args.stat === true && (seen === undefined || mayAccess(who, seen, EXECUTE, seen.type));
      return yield* sight.pass({ stat });
    }
    case "write":
    case "writeStream":
    case "append":
    case "open":
    case "mkdir":
    case "symlink":
      return yield* create(sight);
    case "truncate": {
      const seen = yield* sight.follow(path);
      if (seen?.type === "file") checkAccess(who, seen, WRITE);
      const done = yield* sight.pass();
      if (seen !== undefined) yield* sight.afterWrite(seen);
      return done;
    }
    case "setStat":
      return yield* setStat(sight, call);
    case "remove": {
      const seen = yield* sight.come(path);
      if (seen !== undefined && !isRoot(who)) checkLeave(who, yield* sight.parent(path), seen);
      return yield* sight.pass();
    }
    case "rename":
      yield* checkRename(sight, call);
      return yield* sight.pass();
    case "link":
      yield* checkLinking(sight, call);
      return yield* sight.pass();
    case "copy":
      return yield* copy(sight, call);
    case "file.write":
    case "file.truncate":
      return yield* writeFile(sight);
    case "file.setStat": {
      const seen = seenAs(yield* sight.make("file.stat", path, {}));
      return yield* sight.pass({ changes: permitted(who, seen, seen.type, call.args.changes) });
    }
    default:
      return yield* sight.pass();
  }
}

/** Root may do everything, but what it makes in a set-gid directory has a group, and its chown takes set-id bits away. */
function* concernsRoot(sight: Sight): Flow<boolean> {
  const { call } = sight;
  const { path, to = path } = call;
  switch (call.op) {
    case "write":
    case "writeStream":
    case "append":
    case "open":
    case "mkdir":
    case "symlink":
    case "copy": {
      if (to === ROOT) return false;
      const parent = yield* sight.look(parentOf(to), to);
      return parent !== undefined && (parent.mode & SET_GID) !== 0;
    }
    case "setStat":
    case "file.setStat":
      return (call.args.changes.uid ?? call.args.changes.gid) !== undefined;
    default:
      return false;
  }
}

function mayRead({ who }: Sight, seen: Seen | undefined): void {
  if (seen !== undefined) checkAccess(who, seen, READ, seen.type);
}

function* setStat(sight: Sight, { path, args }: Call<"setStat">): Flow<unknown> {
  const seen = yield* args.follow === true ? sight.follow(path) : sight.come(path);
  if (seen === undefined) return yield* sight.pass();
  return yield* sight.pass({ changes: permitted(sight.who, seen, seen.type, args.changes) });
}

/** With the checks of rename(2), in the order of Linux. */
function* checkRename(sight: Sight, { path, to = path, args }: Call<"rename">): Flow<void> {
  const { who } = sight;
  if (isRoot(who)) return;
  const seen = yield* sight.come(path);
  const target = yield* sight.come(to);
  if (seen === undefined || sameFile(seen, target)) return;
  if (target !== undefined && args.noReplace === true) throw new VfsError("EEXIST");
  const parent = yield* sight.parent(path);
  const targetParent = yield* sight.parent(to);
  checkLeave(who, parent, seen);
  if (target === undefined) checkEnter(who, targetParent);
  else checkLeave(who, targetParent, target);
  // Its `..` changes.
  const stays = parentKey(path) === parentKey(to);
  if (seen.type === "directory" && !stays) checkAccess(who, seen, WRITE, "directory");
}

function parentKey(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function sameFile(one: Seen, other: Seen | undefined): boolean {
  return other !== undefined && one.stat.ino !== undefined && one.stat.ino === other.stat.ino;
}

function* checkLinking(sight: Sight, { path, to = path }: Call<"link">): Flow<void> {
  const { who } = sight;
  if (isRoot(who)) return;
  const seen = yield* sight.come(path);
  const there = yield* sight.come(to);
  if (seen === undefined || there !== undefined) return;
  checkLink(who, seen, seen.type);
  checkEnter(who, yield* sight.parent(to));
}

/** A handle keeps what it was granted, but what runs as another must not be written by anybody else. */
function* writeFile(sight: Sight): Flow<unknown> {
  const { call, who } = sight;
  if (isRoot(who)) return yield* sight.pass();
  const before = seenAs(yield* sight.make("file.stat", call.path, {}));
  const done = yield* sight.pass();
  const mode = modeAfterWrite(who, before);
  const changesNothing = call.op === "file.write" && call.args.data.length === 0;
  if (mode !== before.mode && !changesNothing)
    yield* sight.make("file.setStat", call.path, { changes: { mode } });
  return done;
}
