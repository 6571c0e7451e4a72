import { attempt, isPromiseLike, chain, type Awaitable } from "./awaitable.ts";
import { Call, followsLast, reachesTree, type Next } from "./call.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Context } from "./context.ts";
import { callListener } from "./listeners.ts";
import { isVfsError, locate, unsupported, VfsError } from "./error.ts";
import { EXECUTE, isRoot, mayAccess } from "./identity.ts";
import { decideBelow, left, stack, type Layer } from "./layer.ts";
import {
  concerns,
  isWalked,
  followLink,
  isLinkMet,
  walkNames,
  type LinkMet,
  type Unresolved,
} from "./link-met.ts";
import { MountTable } from "./mount-table.ts";
import type { Mount } from "./mount.ts";
import { OPERATIONS, type Operations, type OpName } from "./operations.ts";
import { addPrefix, isBelow, normalizePath, ROOT, shownFrom, stripPrefix, type VPath } from "./path.ts";
import type { Stat } from "./stat.ts";
import { Router } from "./router.ts";

// As on Linux (`MAXSYMLINKS`).
const MOST_LINKS = 40;

/** How far a call has come through links. */
class Journey {
  links = 0;
  /** Where the last attempt went. */
  call: Call;
  /** The mount that was responsible for it then. */
  mount: Mount | undefined;

  #seen: { readonly call: Call; readonly met: LinkMet } | undefined;

  constructor(call: Call) {
    this.call = call;
  }

  /** Counts a link that was met; answers whether the journey goes round in a circle. */
  meets(call: Call, met: LinkMet): boolean {
    const { call: before, met: link } = this.#seen ?? {};
    if (
      before?.path === call.path &&
      before.to === call.to &&
      link?.at === met.at &&
      link.target === met.target
    )
      return true;
    this.links++;
    // The link that is compared with moves on ever more rarely: so every circle is found, in three times its length.
    if ((this.links & (this.links - 1)) === 0) this.#seen = { call, met };
    return false;
  }
}

/** What a call was answered, and by whom. */
export interface Tracked<K extends OpName> {
  readonly result: Operations[K]["result"];
  /** Where it went in the end, from the root of everything. */
  readonly path: VPath;
  readonly mount: Mount;
}

/** The one function that every operation of a Vfs passes through. */
export class Door {
  readonly table: MountTable;
  readonly layers: readonly Layer[];
  /** Everything is unmounted. */
  closed = false;
  readonly #stack: Next;
  /** Whether some layer of the root may have to wait, whatever the mounts can do. */
  readonly #mayWait: boolean;
  readonly #listeners = new Set<() => void>();
  readonly #mountListeners = new Set<() => void>();
  #stops: (() => void)[] = [];
  #someLayerDecides: boolean;
  /** Whether any layer exists. */
  layered: boolean;

  constructor(root: Mount, layers: readonly Layer[]) {
    this.table = new MountTable(root);
    this.layers = layers;
    this.#stack = stack(
      layers,
      new Router(this.table, () => this.mountsChanged()).route,
      "root",
      () => this.table.all,
    );
    this.#someLayerDecides = decide(layers);
    this.layered = layers.length > 0;
    this.#mayWait = !left(layers, { ...root.caps, sync: true }).sync;
  }

  /**
   * Sends a call through the layers to its provider, again for each symbolic link on the way.
   *
   * @throws VfsError with the paths as the caller sees them.
   */
  send<K extends OpName>(call: Call<K>): Awaitable<Operations[K]["result"]> {
    try {
      const result = this.#enter(call);
      if (!isPromiseLike(result)) return result;
      return result.then(undefined, (thrown: unknown) => this.#again(call, thrown, new Journey(call)));
    } catch (thrown) {
      return this.#again(call, thrown, new Journey(call));
    }
  }

  /** As {@link send}; answers also where the call went in the end. */
  track<K extends OpName>(call: Call<K>): Awaitable<Tracked<K>> {
    const journey = new Journey(call);
    return chain(this.#attempt(call, call, journey), (result) => {
      const { path } = journey.call;
      return { result, path, mount: journey.mount ?? this.table.find(path) };
    });
  }

  /** Where `path` leads, from the root of everything, when every link on it is followed. It must exist. */
  realpath(path: VPath, ctx: Context): Awaitable<VPath> {
    return chain(this.track(new Call("stat", path, undefined, { follow: true }, ctx)), (end) => end.path);
  }

  /** As {@link realpath}, but what `path` leads to need not exist: only the directory that it is to be in. */
  destination(path: VPath, ctx: Context): Awaitable<VPath> {
    const call = new Call("stat", path, undefined, { follow: true }, ctx);
    const journey = new Journey(call);
    return attempt(
      () => chain(this.#attempt(call, call, journey), () => journey.call.path),
      (reason) => {
        if (!isVfsError(reason, "ENOENT")) throw reason;
        return journey.call.path;
      },
    );
  }

  /** What lies at `path` itself, if anything; and where that is, or would be, when every link on the way is followed. */
  look(path: VPath, ctx: Context): Awaitable<{ readonly path: VPath; readonly stat: Stat | undefined }> {
    const call = new Call("stat", path, undefined, {}, ctx);
    const journey = new Journey(call);
    return attempt<{ path: VPath; stat: Stat | undefined }>(
      () => chain(this.#attempt(call, call, journey), (stat) => ({ path: journey.call.path, stat })),
      (reason) => {
        if (!isVfsError(reason, "ENOENT")) throw reason;
        return { path: journey.call.path, stat: undefined };
      },
    );
  }

  /** What can be done at `path`, through all layers. Links on the path are not followed. */
  capabilities(path: VPath): Capabilities {
    return left(this.layers, this.table.find(path).caps);
  }

  /** Whether any layer exists that may decide differently about a child than about its directory. */
  get someLayerDecides(): boolean {
    return this.#someLayerDecides;
  }

  /** Whether something below `path` may be treated differently: by a layer, or because it is another mount. */
  decidesBelow(path: VPath): boolean {
    if (!this.table.single && this.table.below(path).length > 0) return true;
    return this.layersDecideBelow(path);
  }

  /** Whether some layer may treat something below `path` differently. */
  layersDecideBelow(path: VPath): boolean {
    if (decideBelow(this.layers, path)) return true;
    const mount = this.table.find(path);
    return mount.layers.length > 0 && mount.decidesBelow(stripPrefix(path, mount.path));
  }

  /** Whether a directory at `path` may be renamed as one: every layer that decides below it looks into it then. */
  movesAsOne(path: VPath): boolean {
    if (!this.table.single && this.table.below(path).length > 0) return false;
    const blind = ({ checksMoves }: Layer): boolean => checksMoves !== true;
    const mount = this.table.find(path);
    return (
      !decideBelow(this.layers.filter(blind), path) &&
      !decideBelow(mount.layers.filter(blind), stripPrefix(path, mount.path))
    );
  }

  /**
   * Whether a tree may be handled as one: by its store, at one go. Else each directory in it passes the door by itself:
   * where a layer decides or another mount is below, and for a caller who may not be allowed to read all of it.
   */
  isOneTree(path: VPath, ctx: Context): boolean {
    return isRoot(ctx.identity) && !this.decidesBelow(path);
  }

  /** Calls `listener` after each change in any mounted store, and of the mounts themselves. Returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#listen();
    return () => {
      this.#listeners.delete(listener);
      this.#listen();
    };
  }

  /** Calls `listener` when something was mounted or unmounted, and when everything is closed. Returns how to stop. */
  onMounts(listener: () => void): () => void {
    this.#mountListeners.add(listener);
    return () => this.#mountListeners.delete(listener);
  }

  /** To be called when something was mounted or unmounted. */
  mountsChanged(): void {
    const { layers, table } = this;
    this.#someLayerDecides = decide(layers) || table.all.some((mount) => decide(mount.layers));
    this.layered = layers.length > 0 || table.all.some((mount) => mount.layers.length > 0);
    this.#listen();
    this.#tell();
    for (const listener of this.#mountListeners) callListener(listener);
  }

  #listen(): void {
    for (const stop of this.#stops) stop();
    const stores = this.#listeners.size === 0 ? [] : new Set(this.table.all.map(({ store }) => store));
    this.#stops = [...stores].map((store) => store.onChange(() => this.#tell()));
  }

  #tell(): void {
    for (const listener of this.#listeners) callListener(listener);
  }

  #enter<K extends OpName>(call: Call<K>): Awaitable<Operations[K]["result"]> {
    if (this.#mayWait && call.ctx.sync)
      throw unsupported("a layer of this Vfs must wait: use the asynchronous call");
    return this.#stack(call);
  }

  #attempt<K extends OpName>(
    call: Call<K>,
    origin: Call,
    journey: Journey,
  ): Awaitable<Operations[K]["result"]> {
    journey.call = call;
    journey.mount = this.table.find(call.path);
    try {
      const result = this.#enter(call);
      if (!isPromiseLike(result)) return result;
      return result.then(undefined, (thrown: unknown) => this.#again(call, thrown, journey, origin));
    } catch (thrown) {
      return this.#again(call, thrown, journey, origin);
    }
  }

  /** Goes on where a link leads, or gives up with what was thrown. */
  #again<K extends OpName>(
    call: Call<K>,
    thrown: unknown,
    journey: Journey,
    origin: Call = call,
  ): Awaitable<Operations[K]["result"]> {
    if (!isLinkMet(thrown)) throw locateFor(origin, thrown);
    if (call.ctx.resolved) throw locateFor(origin, linkedMeanwhile());
    const isCircle = journey.meets(call, thrown);
    if (refusesLast(call, thrown))
      throw locateFor(
        origin,
        new VfsError("ELOOP", { hint: "it is a symbolic link, and O_NOFOLLOW was given" }),
      );
    if (isCircle || journey.links > MOST_LINKS) throw locateFor(origin, new VfsError("ELOOP"));
    return chain(this.#retarget(call, thrown, origin, journey), (next) =>
      this.#attempt(next, origin, journey),
    );
  }

  /** The same call with the path that goes through the met link replaced by where that leads. */
  #retarget<K extends OpName>(
    call: Call<K>,
    met: LinkMet,
    origin: Call,
    journey: Journey,
  ): Awaitable<Call<K>> {
    const { root } = call.ctx;
    if (!isBelow(met.at, root)) throw locateFor(origin, linkedRoot());
    const link = stripPrefix(met.at, root);
    const target = this.#resolve(followLink(link, met.target, met.rest), call.ctx, origin, journey);
    const onTo = call.to !== undefined && concerns(met, call.to, OPERATIONS[call.op].followsTo === true);
    // One link may lie on the way to both: what is behind it tells which of the two was walked.
    const onPath = concerns(met, call.path, followsLast(call)) && (!onTo || isWalked(met, call.path));
    if (!onPath && !onTo)
      throw new Error(
        `a provider met a link at ${met.at}, which ${call.op} of ${call.path} does not lead through`,
      );
    return chain(target, (found) => {
      const path = checkedTarget(found, origin);
      const next = call.with(onPath ? { path: addPrefix(path, root) } : { to: addPrefix(path, root) });
      // Whether a tree may be treated as a whole was asked under the names that it had before.
      if (reachesTree(next) && this.decidesBelow(onPath ? next.path : (next.to ?? next.path)))
        throw locateFor(origin, linkedMeanwhile());
      return next;
    });
  }

  /** A path seen from the caller's root, once everything before each `..` is resolved. */
  #resolve(found: VPath | Unresolved, ctx: Context, origin: Call, journey: Journey): Awaitable<VPath> {
    if (typeof found === "string") return found;
    const base = new Call("stat", addPrefix(found.base, ctx.root), undefined, { follow: true }, ctx);
    const inner = new Journey(base);
    inner.links = journey.links;
    return chain(this.#attempt(base, origin, inner), ({ type, mode = 0o755, uid = 0, gid = 0 }) => {
      if (type !== "directory") throw locateFor(origin, new VfsError("ENOTDIR"));
      // To look up `..` is to search it.
      if (!mayAccess(ctx.identity, { mode, uid, gid }, EXECUTE, type))
        throw locateFor(origin, new VfsError("EACCES"));
      journey.links = inner.links;
      const real = stripPrefix(inner.call.path, ctx.root);
      return this.#resolve(walkNames(real, found.names), ctx, origin, journey);
    });
  }
}

function decide(layers: readonly Layer[]): boolean {
  return layers.some((layer) => layer.decidesBelow !== undefined);
}

/** Whether a call is not to follow the link that it met at its end: `O_NOFOLLOW`. */
function refusesLast(call: Call, met: LinkMet): boolean {
  return call.op === "open" && met.at === call.path && (call as Call<"open">).args.flags.noFollow === true;
}

/** A link may make a path longer than any that a caller may give. */
function checkedTarget(path: VPath, origin: Call): VPath {
  try {
    return normalizePath(path, ROOT);
  } catch (reason) {
    // The path in the error is where the link leads, which is not what the caller called.
    const { code } = reason as VfsError;
    throw locateFor(origin, new VfsError(code, { hint: "a link on the path leads there" }));
  }
}

function linkedMeanwhile(): VfsError {
  return new VfsError("EBUSY", { retryable: true, hint: "a link was put on the path meanwhile" });
}

function linkedRoot(): VfsError {
  return new VfsError("ELOOP", {
    hint: "the root of the view is, or lies behind, a link: make the view of its realpath",
  });
}

function locateFor(call: Call, thrown: unknown): unknown {
  const { ctx, path, to } = call;
  const dest = to === undefined ? undefined : shownFrom(ctx.root, to);
  return locate(thrown, syscallOf(call), shownFrom(ctx.root, path), dest);
}

/** What `node:fs` would call it. */
function syscallOf(call: Call): string {
  const { op } = call;
  const args = call.args as { follow?: boolean; kind?: string; changes?: { mtimeMs?: number; uid?: number } };
  if (op === "stat" && args.follow !== true) return "lstat";
  if (op === "remove" && args.kind === "directory") return "rmdir";
  if (op === "setStat" && args.changes?.mtimeMs !== undefined)
    return args.follow === false ? "lutime" : "utime";
  if (op === "setStat" && args.changes?.uid !== undefined) return "chown";
  return OPERATIONS[op].syscall;
}
