import {
  Call,
  checkSearch,
  isBelow,
  isLinkMet,
  isRoot,
  isVfsError,
  joinPath,
  linkMet,
  modeAfterWrite,
  namesOf,
  parentOf,
  ROOT,
  VfsError,
  wait,
  type AnyCall,
  type Awaitable,
  type Context,
  type FileType,
  type Flow,
  type OpName,
  type Operations,
  type Owned,
  type Stat,
  type StatChanges,
  type VPath,
  type Who,
} from "@vfs/core";

/** Sends a call to what is below the layer. */
export type Send = (call: Call) => Awaitable<unknown>;

/** A call under way. Another one may be put in its place while it waits: the same, with bytes of its own. */
export interface Held {
  call: AnyCall;
}

/** A file with what decides who may do what to it. */
export interface Seen extends Owned {
  readonly type: FileType;
  readonly stat: Stat;
}

/** What a layer sees for a call, as root, and does for it. */
export class Sight {
  readonly who: Who;
  readonly #held: Held;
  readonly #send: Send;
  readonly #ctx: Context;

  constructor(held: Held, send: Send) {
    const { ctx } = held.call;
    this.who = ctx.identity;
    this.#held = held;
    this.#send = send;
    this.#ctx = { ...ctx, identity: undefined };
  }

  /** The call by now. */
  get call(): AnyCall {
    return this.#held.call;
  }

  /** Sends the call on as root's, with other arguments where some are given. */
  *pass(args: object = {}): Flow<unknown> {
    const call = this.#held.call as Call;
    return yield* wait(this.#send(call.with({ ctx: this.#ctx, args: { ...call.args, ...args } })));
  }

  /** Makes a call of the layer's own. */
  *make<K extends OpName>(
    op: K,
    path: VPath,
    args: Operations[K]["args"],
    to?: VPath,
  ): Flow<Operations[K]["result"]> {
    const { file, mountPath } = this.#held.call;
    const ofFile = op.startsWith("file.") ? file : undefined;
    const call = new Call<K>(op, path, to, args, this.#ctx, ofFile, mountPath);
    return (yield* wait(this.#send(call as Call))) as Operations[K]["result"];
  }

  /**
   * What lies at a path, once the caller has been let through to it.
   *
   * @throws LinkMet for a link on the way; VfsError `EACCES` for a directory that may not be searched, `ENOTDIR`, `ENOENT`.
   */
  *come(path: VPath): Flow<Seen | undefined> {
    yield* this.#walk(path);
    return yield* this.look(path, path);
  }

  /** As {@link come}; a link at the end is to be followed. */
  *follow(path: VPath): Flow<Seen | undefined> {
    const seen = yield* this.come(path);
    if (seen?.type === "symlink") yield* this.#meet(path, path);
    return seen;
  }

  /** The directory that a path lies in, which the caller has been let through to. */
  *parent(path: VPath): Flow<Seen> {
    const seen = yield* this.look(parentOf(path), path);
    if (seen === undefined) throw new VfsError("ENOENT");
    if (seen.type !== "directory") throw new VfsError("ENOTDIR");
    return seen;
  }

  /** What lies at `at`, which is on the way to `path`; undefined when there is nothing. */
  *look(at: VPath, path: VPath): Flow<Seen | undefined> {
    try {
      return seenAs(yield* this.make("stat", at, {}));
    } catch (reason) {
      // The link was put there after its directory was looked at: it leads elsewhere for all of the path.
      if (isLinkMet(reason)) throw linkMet(path, reason.at, reason.target);
      if (isVfsError(reason, "ENOENT")) return undefined;
      throw reason;
    }
  }

  /** Gives what was made its owners and bits. */
  *own(path: VPath, { uid, gid, mode }: Owned, made: { readonly mode?: number | undefined }): Flow<void> {
    const bits = made.mode === mode ? {} : { mode };
    const changes: StatChanges = { uid, gid, ...bits };
    if (uid !== 0 || gid !== 0 || made.mode !== mode) yield* this.make("setStat", path, { changes });
  }

  /** Takes set-id bits away from a file that the caller has written. */
  *afterWrite(seen: Seen): Flow<void> {
    const mode = modeAfterWrite(this.who, seen);
    if (mode !== seen.mode) yield* this.make("setStat", this.call.path, { follow: true, changes: { mode } });
  }

  /** Fails unless the caller may search every directory on the way to a path. */
  *#walk(path: VPath): Flow<void> {
    const top = this.#top();
    if (isRoot(this.who) || path === ROOT || path.length <= top.length) return;
    let at: VPath = ROOT;
    const ways: VPath[] = [ROOT];
    for (const name of namesOf(parentOf(path))) ways.push((at = joinPath(at, name)));
    for (const way of ways) {
      if (isBelow(top, way)) continue;
      const seen = yield* this.look(way, path);
      if (seen === undefined) throw new VfsError("ENOENT");
      if (seen.type === "symlink") yield* this.#meet(way, path);
      if (seen.type !== "directory") throw new VfsError("ENOTDIR");
      checkSearch(this.who, seen);
    }
  }

  *#meet(at: VPath, path: VPath): Flow<never> {
    throw linkMet(path, at, yield* this.make("readlink", at, {}));
  }

  /** Where the caller's root lies: what is above it was passed when the view was made. */
  #top(): VPath {
    const { ctx, mountPath } = this.#held.call;
    return mountPath === ROOT ? ctx.root : (ctx.identity?.root ?? ROOT);
  }
}

/** Of what a store does not know: root's, for everybody to read. */
export function seenAs(stat: Stat): Seen {
  const { type, mode = type === "directory" ? 0o755 : 0o644, uid = 0, gid = 0 } = stat;
  return { type, mode, uid, gid, stat };
}
