import {
  attempt,
  chain,
  isLinkMet,
  isVfsError,
  LinkMet,
  nameOf,
  parentOf,
  ROOT,
  run,
  VfsError,
  wait,
  type Awaitable,
  type Context,
  type Flow,
  type Provider,
  type Stat,
  type VPath,
} from "@vfs/core";
import { Contents } from "./contents.ts";
import { Draft } from "./draft.ts";
import { Inode } from "./inode.ts";
import { Journal } from "./journal.ts";
import { Tree, type Untouched } from "./tree.ts";
import { Turns } from "./turns.ts";

/** What lies at a path: something that was touched, something of the lower that was not, or nothing. */
export type Found = { readonly inode: Inode } | { readonly at: Untouched; readonly stat: Stat } | undefined;

/** The two stores, and what is known of how the one differs from the other. */
export class Union {
  readonly lower: Provider;
  readonly upper: Provider;
  readonly tree: Tree = new Tree();
  readonly contents: Contents;
  readonly journal: Journal;
  readonly #turns = new Turns();
  #loading: Promise<void> | undefined;
  loaded = false;

  constructor(lower: Provider, upper: Provider) {
    this.lower = lower;
    this.upper = upper;
    this.contents = new Contents(upper);
    this.journal = new Journal(upper, this.tree);
  }

  /** Runs `action` when it is known what the upper has. */
  ready<T>(ctx: Context, action: () => Awaitable<T>): Awaitable<T> {
    if (this.loaded) return action();
    if (this.#loading !== undefined && !ctx.sync) return this.#loading.then(action);
    const loading = run(this.#load({ ...ctx, signal: undefined }));
    if (loading === undefined) return action();
    this.#loading = Promise.resolve(loading).finally(() => (this.#loading = undefined));
    return this.#loading.then(action);
  }

  *#load(ctx: Context): Flow<void> {
    this.tree.reset();
    yield* this.journal.load(ctx);
    yield* this.contents.sweep(this.tree.contents(), ctx);
    this.loaded = true;
  }

  /** Makes one change: alone, and either all of it or nothing. */
  change<T>(ctx: Context, flow: (draft: Draft) => Flow<T>): Awaitable<T> {
    return this.ready(ctx, () => this.#turns.run(ctx.sync, () => run(this.#change(ctx, flow))));
  }

  /** Runs something long that other changes have to wait for. It makes its own with {@link inOneStep}. */
  alone<T>(ctx: Context, action: () => Awaitable<T>): Awaitable<T> {
    return this.ready(ctx, () => this.#turns.run(ctx.sync, action));
  }

  /** As {@link change}, for whoever is alone already. */
  *inOneStep<T>(ctx: Context, flow: (draft: Draft) => Flow<T>): Flow<T> {
    return yield* this.#change(ctx, flow);
  }

  /** Whether contents can pass as streams, wherever they are. */
  get canStream(): boolean {
    return this.lower.readStream !== undefined && this.upper.readStream !== undefined;
  }

  /**
   * Forgets all that differs from the lower.
   *
   * @param places Where the lower has by now what was changed. Files that are open go on there; any other of them that has
   * its content in the upper loses its name.
   */
  *startAnew(places: ReadonlyMap<Inode, VPath>, ctx: Context): Flow<void> {
    const open = this.tree.open();
    yield* this.journal.prepare(ctx);
    yield* this.journal.clear(ctx);
    this.tree.reset();
    const needed = new Set<number>();
    for (const inode of open) {
      const lower = places.get(inode) ?? inode.state.lower;
      if (places.has(inode) || (inode.state.content === undefined && inode.state.nlink !== 0)) {
        yield* this.reopen(inode, ctx);
        if (lower !== undefined) this.tree.stand(lower, inode, yield* wait(this.lower.stat(lower, {}, ctx)));
      } else {
        inode.state = { ...inode.state, nlink: 0 };
        inode.attached = false;
        if (inode.state.content !== undefined) needed.add(inode.state.content);
      }
    }
    yield* this.contents.sweep(needed, ctx);
  }

  *#change<T>(ctx: Context, flow: (draft: Draft) => Flow<T>): Flow<T> {
    const draft = new Draft(this.tree);
    try {
      const result = yield* flow(draft);
      yield* this.publish(draft, ctx);
      return result;
    } finally {
      for (const inode of draft.inodes) if (!inode.attached && inode.opens === 0) this.tree.forget(inode);
    }
  }

  /** Makes a draft true. It may be gone on with afterwards, as a new one. */
  *publish(draft: Draft, ctx: Context): Flow<void> {
    const records = draft.take();
    if (records.length > 0) {
      // What is half done must not depend on whether somebody still waits.
      yield* this.journal.add(records, draft.durable, { ...ctx, signal: undefined });
      for (const record of records) this.tree.apply(record);
    }
    for (const inode of draft.dropped.splice(0)) if (inode.opens === 0) yield* this.release(inode, ctx);
    for (const content of draft.unneeded.splice(0)) yield* this.contents.remove(content, ctx);
  }

  /** Gives back what a file had that has no name any more, and that nobody has open. */
  *release({ state }: Inode, ctx: Context): Flow<void> {
    if (state.content !== undefined) yield* this.contents.remove(state.content, ctx);
  }

  /** Sees to it that open files write to the content that there is from now on. */
  *reopen(inode: Inode, ctx: Context): Flow<void> {
    const { handle } = inode;
    inode.handle = undefined;
    yield* wait(handle?.close({ ...ctx, signal: undefined }));
  }

  /**
   * What lies at `path`.
   *
   * @param follow Whether a link there is to be followed: then it is met.
   * @throws LinkMet for a link on the way; VfsError when the way leads nowhere.
   */
  *look(path: VPath, follow: boolean, ctx: Context): Flow<Found> {
    const walked = this.tree.walk(path);
    if (walked === undefined) return undefined;
    if (walked instanceof Inode) return met(path, walked, follow);
    let stat: Stat;
    try {
      stat = yield* wait(this.ofLower(path, walked, () => this.lower.stat(walked.lower, { follow }, ctx)));
    } catch (reason) {
      if (isVfsError(reason, "ENOENT")) return undefined;
      throw reason;
    }
    // Somebody may have touched it while this waited.
    const now = this.tree.walk(path);
    if (now instanceof Inode) return met(path, now, follow);
    const linked = this.tree.hasLinked ? this.tree.find(walked.lower, stat) : undefined;
    return linked?.attached === true ? met(path, linked, follow) : { at: walked, stat };
  }

  /** What was touched, or is known, at a path. */
  *inodeAt(path: VPath, ctx: Context): Flow<Inode | undefined> {
    try {
      const found = yield* this.look(path, false, ctx);
      return found !== undefined && "inode" in found ? found.inode : undefined;
    } catch (reason) {
      if (isLinkMet(reason) || isVfsError(reason, "ENOENT", "ENOTDIR")) return undefined;
      throw reason;
    }
  }

  /** As {@link look}; throws VfsError `ENOENT` for nothing. */
  *need(path: VPath, follow: boolean, ctx: Context): Flow<NonNullable<Found>> {
    const found = yield* this.look(path, follow, ctx);
    if (found === undefined) throw new VfsError("ENOENT");
    return found;
  }

  /** Notes that a path is untouched, and called the same in the lower: the next call for it goes there at once. */
  noteDirect(path: VPath, { lower }: Untouched): void {
    if (lower === path) this.tree.remember(path);
  }

  /** Calls the lower; a link that it meets is where the overlay shows it. */
  ofLower<T>(path: VPath, { lower, base, baseLower }: Untouched, action: () => Awaitable<T>): Awaitable<T> {
    if (lower === path) return action();
    return attempt(action, (reason) => {
      if (!isLinkMet(reason)) throw reason;
      const below = baseLower === ROOT ? reason.at : reason.at.slice(baseLower.length);
      throw new LinkMet((base === ROOT ? below : base + below) as VPath, reason.target, reason.rest);
    });
  }

  /** The inode of what was found at `path`, which is put into the tree if it is not. */
  *adopt(path: VPath, found: NonNullable<Found>, draft: Draft, ctx: Context): Flow<Inode> {
    if ("inode" in found) return found.inode;
    const { lower } = found.at;
    if (path === ROOT) {
      const root = this.tree.adopt(ROOT, found.stat, undefined);
      draft.edit(root);
      return root;
    }
    const parent = yield* this.directory(parentOf(path), draft, ctx);
    const inode = yield* this.stand(lower, found.stat, ctx);
    draft.attach(parent, nameOf(path), inode);
    return inode;
  }

  /** The directory at `path`, put into the tree: something is to be changed in it. */
  *directory(path: VPath, draft: Draft, ctx: Context): Flow<Inode> {
    const found = yield* this.need(path, true, ctx);
    const inode = yield* this.adopt(path, found, draft, ctx);
    if (inode.state.type !== "directory") throw new VfsError("ENOTDIR");
    return inode;
  }

  /** An inode that stands for something of the lower, in the tree or not. */
  *stand(lower: VPath, stat: Stat, ctx: Context): Flow<Inode> {
    const known = this.tree.find(lower, stat);
    if (known !== undefined) return known;
    const target = stat.type === "symlink" ? yield* wait(this.lower.readlink?.(lower, ctx)) : undefined;
    return this.tree.adopt(lower, stat, target);
  }

  /** Puts an open file of the lower into the tree, wherever its directory is by now. */
  *settle(inode: Inode, draft: Draft, ctx: Context): Flow<void> {
    const { lower, nlink } = inode.state;
    if (inode.attached || nlink === 0 || lower === undefined) return;
    draft.attach(yield* this.#settleDirectory(parentOf(lower), draft, ctx), nameOf(lower), inode);
  }

  *#settleDirectory(lower: VPath, draft: Draft, ctx: Context): Flow<Inode> {
    const known = this.tree.findOpen(lower);
    if (known?.attached === true) return known;
    const inode = yield* this.stand(lower, yield* wait(this.lower.stat(lower, {}, ctx)), ctx);
    draft.edit(inode);
    if (lower !== ROOT)
      draft.attach(yield* this.#settleDirectory(parentOf(lower), draft, ctx), nameOf(lower), inode);
    return inode;
  }

  /** Describes an inode. */
  stat(inode: Inode, ctx: Context): Awaitable<Stat> {
    const { content } = inode.state;
    if (content === undefined) return describe(inode, undefined);
    if (inode.known !== undefined) return describe(inode, inode.known);
    const { version } = inode;
    return chain(this.contents.stat(content, ctx), (stat) => {
      if (inode.version === version && inode.state.content === content) inode.known = stat;
      return describe(inode, stat);
    });
  }
}

/** Throws a link that is to be followed. */
function met(path: VPath, inode: Inode, follow: boolean): { readonly inode: Inode } {
  const { type, target = "" } = inode.state;
  if (follow && type === "symlink") throw new LinkMet(path, target, "");
  return { inode };
}

function describe({ state }: Inode, content: Stat | undefined): Stat {
  const { ino, type, nlink, mode, uid, gid, atimeMs, birthtimeMs, contentType, meta } = state;
  const own = { ino, type, nlink, mode, uid, gid, contentType, meta, birthtimeMs };
  if (content === undefined) {
    const { size, etag, mtimeMs = 0, ctimeMs } = state;
    return { ...own, size, etag, mtimeMs, atimeMs, ctimeMs };
  }
  const { mtimeMs, mtimeOf, ctimeMs = 0 } = state;
  const shown = mtimeMs !== undefined && mtimeOf === content.mtimeMs ? mtimeMs : content.mtimeMs;
  const etag = content.etag === undefined ? undefined : etagOf(state.content ?? 0, content.etag);
  const times = {
    mtimeMs: shown,
    atimeMs: atimeMs ?? shown,
    ctimeMs: Math.max(ctimeMs, content.ctimeMs ?? content.mtimeMs),
  };
  return { ...own, size: content.size, etag, ...times };
}

/** A content that comes after another one never has its etag, whatever the upper counts by. */
function etagOf(content: number, etag: string): string {
  return `o${content}:${etag}`;
}
