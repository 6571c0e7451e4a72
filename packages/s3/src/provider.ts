import type {
  AppendOptions,
  ByteSource,
  Bytes,
  Capabilities,
  Context,
  CopyOptions,
  Entry,
  ListOptions,
  MkdirOptions,
  Page,
  Provider,
  ReadOptions,
  RemoveOptions,
  RenameOptions,
  Stat,
  StatChanges,
  StatOptions,
  StreamReadOptions,
  StreamWriteOptions,
  VPath,
  WriteOptions,
} from "@vfs/core";
import { capsOf } from "./caps.ts";
import { toVfsError } from "./errors.ts";
import type { Store } from "./store.ts";
import { append, truncate } from "./verbs/compose.ts";
import { copy } from "./verbs/copy.ts";
import { readlink, symlink } from "./verbs/links.ts";
import { find } from "./verbs/list-tree.ts";
import { list } from "./verbs/list.ts";
import { look, meetLink, missing, statOf } from "./verbs/look.ts";
import { mkdir } from "./verbs/mkdir.ts";
import { readStream } from "./verbs/read-stream.ts";
import { read } from "./verbs/read.ts";
import { remove } from "./verbs/remove.ts";
import { rename } from "./verbs/rename.ts";
import { setStat } from "./verbs/set-stat.ts";
import { writeStream } from "./verbs/write-stream.ts";
import { write } from "./verbs/write.ts";

/** A bucket as a filesystem. */
export class S3Provider implements Provider {
  readonly name = "s3";
  readonly caps: Capabilities;
  readonly #store: Store;
  readonly #end: () => Promise<void>;
  /** Present unless the bucket is a directory bucket. */
  readonly find?: NonNullable<Provider["find"]>;

  constructor(store: Store, end: () => Promise<void>) {
    this.#store = store;
    this.#end = end;
    this.caps = capsOf(store.keys.pathBytes, store.isDirectoryBucket);
    if (this.caps.find) this.find = (path, query, { signal }) => told(() => find(store, path, query, signal));
  }

  stat(path: VPath, { follow }: StatOptions, { signal }: Context): Promise<Stat> {
    return told(async () => {
      const found = await look(this.#store, path, signal);
      if (found === undefined) return await missing(this.#store, path, signal);
      if (found.type === "symlink" && follow === true) await meetLink(this.#store, path, path, signal);
      return await statOf(this.#store, path, found, signal);
    });
  }

  read(path: VPath, options: ReadOptions, { signal }: Context): Promise<Bytes> {
    return told(() => read(this.#store, path, options, signal));
  }

  readStream(path: VPath, options: StreamReadOptions, { signal }: Context): Promise<ByteSource> {
    return told(() => readStream(this.#store, path, options, signal));
  }

  list(path: VPath, options: ListOptions, { signal }: Context): Promise<Page<Entry>> {
    return told(() => list(this.#store, path, options, signal));
  }

  readlink(path: VPath, { signal }: Context): Promise<string> {
    return told(() => readlink(this.#store, path, signal));
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, { signal }: Context): Promise<Stat> {
    // The caller may go on with its bytes while they are sent.
    const kept = options.owned === true ? data : data.slice();
    return told(() => write(this.#store, path, kept, options, signal));
  }

  writeStream(
    path: VPath,
    source: ByteSource,
    options: StreamWriteOptions,
    { signal }: Context,
  ): Promise<Stat> {
    return told(() => writeStream(this.#store, path, source, options, signal));
  }

  append(path: VPath, data: Uint8Array, options: AppendOptions, { signal }: Context): Promise<void> {
    const kept = data.slice();
    return told(() => append(this.#store, path, kept, options, signal));
  }

  truncate(path: VPath, size: number, { signal }: Context): Promise<void> {
    return told(() => truncate(this.#store, path, size, signal));
  }

  mkdir(path: VPath, options: MkdirOptions, { signal }: Context): Promise<void> {
    return told(() => mkdir(this.#store, path, options, signal));
  }

  remove(path: VPath, options: RemoveOptions, { signal }: Context): Promise<void> {
    return told(() => remove(this.#store, path, options, signal));
  }

  rename(path: VPath, to: VPath, options: RenameOptions, { signal }: Context): Promise<void> {
    return told(() => rename(this.#store, path, to, options, signal));
  }

  copy(path: VPath, to: VPath, options: CopyOptions, { signal }: Context): Promise<void> {
    return told(() => copy(this.#store, path, to, options, signal));
  }

  setStat(path: VPath, changes: StatChanges, options: StatOptions, { signal }: Context): Promise<void> {
    return told(() => setStat(this.#store, path, changes, options, signal));
  }

  symlink(path: VPath, target: string, { signal }: Context): Promise<void> {
    return told(() => symlink(this.#store, path, target, signal));
  }

  close(): Promise<void> {
    return this.#end();
  }
}

/** Tells failures of S3 in the words of a filesystem. */
async function told<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (reason) {
    throw toVfsError(reason);
  }
}
