import {
  attempt,
  chain,
  type Awaitable,
  type Bytes,
  type ChangeKind,
  type Context,
  type Usage,
  type VPath,
} from "@vfs/core";
import { Chunks } from "./chunks.ts";
import { Commits, type ChangeOptions } from "./commits.ts";
import { Connection } from "./connection.ts";
import { ContentReader } from "./content-reader.ts";
import { Contents } from "./contents.ts";
import { closed, isUnwritable } from "./errors.ts";
import { Feed, WATCH_MS } from "./feed.ts";
import { DIRECTORY, FILE, Inodes, SCRATCH, SYMLINK, type Inode } from "./inodes.ts";
import { Names } from "./names.ts";
import { Naming } from "./naming.ts";
import type { Handle } from "./open.ts";
import { Past } from "./past.ts";
import { BLOCK_BYTES, ROOT_INO } from "./schema.ts";
import { BEAT_MS, Sessions } from "./sessions.ts";
import { LIVE, type State } from "./state.ts";
import { Tally } from "./tally.ts";
import { Walker } from "./walk.ts";

/** On nobody's behalf: what the store does by itself. */
export const OWN: Context = {
  sync: false,
  signal: undefined,
  actor: undefined,
  root: "/" as VPath,
  readOnly: false,
  umask: 0,
  resolved: false,
};

/** How often it is looked whether the store has come to rest, after changes that were not counted in the database. */
const REST_MS = 100;

/** Everything that works on one database. */
export class Store {
  readonly tally: Tally;
  readonly inodes: Inodes;
  readonly names: Names;
  readonly naming: Naming;
  readonly walker: Walker;
  readonly contents: Contents;
  readonly reader: ContentReader;
  readonly chunks: Chunks;
  readonly past: Past;
  readonly sessions: Sessions;
  readonly connection: Connection;
  readonly state: State = LIVE;
  readonly feed: Feed;
  readonly #commits: Commits;
  #beats: NodeJS.Timeout | undefined;
  #rest: NodeJS.Timeout | undefined;

  constructor(database: Handle, durable: boolean) {
    const connection = new Connection(database);
    this.connection = connection;
    this.tally = new Tally(connection);
    this.past = new Past(connection, this.tally);
    this.inodes = new Inodes(connection, this.tally, this.past);
    this.names = new Names(connection, this.inodes);
    this.naming = new Naming(connection, this.tally, this.past, this.inodes);
    this.walker = new Walker(connection, this.inodes, this.names);
    this.chunks = new Chunks(connection, this.tally);
    this.reader = new ContentReader(this.inodes, this.chunks);
    this.contents = new Contents(this.inodes, this.chunks, this.tally, this.past);
    this.sessions = new Sessions(connection, (ino) => this.#deleteNameless(ino));
    this.feed = new Feed(connection, this.tally, () => this.#keepChanges());
    this.#commits = new Commits(connection, durable, {
      begun: () => this.#begun(),
      ending: () => this.tally.save(),
      committed: () => this.#committed(),
      undone: () => this.#undone(),
    });
  }

  /** Does something that changes the store, with others of the same turn in one transaction. */
  change<T>(ctx: Context, action: () => T, options?: ChangeOptions): Awaitable<T> {
    return this.#commits.change(ctx, action, options);
  }

  /** Does something that only reads, on one state of the store. */
  read<T>(ctx: Context, action: () => T): Awaitable<T> {
    return this.#commits.read(ctx, () => this.view(action));
  }

  /**
   * Does something that only reads, and follows no path: so it need not know whether paths lead elsewhere by now.
   *
   * @param peek The same by one statement, for which no transaction is needed; undefined when that cannot tell.
   */
  readOpen<T>(ctx: Context, action: () => T, peek?: () => T | undefined): Awaitable<T> {
    return this.#commits.read(ctx, () => (peek && this.#peek(peek)) ?? this.connection.read(action));
  }

  /** Does something with what lies at `path`. */
  look<T>(ctx: Context, path: VPath, use: (inode: Inode) => T): Awaitable<T> {
    const { identity } = ctx;
    if (identity !== undefined) return this.read(ctx, () => use(this.walker.need(path, identity)));
    return this.#commits.read(ctx, () => {
      const seen = this.#peek(() => this.walker.peek(path));
      // The text of a link is another statement.
      const enough = seen !== undefined && seen.type !== SYMLINK;
      return enough ? use(seen) : this.view(() => use(this.walker.need(path)));
    });
  }

  /** Reads from the file at `path`. A small one takes one statement. */
  readFile(
    ctx: Context,
    path: VPath,
    check: (inode: Inode) => Inode,
    offset: number,
    length: number,
  ): Awaitable<Bytes> {
    const { identity } = ctx;
    if (identity !== undefined)
      return this.read(ctx, () => this.reader.slice(check(this.walker.need(path, identity)), offset, length));
    return this.#commits.read(ctx, () => {
      const seen = this.#peek(() => this.walker.peekWithTail(path));
      if (seen !== undefined && seen.size < BLOCK_BYTES)
        return this.reader.slice(check(seen), offset, length);
      return this.view(() => this.reader.slice(check(this.walker.need(path)), offset, length));
    });
  }

  /** Runs `action`, which only reads, on one state of the store. */
  view<T>(action: () => T): T {
    if (this.connection.inTransaction) return action();
    return this.connection.read(() => {
      this.walker.check();
      return action();
    });
  }

  usage(ctx: Context): Awaitable<Usage> {
    const { tally, connection } = this;
    const usage = (): Usage | undefined => connection.patiently(() => tally.usage());
    const recounted = (): Usage | undefined => {
      // Somebody else may have done it meanwhile.
      if (usage() === undefined) tally.recount();
      return usage();
    };
    const counted = (): Usage => this.connection.patiently(() => tally.count());
    return chain(this.#commits.read(ctx, usage), (known) => {
      if (known !== undefined) return known;
      const found = attempt<Usage | undefined>(
        () => this.change(ctx, recounted),
        (error) => {
          if (!isUnwritable(error)) throw error;
          return undefined;
        },
      );
      return chain(found, (after) => after ?? this.#commits.read(ctx, counted));
    });
  }

  /** How many bytes and files there are. In a transaction. */
  counted(): Usage {
    const known = this.tally.usage();
    if (known !== undefined) return known;
    this.tally.recount();
    return this.tally.usage() ?? this.tally.count();
  }

  /** Takes a name away from an inode, which goes with its last one unless somebody has it open. */
  unname(inode: Inode): void {
    const { id, type } = inode;
    inode.nlink = type === DIRECTORY ? 0 : inode.nlink - 1;
    if (inode.nlink === 0) {
      this.tally.add(0, -1);
      if (type !== FILE || !this.sessions.keep(id, this.tally.nowMs)) return this.#delete(inode);
    }
    inode.ctimeMs = this.tally.nowMs;
    this.inodes.update(inode);
  }

  /** Notes that a directory was moved or removed. */
  reshape(): void {
    this.tally.reshape();
    this.walker.reshaped(this.tally.shape);
  }

  /** Whether {@link tell} would have somebody to tell: for who must look for the path first. In a transaction. */
  get telling(): boolean {
    return this.feed.active || this.past.active;
  }

  /** Keeps what a snapshot has of an inode that is about to be changed, with its path, which need not be noted then. */
  changing({ id }: Inode, path: VPath | undefined): void {
    if (this.past.active) this.past.keepInode(id, path);
  }

  /** Tells who watches, and who will compare snapshots, what was done to one name. */
  tell(kind: ChangeKind, type: number, path: VPath): void {
    if (this.feed.active) this.feed.tell(kind, type, path);
    if (this.past.active) this.past.note(path);
  }

  /** Makes sure that this provider is known as somebody who may have things open. In a transaction. */
  enter(): void {
    this.sessions.enter(this.tally.nowMs);
  }

  /** An inode without a name for content on its way: empty, or with the content of `source`. In a transaction. */
  makeScratch(source?: Inode): Inode {
    this.enter();
    const scratch = this.inodes.make(SCRATCH, 0);
    scratch.nlink = 0;
    if (source === undefined) this.inodes.insert(scratch, null);
    else {
      scratch.content = this.contents.share(source);
      this.inodes.clone(source.id, scratch);
    }
    this.sessions.opened(scratch.id);
    this.sessions.hold(scratch.id, this.tally.nowMs);
    return scratch;
  }

  /** Takes such an inode away again. What cannot be written now is cleared up later. */
  dropScratch(ino: number, ctx: Context): Awaitable<void> {
    this.sessions.closed(ino);
    // What ended a stream need not end this.
    const own = { ...ctx, signal: undefined };
    return attempt(
      () => this.change(own, () => this.sessions.letGo(ino)),
      () => undefined,
    );
  }

  /** The data of a call, which may be done later: a copy, unless the caller will not touch it again before that. */
  keep(data: Uint8Array, ctx: Context, owned = false): Uint8Array {
    return ctx.sync || owned ? data : Buffer.from(data);
  }

  /** Returns when everything up to here would survive a loss of power. */
  flush(ctx: Context): Awaitable<void> {
    // Something must be written, for a transaction without a change waits for nothing.
    return this.change(ctx, () => this.tally.settle(), { durable: true });
  }

  /** Does what waits, clears up and closes the database. */
  close(): void {
    try {
      this.#commits.finish();
      if (!this.#commits.stopped) this.#takeLeave();
    } finally {
      this.#stopBeating();
      clearTimeout(this.#rest);
      this.feed.close();
      this.#commits.stop(closed);
      this.connection.close();
    }
  }

  #takeLeave(): void {
    const { inodes, sessions, tally } = this;
    if (!sessions.entered && !inodes.hasNews && !tally.owes) return;
    this.ifWritable(() => {
      inodes.writeAccesses();
      if (tally.owes) tally.settle();
      if (sessions.entered) sessions.leave();
    });
  }

  /** Whether a snapshot was dropped by somebody who did not come to its end. */
  get isClearing(): boolean {
    const dropped = this.connection.query<[], number>("SELECT 1 FROM dropped LIMIT 1").pluck();
    return this.connection.patiently(() => dropped.get()) !== undefined;
  }

  /** Clears up after processes that ended without closing. */
  sweep(): void {
    if (this.connection.patiently(() => this.sessions.any()))
      this.ifWritable(() => this.sessions.sweep(this.tally.nowMs));
  }

  /** Does at once what somebody else will do if it cannot be written now. */
  ifWritable<T>(action: () => T): T | undefined {
    try {
      return this.change({ ...OWN, sync: true }, action) as T;
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      return undefined;
    }
  }

  #peek<T>(peek: () => T): T | undefined {
    return this.connection.inTransaction ? undefined : this.connection.patiently(peek);
  }

  #begun(): void {
    const byOthers = this.tally.load();
    this.walker.check(this.tally.shape);
    this.inodes.begun();
    this.feed.begun();
    this.sessions.begun(this.tally.nowMs);
    if (byOthers) this.sessions.review();
  }

  #committed(): void {
    this.sessions.committed();
    // Only now: had the transaction been undone, the session would still be there, and must show that it lives.
    if (this.sessions.entered || !this.sessions.idle) this.#startBeating();
    else this.#stopBeating();
    if (this.tally.owes) this.#rest ??= setTimeout(() => this.#settle(), REST_MS).unref();
    this.feed.committed();
  }

  /** Writes the count when the store has come to rest. */
  #settle(): void {
    this.#rest = undefined;
    if (!this.tally.owes) return;
    if (!this.tally.rests) this.#rest = setTimeout(() => this.#settle(), REST_MS).unref();
    // When others keep the database busy, they or the next change will do.
    else Promise.resolve(this.change(OWN, () => this.tally.settle())).catch(() => undefined);
  }

  #undone(): void {
    this.feed.undone();
    this.tally.forget();
    this.past.undone();
    this.walker.forget();
    this.sessions.undone();
  }

  #startBeating(): void {
    this.#beats ??= setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  #stopBeating(): void {
    clearInterval(this.#beats);
    this.#beats = undefined;
  }

  #keepChanges(): void {
    // When others keep the database busy, the next look will do.
    Promise.resolve(this.change(OWN, () => void this.feed.wanted(WATCH_MS))).catch(() => undefined);
  }

  #beat(): void {
    const beat = (): void => {
      const { nowMs } = this.tally;
      this.sessions.review();
      this.sessions.sweep(nowMs);
      if (!this.sessions.idle) return this.sessions.beat(nowMs);
      this.sessions.leave();
    };
    // When others keep the database busy, the next beat will do.
    Promise.resolve(this.change(OWN, beat)).catch(() => undefined);
  }

  #deleteNameless(ino: number): void {
    const inode = this.inodes.get(ino);
    if (inode?.nlink === 0 && ino !== ROOT_INO) this.#delete(inode);
  }

  #delete(inode: Inode): void {
    if (inode.type === FILE) this.tally.add(-inode.size, 0);
    this.contents.release(inode);
    this.inodes.delete(inode);
  }
}
