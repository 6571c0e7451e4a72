import {
  capabilities,
  checkAccess,
  EXECUTE,
  mayAccess,
  READ,
  VfsError,
  type ByteSource,
  type Bytes,
  type Capabilities,
  type Context,
  type Entry,
  type ListOptions,
  type Page,
  type Provider,
  type ReadOptions,
  type Stat,
  type StatOptions,
  type StreamReadOptions,
  type Usage,
  type VPath,
  type Who,
} from "@vfs/core";
import { fileOnly } from "./file.ts";
import type { Snapshot } from "./history.ts";
import type { Inode } from "./inode.ts";
import { listNames } from "./listing.ts";
import { SnapshotTree } from "./snapshot-tree.ts";
import { chunksOf } from "./streams.ts";
import { checkMatch } from "./writer.ts";

const CAPS: Capabilities = capabilities({
  sync: true,
  keeps: "inode",
  readStream: true,
  listStat: true,
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

/** A memory as it was, to be read. */
export class SnapshotStore implements Provider {
  readonly name = "memory";
  readonly caps: Capabilities = CAPS;
  readonly #tree: SnapshotTree;
  readonly #snapshot: Snapshot;

  constructor(root: Inode, snapshot: Snapshot) {
    this.#tree = new SnapshotTree(root, snapshot);
    this.#snapshot = snapshot;
  }

  stat(path: VPath, { follow }: StatOptions, { identity }: Context): Stat {
    const node = follow ? this.#tree.follow(path, identity) : this.#tree.need(path, identity);
    return this.#tree.state(node).stat();
  }

  read(path: VPath, { offset = 0, length = Infinity, ifMatch }: ReadOptions, { identity }: Context): Bytes {
    const node = this.#readable(path, identity);
    checkMatch(node, ifMatch);
    return node.content.slice(offset, length);
  }

  readStream(
    path: VPath,
    { offset = 0, length = Infinity, chunkSize, ifMatch }: StreamReadOptions,
    { identity }: Context,
  ): ByteSource {
    const node = this.#readable(path, identity);
    checkMatch(node, ifMatch);
    return chunksOf(node.content.share(), offset, length, chunkSize);
  }

  list(path: VPath, options: ListOptions, { identity }: Context): Page<Entry> {
    const directory = this.#tree.follow(path, identity);
    const names = this.#tree.names(directory);
    const state = this.#tree.state(directory);
    checkAccess(identity, state, READ, "directory");
    const stat = options.stat === true && mayAccess(identity, state, EXECUTE, "directory");
    return listNames(directory.ino, names, { ...options, stat }, (node) => this.#tree.state(node).stat());
  }

  readlink(path: VPath, { identity }: Context): string {
    const { type, target } = this.#tree.need(path, identity);
    if (type !== "symlink") throw new VfsError("EINVAL", { hint: "it is no symbolic link" });
    return target;
  }

  usage(): Usage {
    const { files, bytes } = this.#snapshot.told;
    return { files, bytes };
  }

  setStat(): never {
    throw readOnly();
  }

  symlink(): never {
    throw readOnly();
  }

  #readable(path: VPath, who: Who): Inode {
    const node = this.#tree.state(this.#tree.follow(path, who));
    checkAccess(who, node, READ, node.type);
    return fileOnly(node);
  }
}

function readOnly(): VfsError {
  return new VfsError("EROFS", { hint: "a snapshot is what was: it does not change" });
}
