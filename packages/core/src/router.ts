import { attempt, isPromiseLike, chain, type Awaitable } from "./awaitable.ts";
import { Call, mutates, reachesTree, type Next } from "./call.ts";
import type { Context } from "./context.ts";
import { isVfsError, unsupported, VfsError } from "./error.ts";
import { run, wait, type Flow } from "./flow.ts";
import { checkSearch, checkWholeTree, isRoot } from "./identity.ts";
import { isLinkMet, remount } from "./link-met.ts";
import { attach, detach } from "./mounting.ts";
import type { Mount } from "./mount.ts";
import type { MountTable } from "./mount-table.ts";
import type { Operations, OpName } from "./operations.ts";
import { isWithin, joinPath, parentOf, ROOT, stripPrefix, type VPath } from "./path.ts";
import type { ProviderWatch } from "./provider.ts";
import type { Entry, Page, Stat } from "./stat.ts";

// NUL is in no name, so that no cursor of a store that is made of names begins like these.
const MOUNTS_CURSOR = "\0mounts:";
const STORE_CURSOR = "\0store:";

/** The operations that may put a new name into a directory. */
const CREATING: ReadonlySet<OpName> = new Set<OpName>([
  "write",
  "writeStream",
  "writeMany",
  "append",
  "mkdir",
  "symlink",
  "open",
  "copy",
  "rename",
  "link",
]);

/**
 * What reaches a tree and tells nothing of what is in it. A rename asks for what it needs, as in the kernel; what a
 * watch is told is only where to look, with the caller's rights.
 */
const HARMLESS: ReadonlySet<OpName> = new Set<OpName>(["usage", "flush", "rename", "watch"]);

/** Sends each call to the mount that is responsible for its path, and makes mount points visible where they lie. */
export class Router {
  readonly #table: MountTable;
  readonly #mountsChanged: () => void;
  /** When the directories that only mounts call for came to be. */
  readonly #bornMs: number = Date.now();

  constructor(table: MountTable, mountsChanged: () => void) {
    this.#table = table;
    this.#mountsChanged = mountsChanged;
  }

  /** The end of the root stack. */
  readonly route: Next = (call) => {
    const { file, ctx } = call;
    if (ctx.signal?.aborted) throw ctx.signal.reason;
    if (call.op === "mount" || call.op === "unmount") return this.#changeMounts(call);
    const mount = file === undefined ? this.#table.find(call.path) : file.mount;
    if (ctx.sync && !mount.caps.sync) throw cannotWait(mount);
    if (ctx.identity !== undefined) return this.#asSomebody(mount, call);
    return this.#onMount(mount, call);
  };

  #onMount<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
    const { file, ctx, to } = call;
    if (to !== undefined && this.#table.find(to) !== mount) throw this.#crossing(call);
    if ((mount.readOnly || ctx.readOnly) && mutates(call)) throw readOnly(ctx);
    if (file !== undefined) return enterFile(mount, call);
    if (ctx.root !== ROOT) keepRoot(call);
    return this.#table.single ? deliver(mount, call) : this.#amongMounts(mount, call);
  }

  /** A call with somebody's rights: its store must check them, and the stores that lead to its mount too. */
  #asSomebody<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
    const { file, ctx } = call;
    if (!isRoot(ctx.identity)) {
      if (!mount.caps.permissions) throw cannotCheck(mount);
      if (reachesTree(call) && !HARMLESS.has(call.op)) checkWholeTree(ctx.identity);
    }
    if (mount.path === ROOT || file !== undefined) return this.#onMount(mount, call);
    return chain(this.#checkWay(mount, ctx), () => this.#onMount(mount, call));
  }

  /** Fails unless the caller may search every directory above a mount, from the root of their view on. */
  #checkWay({ path }: Mount, ctx: Context): Awaitable<unknown> {
    if (path === ROOT || isWithin(ctx.root, path)) return undefined;
    const above = parentOf(path);
    const outer = this.#table.find(above);
    if (!outer.caps.permissions) return this.#checkWay(outer, ctx);
    return chain(
      this.route(new Call("stat", above, undefined, {}, ctx)),
      ({ mode = 0o755, uid = 0, gid = 0 }) => checkSearch(ctx.identity, { mode, uid, gid }),
    );
  }

  #changeMounts(call: Call): Awaitable<never>;
  #changeMounts(call: Call): Awaitable<void> {
    if (call.ctx.readOnly) throw readOnly(call.ctx);
    if (call.op === "mount") {
      attach(this.#table, call as Call<"mount">);
      return this.#mountsChanged();
    }
    const done = run(detach(this.#table, call as Call<"unmount">));
    this.#mountsChanged();
    return done;
  }

  #crossing(call: Call): VfsError {
    const onMount = [call.path, call.to].some(
      (path) => path !== undefined && path !== ROOT && this.#table.at(path),
    );
    if (onMount && call.op === "rename")
      return new VfsError("EBUSY", { hint: "a mount point cannot be renamed; unmount it first" });
    return new VfsError("EXDEV", { hint: "the two paths are on different mounts; use mv or cp" });
  }

  #amongMounts<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
    const { path, to } = call;
    if (this.#table.leadsToMount(path) || (to !== undefined && this.#table.leadsToMount(to)))
      return this.#aboveMounts(mount, call);
    const created = to ?? path;
    const parent = parentOf(created);
    if (CREATING.has(call.op) && created !== mount.path && this.#table.leadsToMount(parent) && mutates(call))
      return chain(run(this.#makeReal(mount, parent, call.ctx)), () => enter(mount, call));
    return enter(mount, call);
  }

  /** A call on a directory that leads to a mount point: it is there, and stays there, whatever the store says. */
  #aboveMounts<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]>;
  #aboveMounts(mount: Mount, call: Call): Awaitable<unknown> {
    switch (call.op) {
      case "stat":
        return attempt<unknown>(
          () => enter(mount, call),
          (reason) => this.#impliedDirectory(call, reason),
        );
      case "list":
        return this.#list(mount, call as Call<"list">);
      case "remove":
      case "rename":
        throw new VfsError("EBUSY", { hint: "something is mounted below; unmount it first" });
      case "mkdir":
      case "symlink":
        throw new VfsError("EEXIST");
      case "link":
        throw new VfsError(this.#table.leadsToMount(call.path) ? "EPERM" : "EEXIST");
      case "readlink":
        throw new VfsError("EINVAL");
      case "watch":
        return attempt<unknown>(
          () => enter(mount, call),
          (reason) => nothingToWatch(reason),
        );
      case "changes":
      case "snapshots":
      case "usage":
      case "statfs":
      case "flush":
        return enter(mount, call);
      case "setStat":
        return chain(run(this.#makeReal(mount, call.path, call.ctx)), () => enter(mount, call));
      default:
        throw new VfsError("EISDIR");
    }
  }

  #impliedDirectory(call: Call, reason: unknown): Stat {
    if (!isMissing(reason)) throw reason;
    return {
      type: "directory",
      size: 0,
      mtimeMs: this.#bornMs,
      mode: 0o755,
      uid: 0,
      gid: 0,
      nlink: 1,
      ino: impliedIno(call.path),
    };
  }

  /** Makes the directories that so far only mounts call for, so that something can be put into them. */
  *#makeReal(mount: Mount, directory: VPath, ctx: Context): Flow<void> {
    if (directory === mount.path) return;
    try {
      yield* wait(enter(mount, new Call("stat", directory, undefined, {}, ctx)));
    } catch (reason) {
      if (!isVfsError(reason, "ENOENT")) throw reason;
      yield* this.#makeReal(mount, parentOf(directory), ctx);
      // They were root's before they were real.
      const asRoot = { ...ctx, identity: undefined };
      yield* wait(enter(mount, new Call("mkdir", directory, undefined, { mode: 0o755 }, asRoot)));
    }
  }

  #list(mount: Mount, call: Call<"list">): Awaitable<Page<Entry>> {
    const { cursor } = call.args;
    if (cursor?.startsWith(MOUNTS_CURSOR))
      return this.#mountEntries(call, Number(cursor.slice(MOUNTS_CURSOR.length)));
    const inner = ofStore(call);
    return attempt<Page<Entry>>(
      () => chain(enter(mount, inner), (page) => this.#mergeMounts(call, page)),
      (reason) => {
        if (!isMissing(reason)) throw reason;
        return this.#mergeMounts(call, { items: [] });
      },
    );
  }

  /** Takes what mounts hide out of a page of the store, and puts the mount points behind the last one. */
  #mergeMounts(call: Call<"list">, page: Page<Entry>): Awaitable<Page<Entry>> {
    const names = this.#table.namesIn(call.path) ?? new Set<string>();
    const items = page.items.filter(({ name }) => !names.has(name));
    if (page.cursor !== undefined) return { items, cursor: STORE_CURSOR + page.cursor };
    const { limit = Infinity } = call.args;
    if (items.length + names.size > limit) return { items, cursor: `${MOUNTS_CURSOR}0` };
    return chain(this.#mountEntries(call, 0), (mounts) => ({ items: [...items, ...mounts.items] }));
  }

  #mountEntries(call: Call<"list">, from: number): Awaitable<Page<Entry>> {
    const { limit = Infinity, stat } = call.args;
    const names = [...(this.#table.namesIn(call.path) ?? [])];
    const until = Math.min(names.length, from + limit);
    const cursor = until < names.length ? MOUNTS_CURSOR + until : undefined;
    const part = names.slice(from, until);
    if (!stat) return { items: part.map((name) => ({ name, type: "directory" as const })), cursor };
    return chain(run(this.#statAll(call, part)), (items) => ({ items, cursor }));
  }

  *#statAll(call: Call, names: readonly string[]): Flow<Entry[]> {
    const entries: Entry[] = [];
    for (const name of names) {
      const path = joinPath(call.path, name);
      const stat = yield* wait(this.route(new Call("stat", path, undefined, {}, call.ctx)));
      entries.push({ name, type: stat.type, stat });
    }
    return entries;
  }
}

/**
 * A listing as its store knows it. It may have been begun while the directory led to a mount point, which it does not
 * any more.
 */
function ofStore(call: Call<"list">): Call<"list"> {
  const { cursor } = call.args;
  if (cursor === undefined || !cursor.startsWith(STORE_CURSOR)) return call;
  return call.with({ args: { ...call.args, cursor: cursor.slice(STORE_CURSOR.length) } });
}

/** Sends a call, with paths as the mount sees them. */
function deliver<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]>;
function deliver(mount: Mount, call: Call): Awaitable<unknown> {
  if (call.op !== "list") return mount.send(call);
  const listing = call as Call<"list">;
  // The store's own entries are all listed, and the mount points that were to come are gone.
  if (listing.args.cursor?.startsWith(MOUNTS_CURSOR)) return { items: [] };
  return mount.send(ofStore(listing));
}

/** Sends a call into a mount. */
function enter<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
  if (mount.path === ROOT) return deliver(mount, call);
  const { path, to } = call;
  const inner = call.with({
    path: stripPrefix(path, mount.path),
    to: to === undefined ? undefined : stripPrefix(to, mount.path),
    ctx: call.ctx.identity === undefined ? call.ctx : seenFrom(mount, call.ctx),
    mountPath: mount.path,
  });
  const back = (thrown: unknown): never => {
    throw isLinkMet(thrown) ? remount(thrown, mount.path) : thrown;
  };
  try {
    const result = deliver(mount, inner);
    return isPromiseLike(result) ? result.then(undefined, back) : result;
  } catch (thrown) {
    return back(thrown);
  }
}

/** The same caller in a store that is mounted: where their root lies in it. */
function seenFrom({ path }: Mount, ctx: Context): Context {
  const { identity } = ctx;
  if (identity === undefined) return ctx;
  const root = isWithin(ctx.root, path) ? stripPrefix(ctx.root, path) : ROOT;
  return { ...ctx, identity: { ...identity, root } };
}

function enterFile<K extends OpName>(mount: Mount, call: Call<K>): Awaitable<Operations[K]["result"]> {
  const { file } = call;
  if (mount.path === ROOT || file === undefined) return mount.send(call);
  return mount.send(call.with({ path: file.mountedPath, mountPath: mount.path }));
}

function rootStays(): VfsError {
  return new VfsError("EBUSY", { hint: "the root of a view stays where it is" });
}

/** Lets nobody replace, remove or rename the root of a view: it is a directory, and not the view's to move. */
function keepRoot(call: Call): void {
  const { root } = call.ctx;
  if ((call.path !== root && call.to !== root) || !mutates(call)) return;
  switch (call.op) {
    case "setStat":
    // It puts things into it.
    case "writeMany":
      return;
    case "copy":
      if (call.to !== root) return;
      throw new VfsError("EISDIR");
    case "remove":
      if ((call as Call<"remove">).args.kind === "file") throw new VfsError("EISDIR");
      throw rootStays();
    case "rename":
      throw rootStays();
    case "mkdir":
    case "symlink":
      throw new VfsError("EEXIST");
    case "link":
      throw new VfsError(call.to === root ? "EEXIST" : "EPERM");
    default:
      throw new VfsError("EISDIR");
  }
}

function cannotWait(mount: Mount): VfsError {
  return unsupported(`${mount.store.provider.name} must wait: use the asynchronous call`);
}

function cannotCheck(mount: Mount): VfsError {
  return unsupported(
    `${mount.store.provider.name} does not check permissions: use a view without an identity`,
  );
}

function readOnly(ctx: Context): VfsError {
  return new VfsError("EROFS", { hint: ctx.readOnly ? "this view is read-only" : "the mount is read-only" });
}

/** A directory that only mounts call for: nothing happens in it but that mounts come and go. */
function nothingToWatch(reason: unknown): ProviderWatch {
  if (!isMissing(reason)) throw reason;
  return { close: () => undefined };
}

function isMissing(reason: unknown): boolean {
  return isVfsError(reason, "ENOENT", "ENOTDIR");
}

/** A number for a directory that no store has: stable, and apart from those that stores count up from 1. */
function impliedIno(path: VPath): number {
  let hash = 7;
  for (let i = 0; i < path.length; i++) hash = (hash * 31 + path.charCodeAt(i)) | 0;
  return 2 ** 48 + (hash >>> 0);
}
