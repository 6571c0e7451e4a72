import { chain, type Awaitable } from "../awaitable.ts";
import { unsupported } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import type { MountInfo } from "../options.ts";
import { isWithin, ROOT, type VPath } from "../path.ts";
import type { Mount } from "../mount.ts";
import type { Scope } from "../scope.ts";
import type { StatFs, Usage } from "../stat.ts";

/** What a Vfs is made of. */
export interface FsInfo {
  readonly mounts: readonly (MountInfo & { readonly usage: Usage | undefined })[];
  /** Sums over the mounts that know how full they are. */
  readonly bytes: number;
  readonly files: number;
}

export function usage(scope: Scope, path = "."): Awaitable<Usage> {
  return chain(scope.door.realpath(scope.path(path), scope.ctx), (target) => usageAt(scope, target));
}

function usageAt(scope: Scope, target: VPath): Awaitable<Usage> {
  const { caps, store } = scope.door.table.find(target);
  if (!caps.usage) throw unsupported(`${store.provider.name} does not know how full it is; use du`);
  return scope.send("usage", target, {});
}

const BLOCK_BYTES = 4096;

// What a store without a limit tells to be free: 8 TiB. Programs ask before they write, and 0 would be "full".
const UNLIMITED_BLOCKS = 2 ** 31;

export function statfs(scope: Scope, path: string): Awaitable<StatFs> {
  const { door, ctx } = scope;
  return chain(door.realpath(scope.path(path), ctx), (target) =>
    door.table.find(target).caps.statfs
      ? scope.send("statfs", target, {})
      : chain(usageAt(scope, target), toStatFs),
  );
}

function toStatFs({ bytes, files, limitBytes, limitFiles }: Usage): StatFs {
  const used = Math.ceil(bytes / BLOCK_BYTES);
  const blocks = limitBytes === undefined ? used + UNLIMITED_BLOCKS : Math.floor(limitBytes / BLOCK_BYTES);
  const free = Math.max(0, blocks - used);
  const allFiles = limitFiles ?? files + UNLIMITED_BLOCKS;
  const ffree = Math.max(0, allFiles - files);
  return { bsize: BLOCK_BYTES, blocks, bfree: free, bavail: free, files: allFiles, ffree };
}

export function info(scope: Scope): Awaitable<FsInfo> {
  return run(gather(scope));
}

function* gather(scope: Scope): Flow<FsInfo> {
  const mounts: (MountInfo & { usage: Usage | undefined })[] = [];
  for (const mount of visibleMounts(scope)) {
    const known = mount.caps.usage && !(scope.ctx.sync && !mount.caps.sync);
    const full = known ? yield* wait(scope.send("usage", shownRoot(scope, mount), {})) : undefined;
    mounts.push({ ...describeMount(scope, mount), usage: full });
  }
  const sum = (part: (usage: Usage) => number): number =>
    mounts.reduce((total, mount) => total + (mount.usage === undefined ? 0 : part(mount.usage)), 0);
  return { mounts, bytes: sum(({ bytes }) => bytes), files: sum(({ files }) => files) };
}

/** The mounts that a view can see: those below its root, and the one that its root is on. */
export function visibleMounts({ door, ctx }: Scope): Mount[] {
  const own = door.table.find(ctx.root);
  return door.table.all.filter((mount) => mount === own || isWithin(mount.path, ctx.root));
}

/** The topmost path of a mount that the view can see. */
function shownRoot({ ctx }: Scope, mount: Mount): VPath {
  return isWithin(mount.path, ctx.root) ? mount.path : ctx.root;
}

export function describeMount(scope: Scope, mount: Mount): MountInfo {
  const { path, store, readOnly, layers } = mount;
  return {
    path: isWithin(path, scope.ctx.root) ? scope.shown(path) : ROOT,
    provider: store.provider.name,
    readOnly: readOnly || scope.ctx.readOnly,
    layers: layers.map(({ name }) => name),
    openFiles: mount.openFiles().length,
  };
}

export function flush(scope: Scope): Awaitable<void> {
  return run(flushAll(scope));
}

function* flushAll(scope: Scope): Flow<void> {
  for (const mount of visibleMounts(scope)) yield* wait(scope.send("flush", shownRoot(scope, mount), {}));
}
