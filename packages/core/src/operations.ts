import type { ChangesPage } from "./changes.ts";
import type {
  AppendOptions,
  ByteSource,
  ChangesOptions,
  CopyOptions,
  FindQuery,
  ListOptions,
  MkdirOptions,
  OpenOptions,
  Provider,
  ProviderWatch,
  ProviderWatchOptions,
  ReadOptions,
  RemoveOptions,
  RenameOptions,
  Scanned,
  ScanQuery,
  StatOptions,
  StreamReadOptions,
  StreamWriteOptions,
  SyncOptions,
  WriteManyOptions,
  WriteOptions,
} from "./provider.ts";
import type { Bytes } from "./bytes.ts";
import type { MountOptions } from "./mount.ts";
import type { UnmountOptions } from "./options.ts";
import type { OpenFile } from "./open-file.ts";
import type { ProviderSnapshots } from "./provider-snapshots.ts";
import type { Entry, Page, Stat, StatChanges, StatFs, Usage } from "./stat.ts";

/** No arguments. */
type None = Readonly<Record<string, never>>;

/** Every operation that there is, with what it is given and what it answers. */
export interface Operations {
  stat: { args: StatOptions; result: Stat };
  read: { args: ReadOptions; result: Bytes };
  list: { args: ListOptions; result: Page<Entry> };
  find: { args: FindQuery; result: Page<Entry> };
  scan: { args: ScanQuery; result: Page<Scanned> };
  readlink: { args: None; result: string };
  readStream: { args: StreamReadOptions; result: ByteSource };
  /** What is reported goes around the layers: core lets each change be looked up where one decides below the path. */
  watch: { args: ProviderWatchOptions; result: ProviderWatch };
  changes: { args: ChangesOptions; result: ChangesPage };
  /** Who decides below the path is asked for nothing: core offers no snapshots of the store there. */
  snapshots: { args: None; result: ProviderSnapshots };
  usage: { args: None; result: Usage };
  statfs: { args: None; result: StatFs };
  flush: { args: None; result: void };
  write: { args: WriteOptions & { readonly data: Uint8Array }; result: Stat };
  writeStream: { args: StreamWriteOptions & { readonly source: ByteSource }; result: Stat };
  writeMany: { args: WriteManyOptions; result: void };
  append: { args: AppendOptions & { readonly data: Uint8Array }; result: void };
  truncate: { args: { readonly size: number }; result: void };
  mkdir: { args: MkdirOptions; result: void };
  remove: { args: RemoveOptions; result: void };
  rename: { args: RenameOptions; result: void };
  copy: { args: CopyOptions; result: void };
  setStat: { args: StatOptions & { readonly changes: StatChanges }; result: void };
  symlink: { args: { readonly target: string }; result: void };
  link: { args: None; result: void };
  open: { args: OpenOptions; result: OpenFile };
  mount: { args: { readonly provider: Provider; readonly options: MountOptions }; result: void };
  unmount: { args: UnmountOptions; result: void };
  "file.read": { args: { readonly into: Uint8Array; readonly position: number }; result: number };
  "file.write": { args: { readonly data: Uint8Array; readonly position: number | "end" }; result: void };
  "file.truncate": { args: { readonly size: number }; result: void };
  "file.stat": { args: None; result: Stat };
  "file.setStat": { args: { readonly changes: StatChanges }; result: void };
  "file.sync": { args: SyncOptions; result: void };
  "file.close": { args: None; result: void };
}

/** The name of an operation. */
export type OpName = keyof Operations;

/** What an operation does to a path: `byFlags` is decided by the flags of an `open`. */
export type Access = "read" | "write" | "byFlags";

/** What core and layers need to know of an operation without knowing the operation. */
export interface OperationInfo {
  /** What it does to `path`. */
  readonly access: Access;
  /** What it does to `to`, where it has one. */
  readonly toAccess?: "write";
  /** Whether a link at the end of `to` is followed. */
  readonly followsTo?: true;
  /** `tree`: it concerns everything below `path` too; a `list`, `watch`, `remove` or `copy` only with `recursive`. */
  readonly reach: "node" | "tree" | "recursive";
  /** Whether a link at the end of `path` is followed: `option` as `args.follow` says, `unlessNew` not when creating only. */
  readonly follows: "always" | "never" | "option" | "unlessNew";
  /** What `node:fs` calls it in an error. */
  readonly syscall: string;
}

/** The operation table: the only list of operations. */
export const OPERATIONS: { readonly [K in OpName]: OperationInfo } = {
  stat: { access: "read", reach: "node", follows: "option", syscall: "stat" },
  read: { access: "read", reach: "node", follows: "always", syscall: "open" },
  list: { access: "read", reach: "recursive", follows: "always", syscall: "scandir" },
  find: { access: "read", reach: "tree", follows: "always", syscall: "scandir" },
  scan: { access: "read", reach: "tree", follows: "always", syscall: "scandir" },
  readlink: { access: "read", reach: "node", follows: "never", syscall: "readlink" },
  readStream: { access: "read", reach: "node", follows: "always", syscall: "open" },
  watch: { access: "read", reach: "recursive", follows: "always", syscall: "watch" },
  changes: { access: "read", reach: "tree", follows: "always", syscall: "watch" },
  snapshots: { access: "read", reach: "tree", follows: "always", syscall: "snapshot" },
  usage: { access: "read", reach: "tree", follows: "always", syscall: "statfs" },
  statfs: { access: "read", reach: "node", follows: "always", syscall: "statfs" },
  flush: { access: "read", reach: "tree", follows: "always", syscall: "sync" },
  write: { access: "write", reach: "node", follows: "unlessNew", syscall: "open" },
  writeStream: { access: "write", reach: "node", follows: "unlessNew", syscall: "open" },
  writeMany: { access: "write", reach: "tree", follows: "always", syscall: "open" },
  append: { access: "write", reach: "node", follows: "always", syscall: "open" },
  truncate: { access: "write", reach: "node", follows: "always", syscall: "truncate" },
  mkdir: { access: "write", reach: "node", follows: "never", syscall: "mkdir" },
  remove: { access: "write", reach: "recursive", follows: "never", syscall: "unlink" },
  rename: { access: "write", toAccess: "write", reach: "tree", follows: "never", syscall: "rename" },
  copy: {
    access: "read",
    toAccess: "write",
    reach: "recursive",
    follows: "always",
    followsTo: true,
    syscall: "copyfile",
  },
  setStat: { access: "write", reach: "node", follows: "option", syscall: "chmod" },
  symlink: { access: "write", reach: "node", follows: "never", syscall: "symlink" },
  link: { access: "write", toAccess: "write", reach: "node", follows: "never", syscall: "link" },
  open: { access: "byFlags", reach: "node", follows: "unlessNew", syscall: "open" },
  mount: { access: "write", reach: "tree", follows: "never", syscall: "mount" },
  unmount: { access: "write", reach: "tree", follows: "never", syscall: "unmount" },
  "file.read": { access: "read", reach: "node", follows: "never", syscall: "read" },
  "file.write": { access: "write", reach: "node", follows: "never", syscall: "write" },
  "file.truncate": { access: "write", reach: "node", follows: "never", syscall: "ftruncate" },
  "file.stat": { access: "read", reach: "node", follows: "never", syscall: "fstat" },
  "file.setStat": { access: "write", reach: "node", follows: "never", syscall: "fchmod" },
  "file.sync": { access: "read", reach: "node", follows: "never", syscall: "fsync" },
  "file.close": { access: "read", reach: "node", follows: "never", syscall: "close" },
};
