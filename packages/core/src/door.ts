import { isPromiseLike, chain, type Awaitable } from "./awaitable.ts";
import { Call, followsLast, reachesTree, type Next } from "./call.ts";
import type { Context } from "./context.ts";
import { locate, VfsError } from "./error.ts";
import { stack, type Layer } from "./layer.ts";
import { concerns, followLink, isLinkMet, walkNames, type LinkMet, type Unresolved } from "./link-met.ts";
import { MountTable } from "./mount-table.ts";
import type { Mount } from "./mount.ts";
import { OPERATIONS, type Operations, type OpName } from "./operations.ts";
import { addPrefix, isBelow, ROOT, stripPrefix, type VPath } from "./path.ts";
import { Router } from "./router.ts";

// As on Linux (`MAXSYMLINKS`).
const MOST_LINKS = 40;

/** How far a call has come through links. */
class Journey {
  links = 0;
  /** Where the last attempt went. */
  call: Call;
  constructor(call: Call) {
    this.call = call;
  }
}

/** The one function that every operation of a Vfs passes through. */
export class Door {
  readonly table: MountTable;
  readonly layers: readonly Layer[];
  /** Everything is unmounted. */
  closed = false;
  readonly #stack: Next;
  readonly #listeners = new Set<() => void>();
  #stops: (() => void)[] = [];

  constructor(root: Mount, layers: readonly Layer[]) {
    this.table = new MountTable(root);
    this.layers = layers;
    this.#stack = stack(layers, new Router(this.table).route, "root");
  }

  /**
   * Sends a call through the layers to its provider, again for each symbolic link on the way.
   *
   * @throws VfsError with the paths as the caller sees them.
   */
  send<K extends OpName>(call: Call<K>): Awaitable<Operations[K]["result"]> {
    try {
      const result = this.#stack(call);
      if (!isPromiseLike(result)) return result;
      return result.then(undefined, (thrown: unknown) => this.#again(call, thrown, new Journey(call)));
    } catch (thrown) {
      return this.#again(call, thrown, new Journey(call));
    }
  }

  /** As {@link send}; answers also where the call went in the end, from the root of everything. */
  track<K extends OpName>(
    call: Call<K>,
  ): Awaitable<{ result: Operations[K]["result"]; path: VPath; ctx: Context }> {
    const journey = new Journey(call);
    return chain(this.#attempt(call, call, journey), (result) => {
      const { path, ctx } = journey.call;
      return { result, path, ctx };
    });
  }

  /** Where `path` leads, seen from the caller's root, when every link on it is followed. It must exist. */
  realpath(path: VPath, ctx: Context): Awaitable<VPath> {
    const call = new Call("stat", path, undefined, { follow: true }, ctx);
    return chain(this.track(call), (end) => stripPrefix(end.path, end.ctx.root));
  }

  /** Whether something below `path` may be treated differently: by a layer, or because it is another mount. */
  decidesBelow(path: VPath): boolean {
    if (!this.table.single && this.table.below(path).length > 0) return true;
    if (this.layers.some((layer) => layer.decidesBelow?.(path) === true)) return true;
    const mount = this.table.find(path);
    return mount.layers.length > 0 && mount.decidesBelow(stripPrefix(path, mount.path));
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

  /** To be called when something was mounted or unmounted. */
  mountsChanged(): void {
    this.#listen();
    this.#tell();
  }

  #listen(): void {
    for (const stop of this.#stops) stop();
    const stores = this.#listeners.size === 0 ? [] : new Set(this.table.all.map(({ store }) => store));
    this.#stops = [...stores].map((store) => store.onChange(() => this.#tell()));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #attempt<K extends OpName>(
    call: Call<K>,
    origin: Call,
    journey: Journey,
  ): Awaitable<Operations[K]["result"]> {
    journey.call = call;
    try {
      const result = this.#stack(call);
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
    journey.links++;
    if (journey.links > MOST_LINKS) throw locateFor(origin, new VfsError("ELOOP"));
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
    if (!isBelow(met.at, root)) return this.#moveRoot(call, met, origin, journey);
    const link = stripPrefix(met.at, root);
    const target = this.#resolve(followLink(link, met.target, met.rest), call.ctx, origin, journey);
    const onPath = concerns(met, call.path, followsLast(call));
    const onTo = call.to !== undefined && concerns(met, call.to, OPERATIONS[call.op].followsTo === true);
    if (!onPath && !onTo)
      throw new Error(
        `a provider met a link at ${met.at}, which ${call.op} of ${call.path} does not lead through`,
      );
    return chain(target, (path) => {
      const next = call.with(onPath ? { path: addPrefix(path, root) } : { to: addPrefix(path, root) });
      // Whether a tree may be treated as a whole was asked under the names that it had before.
      if (reachesTree(next) && this.decidesBelow(onPath ? next.path : (next.to ?? next.path)))
        throw movedMeanwhile(origin);
      return next;
    });
  }

  /** The root of the caller's view lies behind a link itself: the view goes on from where that leads. */
  #moveRoot<K extends OpName>(
    call: Call<K>,
    met: LinkMet,
    origin: Call,
    journey: Journey,
  ): Awaitable<Call<K>> {
    const { root } = call.ctx;
    const rest = root.slice(met.at.length + 1);
    const outer: Context = { ...call.ctx, root: rootAbove(met.at, call.ctx) };
    const found = followLink(stripPrefix(met.at, outer.root), met.target, rest);
    return chain(this.#resolve(found, outer, origin, journey), (place) => {
      const moved = addPrefix(place, outer.root);
      const move = (path: VPath): VPath => addPrefix(stripPrefix(path, root), moved);
      return call.with({
        path: move(call.path),
        to: call.to === undefined ? undefined : move(call.to),
        ctx: { ...call.ctx, root: moved },
      });
    });
  }

  /** A path seen from the caller's root, once everything before each `..` is resolved. */
  #resolve(found: VPath | Unresolved, ctx: Context, origin: Call, journey: Journey): Awaitable<VPath> {
    if (typeof found === "string") return found;
    const base = new Call("stat", addPrefix(found.base, ctx.root), undefined, { follow: true }, ctx);
    const inner = new Journey(base);
    inner.links = journey.links;
    return chain(this.#attempt(base, origin, inner), () => {
      journey.links = inner.links;
      const real = stripPrefix(inner.call.path, inner.call.ctx.root);
      return this.#resolve(walkNames(real, found.names), ctx, origin, journey);
    });
  }
}

/** The root of the innermost view that a link lies in: where its absolute text starts, and what it cannot lead out of. */
function rootAbove(link: VPath, ctx: Context): VPath {
  for (let at = ctx.outer; at !== undefined; at = at.outer) if (isBelow(link, at.root)) return at.root;
  return ROOT;
}

function movedMeanwhile(origin: Call): unknown {
  return locateFor(
    origin,
    new VfsError("EBUSY", { retryable: true, hint: "a link on the path was changed meanwhile" }),
  );
}

function locateFor(call: Call, thrown: unknown): unknown {
  const { ctx, path, to } = call;
  const dest = to === undefined ? undefined : stripPrefix(to, ctx.root);
  return locate(thrown, syscallOf(call), stripPrefix(path, ctx.root), dest);
}

/** What `node:fs` would call it. */
function syscallOf(call: Call): string {
  const { op } = call;
  const args = call.args as { follow?: boolean; kind?: string; changes?: { mtimeMs?: number; uid?: number } };
  if (op === "stat" && args.follow !== true) return "lstat";
  if (op === "remove" && args.kind === "directory") return "rmdir";
  if (op === "setStat" && args.changes?.mtimeMs !== undefined) return "utime";
  if (op === "setStat" && args.changes?.uid !== undefined) return "chown";
  return OPERATIONS[op].syscall;
}
