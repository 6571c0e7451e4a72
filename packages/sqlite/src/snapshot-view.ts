import {
  capabilities,
  VfsError,
  type Awaitable,
  type Bytes,
  type Capabilities,
  type Context,
  type Entry,
  type FindQuery,
  type ListOptions,
  type Page,
  type Provider,
  type ReadOptions,
  type Scanned,
  type ScanQuery,
  type Stat,
  type StatOptions,
  type Usage,
  type VPath,
} from "@vfs/core";
import { checkMatch, readable, stale } from "./conditions.ts";
import type { Queries, Query } from "./connection.ts";
import { ContentReader } from "./content-reader.ts";
import { inodeColumns, tailOf, toStat, type Inode, type InodeReader } from "./inodes.ts";
import { LateQueries } from "./late-queries.ts";
import { Names } from "./names.ts";
import { Reading, type Source } from "./reading.ts";
import { stateAt, type State } from "./state.ts";
import type { Store } from "./store.ts";
import { Walker } from "./walk.ts";

const CAPS: Capabilities = capabilities({
  sync: true,
  listRecursive: true,
  listStat: true,
  find: true,
  scan: true,
  modes: true,
  owners: true,
  permissions: true,
  times: "all",
  meta: true,
  symlinks: true,
  inodes: true,
  etag: true,
  ifMatch: true,
  usage: true,
});

/** The store as it was at a snapshot. Where directories lie never changes there, so it is remembered for good. */
export class SnapshotView implements Provider {
  readonly name = "sqlite";
  readonly caps: Capabilities = CAPS;
  readonly #source: Source;
  readonly #reading: Reading;
  readonly #usage: Query<[number], Usage>;
  readonly #revision: number;

  constructor(store: Store, revision: number) {
    const { chunks } = store;
    const connection = new LateQueries(store.connection);
    const state = stateAt(revision);
    const inodes = new PastInodes(connection, state);
    const names = new Names(connection, inodes, state);
    this.#revision = revision;
    this.#usage = connection.query("SELECT files, bytes FROM snapshot WHERE revision = ?");
    this.#source = {
      connection,
      state,
      names,
      walker: new Walker(connection, inodes, names),
      reader: new ContentReader(inodes, chunks),
      read: (ctx, action) =>
        store.readOpen(ctx, () => {
          this.#known();
          return action();
        }),
    };
    this.#reading = new Reading(this.#source);
  }

  stat(path: VPath, { follow }: StatOptions, ctx: Context): Awaitable<Stat> {
    const { walker } = this.#source;
    return this.#source.read(ctx, () => {
      const inode = walker.need(path, ctx.identity);
      return toStat(follow === true ? walker.notLink(path, inode) : inode);
    });
  }

  read(path: VPath, { offset = 0, length = Infinity, ifMatch }: ReadOptions, ctx: Context): Awaitable<Bytes> {
    const { walker, reader } = this.#source;
    return this.#source.read(ctx, () => {
      const inode = readable(walker.follow(path, ctx.identity), ctx.identity);
      checkMatch(inode, ifMatch);
      return reader.slice(inode, offset, length);
    });
  }

  list(path: VPath, options: ListOptions, ctx: Context): Awaitable<Page<Entry>> {
    return this.#reading.list(path, options, ctx);
  }

  find(path: VPath, query: FindQuery, ctx: Context): Awaitable<Page<Entry>> {
    return this.#reading.find(path, query, ctx);
  }

  scan(path: VPath, query: ScanQuery, ctx: Context): Awaitable<Page<Scanned>> {
    return this.#reading.scan(path, query, ctx);
  }

  readlink(path: VPath, ctx: Context): Awaitable<string> {
    return this.#reading.readlink(path, ctx);
  }

  usage(ctx: Context): Awaitable<Usage> {
    return this.#source.read(ctx, () => this.#known());
  }

  setStat(): never {
    throw unwritable();
  }

  symlink(): never {
    throw unwritable();
  }

  #known(): Usage {
    const found = this.#usage.get(this.#revision);
    if (found === undefined) throw stale("the snapshot was dropped");
    return found;
  }
}

function unwritable(): VfsError {
  return new VfsError("EROFS", { hint: "it is a snapshot" });
}

/** The inodes of a snapshot. That they are read is noted nowhere. */
class PastInodes implements InodeReader {
  readonly #get: Query<[number], Inode>;
  readonly #tail: Query<[number], Buffer<ArrayBuffer> | null>;

  constructor(connection: Queries, state: State) {
    const inode = `FROM ${state.inode} AS inode WHERE id = ?`;
    this.#get = connection.query(`SELECT ${inodeColumns(state)} ${inode}`);
    this.#tail = connection.query<[number], Buffer<ArrayBuffer> | null>(`SELECT tail ${inode}`).pluck();
  }

  get(id: number): Inode | undefined {
    return this.#get.get(id);
  }

  tail({ id, tail }: Pick<Inode, "id" | "tail">): Bytes {
    return tailOf(tail === undefined ? this.#tail.get(id) : tail);
  }

  known<I extends Inode | undefined>(inode: I): I {
    return inode;
  }

  accessed(): void {}
}
