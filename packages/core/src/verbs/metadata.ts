import { attempt, chain, type Awaitable } from "../awaitable.ts";
import { Call } from "../call.ts";
import { isVfsError, VfsError } from "../error.ts";
import { constants } from "../flags.ts";
import { mayAccess } from "../identity.ts";
import { checkMode, checkOwner, milliseconds, type Time } from "../numbers.ts";
import type { MetaChanges, StatVerbOptions } from "../options.ts";
import type { VPath } from "../path.ts";
import type { StatOptions } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { StatChanges } from "../stat.ts";
import { Stats } from "../stats.ts";

const FOLLOW = { follow: true } as const;
const AS_IS = {} as const;

export function stat(scope: Scope, path: string, options?: StatVerbOptions): Awaitable<Stats | undefined> {
  return describe(scope, scope.path(path), FOLLOW, options);
}

export function lstat(scope: Scope, path: string, options?: StatVerbOptions): Awaitable<Stats | undefined> {
  return describe(scope, scope.path(path), AS_IS, options);
}

function describe(
  scope: Scope,
  path: VPath,
  args: StatOptions,
  options: StatVerbOptions | undefined,
): Awaitable<Stats | undefined> {
  const asked = options?.bigint === true ? { ...args, exactTimes: true } : args;
  if (options?.throwIfNoEntry !== false) return find(scope, path, asked);
  return attempt<Stats | undefined>(() => find(scope, path, asked), undefinedIfMissing);
}

function find(scope: Scope, path: VPath, args: StatOptions): Awaitable<Stats> {
  const { door, ctx } = scope;
  const { table } = door;
  if (table.single) {
    const { device } = table.find(path).store;
    return chain(scope.send("stat", path, args), (found) => new Stats(found, device, args.exactTimes));
  }
  // A link may lead into another store.
  const call = new Call("stat", path, undefined, args, ctx);
  return chain(
    door.track(call),
    ({ result, mount }) => new Stats(result, mount.store.device, args.exactTimes),
  );
}

function undefinedIfMissing(reason: unknown): undefined {
  if (!isVfsError(reason, "ENOENT", "ENOTDIR")) throw reason;
}

export function exists(scope: Scope, path: string): Awaitable<boolean> {
  return chain(
    attempt<unknown>(() => scope.send("stat", scope.path(path), FOLLOW), undefinedIfUnreachable),
    Boolean,
  );
}

/** As `fs.existsSync`: what cannot be looked at does not exist for the caller. */
function undefinedIfUnreachable(reason: unknown): undefined {
  if (!isVfsError(reason) || reason.code === "EIO" || reason.code === "ENOTSUP") throw reason;
}

export function access(scope: Scope, path: string, mode: number = constants.F_OK): Awaitable<void> {
  const target = scope.path(path);
  const { door, ctx } = scope;
  return chain(door.track(new Call("stat", target, undefined, FOLLOW, ctx)), ({ result: found, mount }) => {
    const shown = scope.shown(target);
    const readOnly = ctx.readOnly || mount.readOnly;
    if ((mode & constants.W_OK) !== 0 && readOnly)
      throw new VfsError("EROFS", { syscall: "access", path: shown });
    const { type, mode: bits = 0o644, uid = 0, gid = 0 } = found;
    if (!mayAccess(ctx.identity, { mode: bits, uid, gid }, mode, type))
      throw new VfsError("EACCES", { syscall: "access", path: shown });
  });
}

export function chmod(scope: Scope, path: string, mode: number): Awaitable<void> {
  return change(scope, path, { mode: checkMode(mode) }, true);
}

export function chown(scope: Scope, path: string, uid: number, gid: number): Awaitable<void> {
  return change(scope, path, { uid: checkOwner(uid), gid: checkOwner(gid) }, true);
}

export function lchown(scope: Scope, path: string, uid: number, gid: number): Awaitable<void> {
  return change(scope, path, { uid: checkOwner(uid), gid: checkOwner(gid) }, false);
}

export function utimes(scope: Scope, path: string, atime: Time, mtime: Time): Awaitable<void> {
  return change(scope, path, { atimeMs: milliseconds(atime), mtimeMs: milliseconds(mtime) }, true);
}

export function lutimes(scope: Scope, path: string, atime: Time, mtime: Time): Awaitable<void> {
  return change(scope, path, { atimeMs: milliseconds(atime), mtimeMs: milliseconds(mtime) }, false);
}

export function setMeta(scope: Scope, path: string, { contentType, meta }: MetaChanges): Awaitable<void> {
  return change(scope, path, { contentType, meta }, true);
}

function change(scope: Scope, path: string, changes: StatChanges, follow: boolean): Awaitable<void> {
  return scope.send("setStat", scope.path(path), { follow, changes });
}
