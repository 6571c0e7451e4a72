import type { BigIntStats, BigIntStatsFs, Stats, StatsFs } from "node:fs";
import { attempt, isVfsError, type Awaitable, type ErrorCode, type Stats as VfsStats } from "@vfs/core";
import { toBits, toBoolean, toMode, toObject, toOwner, toPath, toSeconds } from "../arguments.ts";
import type { Calls, Side } from "../side.ts";
import { toBigIntStatFs, toBigIntStats, toStatFs, toStats } from "../stats.ts";
import { ask, nothing } from "../system-errors.ts";

type AnyStats = Stats | BigIntStats | undefined;

function describe(
  { verbs, sync }: Side,
  verb: "stat" | "lstat",
  path: unknown,
  options: unknown,
): Awaitable<AnyStats> {
  const target = toPath(path);
  if (options === undefined) return ask(() => verbs[verb](target), toStats as () => Stats, verb, target);
  const { bigint, throwIfNoEntry } = toObject(sync && typeof options !== "object" ? undefined : options);
  const big = toBoolean(bigint, "options.bigint");
  const missing: readonly ErrorCode[] = verb === "stat" ? ["ENOENT", "ENOTDIR"] : ["ENOENT"];
  const asked = { bigint: big };
  const find = (): Awaitable<VfsStats | undefined> =>
    throwIfNoEntry === false
      ? attempt<VfsStats | undefined>(
          () => verbs[verb](target, asked),
          (reason) => {
            if (!isVfsError(reason, ...missing)) throw reason;
            return undefined;
          },
        )
      : verbs[verb](target, asked);
  return ask(find, (stats) => shaped(stats, big), verb, target);
}

/** Stats in the shape that was asked for. */
export function shaped(stats: VfsStats | undefined, bigint: boolean): AnyStats {
  if (stats === undefined) return undefined;
  return bigint ? toBigIntStats(stats) : toStats(stats);
}

function stat(side: Side, path: unknown, options: unknown): Awaitable<AnyStats> {
  return describe(side, "stat", path, options);
}

function lstat(side: Side, path: unknown, options: unknown): Awaitable<AnyStats> {
  return describe(side, "lstat", path, options);
}

function statfs({ verbs }: Side, path: unknown, options: unknown): Awaitable<StatsFs | BigIntStatsFs> {
  const target = toPath(path);
  const bigint = toBoolean(toObject(options ?? undefined)["bigint"], "options.bigint");
  return ask(
    () => verbs.statfs(target),
    (room) => (bigint ? toBigIntStatFs(room) : toStatFs(room)),
    "statfs",
    target,
  );
}

function access({ verbs }: Side, path: unknown, mode: unknown): Awaitable<void> {
  const target = toPath(path);
  const bits = toBits(mode);
  return ask(() => verbs.access(target, bits), nothing, "access", target);
}

/** What cannot be asked about is not there. */
function exists({ verbs }: Side, path: unknown): Awaitable<boolean> {
  return attempt<boolean>(
    () => verbs.exists(toPath(path)),
    () => false,
  );
}

function chmod({ verbs }: Side, path: unknown, mode: unknown): Awaitable<void> {
  const target = toPath(path);
  const bits = toMode(mode, "mode") & 0o7777;
  return ask(() => verbs.chmod(target, bits), nothing, "chmod", target);
}

type Own = "chown" | "lchown";

function own({ verbs }: Side, verb: Own, path: unknown, uid: unknown, gid: unknown): Awaitable<void> {
  const target = toPath(path);
  const [user, group] = [toOwner(uid, "uid"), toOwner(gid, "gid")];
  return ask(() => verbs[verb](target, user, group), nothing, verb, target);
}

function chown(side: Side, path: unknown, uid: unknown, gid: unknown): Awaitable<void> {
  return own(side, "chown", path, uid, gid);
}

function lchown(side: Side, path: unknown, uid: unknown, gid: unknown): Awaitable<void> {
  return own(side, "lchown", path, uid, gid);
}

function utimes({ verbs }: Side, path: unknown, atime: unknown, mtime: unknown): Awaitable<void> {
  const target = toPath(path);
  const [read, written] = [toSeconds(atime), toSeconds(mtime)];
  return ask(() => verbs.utimes(target, read, written), nothing, "utime", target);
}

function lutimes({ verbs }: Side, path: unknown, atime: unknown, mtime: unknown): Awaitable<void> {
  const target = toPath(path);
  const [read, written] = [toSeconds(atime), toSeconds(mtime)];
  return ask(() => verbs.lutimes(target, read, written), nothing, "lutime", target);
}

/** What is asked and said about files. */
export const METADATA: Calls = {
  stat,
  lstat,
  statfs,
  access,
  exists,
  chmod,
  chown,
  lchown,
  utimes,
  lutimes,
};
