import {
  checkAccess,
  checkWholeTree,
  EXECUTE,
  mayAccess,
  READ,
  VfsError,
  type Awaitable,
  type Context,
  type Entry,
  type FindQuery,
  type ListOptions,
  type Page,
  type Scanned,
  type ScanQuery,
  type VPath,
} from "@vfs/core";
import type { Queries } from "./connection.ts";
import type { ContentReader } from "./content-reader.ts";
import { DIRECTORY, SYMLINK, type Inode } from "./inodes.ts";
import { Lister } from "./listing.ts";
import type { Names } from "./names.ts";
import { Search } from "./search.ts";
import type { State } from "./state.ts";
import type { Walker } from "./walk.ts";

/** What is read from. */
export interface Source {
  readonly connection: Queries;
  readonly state: State;
  readonly names: Names;
  readonly walker: Walker;
  readonly reader: ContentReader;
  /** Does something that only reads, on one state of the store. */
  read<T>(ctx: Context, action: () => T): Awaitable<T>;
}

/** What a provider answers who reads names, whether those of now or those of a snapshot. */
export class Reading {
  readonly #source: Source;
  readonly #lister: Lister;
  readonly #search: Search;

  constructor(source: Source) {
    const { connection, names, reader, state } = source;
    this.#source = source;
    this.#lister = new Lister(connection, names, state);
    this.#search = new Search(connection, names, reader, state);
  }

  list(path: VPath, options: ListOptions, ctx: Context): Awaitable<Page<Entry>> {
    return this.#below(path, ctx, (directory) => {
      const { identity } = ctx;
      if (identity === undefined) return this.#lister.list(directory.id, options);
      if (options.recursive === true) checkWholeTree(identity);
      const stat = options.stat === true && mayAccess(identity, directory, EXECUTE, "directory");
      return this.#lister.list(directory.id, { ...options, stat });
    });
  }

  find(path: VPath, query: FindQuery, ctx: Context): Awaitable<Page<Entry>> {
    checkWholeTree(ctx.identity);
    return this.#below(path, ctx, ({ id }) => this.#search.find(id, query));
  }

  scan(path: VPath, query: ScanQuery, ctx: Context): Awaitable<Page<Scanned>> {
    checkWholeTree(ctx.identity);
    return this.#below(path, ctx, ({ id }) => this.#search.scan(id, query));
  }

  readlink(path: VPath, ctx: Context): Awaitable<string> {
    const { walker } = this.#source;
    return this.#source.read(ctx, () => {
      const inode = walker.need(path, ctx.identity);
      if (inode.type !== SYMLINK) throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
      return walker.target(inode);
    });
  }

  #below<T>(path: VPath, ctx: Context, action: (directory: Inode) => T): Awaitable<T> {
    return this.#source.read(ctx, () => {
      const { identity } = ctx;
      const directory = this.#source.walker.follow(path, identity);
      if (directory.type !== DIRECTORY) throw new VfsError("ENOTDIR");
      checkAccess(identity, directory, READ, "directory");
      return action(directory);
    });
  }
}
