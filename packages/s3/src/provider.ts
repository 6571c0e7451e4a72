import {
  unsupported,
  type AppendOptions,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type Context,
  type CopyOptions,
  type Entry,
  type ListOptions,
  type MkdirOptions,
  type Page,
  type PatchOptions,
  type Provider,
  type ReadOptions,
  type RemoveOptions,
  type RenameOptions,
  type Stat,
  type StatChanges,
  type StatOptions,
  type StreamReadOptions,
  type StreamWriteOptions,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import { capsOf } from "./caps.ts";
import { toVfsError } from "./errors.ts";
import { mapOf } from "./pool.ts";
import type { Store } from "./store.ts";
import { append, truncate } from "./verbs/compose.ts";
import { copy } from "./verbs/copy.ts";
import { readlink, symlink } from "./verbs/links.ts";
import { find } from "./verbs/list-tree.ts";
import { list } from "./verbs/list.ts";
import { checkNotInside, lookAgain, meetLink, missing, statOf } from "./verbs/look.ts";
import { moveTree, type MoveTreeOptions } from "./verbs/move-tree.ts";
import { mkdir } from "./verbs/mkdir.ts";
import { patch } from "./verbs/patch.ts";
import { readStream } from "./verbs/read-stream.ts";
import { read } from "./verbs/read.ts";
import { remove } from "./verbs/remove.ts";
import { rename } from "./verbs/rename.ts";
import { setStat } from "./verbs/set-stat.ts";
import { cleanupUploads, type CleanupOptions } from "./verbs/uploads.ts";
import { history, readVersion, type Version } from "./verbs/versions.ts";
import { writeStream } from "./verbs/write-stream.ts";
import { write } from "./verbs/write.ts";

/** For what an address is, and for how long. */
export interface PresignOptions {
  /** `GET` unless told. */
  readonly method?: "GET" | "PUT" | "HEAD" | "DELETE" | undefined;
  /** An hour unless told, a week at the most. */
  readonly expiresSeconds?: number | undefined;
  /** For `PUT`: the type that who uploads must send along. */
  readonly contentType?: string | undefined;
}

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
      const found = await lookAgain(this.#store, path, signal);
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

  patch(path: VPath, options: PatchOptions, { signal }: Context): Promise<Stat> {
    return told(() => patch(this.#store, path, options, signal));
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

  /**
   * Describes many paths at once, as many side by side as `concurrency` says. No layer of a Vfs hears of it.
   *
   * @returns One stat for each path, in their order; undefined where there is nothing.
   */
  statMany(
    paths: readonly string[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<(Stat | undefined)[]> {
    const store = this.#store;
    return told(() =>
      mapOf(paths, store.concurrency, async (path) => {
        const found = await lookAgain(store, path as VPath, signal);
        return found === undefined ? undefined : await statOf(store, path as VPath, found, signal);
      }),
    );
  }

  /**
   * Makes an address by which anybody may read a file, or write it, for a while. No request is made, and none is needed
   * that the file is there.
   *
   * @param path Absolute and normal, as core hands it over.
   * @throws VfsError `ENOTSUP` for a directory bucket.
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
   */
  presign(
    path: string,
    { method = "GET", expiresSeconds = 3600, contentType }: PresignOptions = {},
  ): Promise<string> {
    if (!(expiresSeconds >= 1 && expiresSeconds <= 604_800))
      throw new RangeError(`expiresSeconds must be from 1 to 604,800, got ${expiresSeconds}`);
    const store = this.#store;
    return told(async () => {
      if (store.isDirectoryBucket)
        throw unsupported("directory buckets have sessions: their addresses cannot be signed");
      const headers = contentType === undefined ? {} : { "content-type": contentType };
      return await store.presign(method, store.keys.of(path as VPath), headers, expiresSeconds);
    });
  }

  /** All versions of a file, the newest first: one, in a bucket that keeps none. */
  history(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<Version[]> {
    return told(() => history(this.#store, path as VPath, signal));
  }

  /** The content that a file had in one of its versions. */
  readVersion(path: string, versionId: string, { signal }: { signal?: AbortSignal } = {}): Promise<Bytes> {
    return told(() => readVersion(this.#store, path as VPath, versionId, signal));
  }

  /**
   * Ends uploads that were begun below the prefix and never ended. A lifecycle rule does the same by itself.
   *
   * @returns How many there were.
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
   */
  cleanupUploads(options: CleanupOptions): Promise<number> {
    return told(() => cleanupUploads(this.#store, options));
  }

  /**
   * Moves a directory as `rename` does, tells how far it is, and goes on with a move that was broken off: what is at the
   * destination already, and the same, is not copied again.
   */
  moveTree(path: string, to: string, options: MoveTreeOptions = {}): Promise<void> {
    return told(() => {
      checkNotInside(path as VPath, to as VPath);
      return moveTree(this.#store, path as VPath, to as VPath, options);
    });
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
