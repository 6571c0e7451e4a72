import type { Bytes, Vfs } from "@vfs/core";
import type { Snapshot } from "./catalog.ts";
import type { DiffOptions, SnapshotDiff } from "./diff.ts";
import type {
  CreateOptions,
  ExtractOptions,
  ForkOptions,
  ListOptions,
  PruneOptions,
  PruneReport,
  RestoreOptions,
  RestoreReport,
  VerifyReport,
  Version,
} from "./options.ts";
import type { ExportFormat } from "./transfer/export.ts";
import type { ImportOptions, ImportSource } from "./transfer/import.ts";

/** The snapshots of a tree. */
export interface Snapshots extends AsyncDisposable {
  /**
   * Keeps the tree as it is under a name. Reads only what changed since the last one.
   *
   * @throws VfsError `EEXIST` for a name that is taken, `EDQUOT` where `snapshotBytes` would be passed, `EBUSY` after a
   * restore that was cut short.
   */
  create(name: string, options?: CreateOptions): Promise<Snapshot>;
  /** Newest first. */
  list(options?: ListOptions): Promise<Snapshot[]>;
  /** The one of this name, or the newest with this tag: `ENOENT` where there is none. */
  get(name: string): Promise<Snapshot>;
  /**
   * Makes the tree, or a part of it, what it was: content, modes, owners, times, links, hard links, empty directories,
   * attributes; what came later goes. What is as it was is not touched. Cut short, it is finished by calling it again.
   */
  restore(name: string, options?: RestoreOptions): Promise<RestoreReport>;
  /** Ends a restore that was cut short, or takes back what it did. Undefined when there is none. */
  recover(
    how: "finish" | "rollback",
    options?: Omit<RestoreOptions, "path" | "dryRun">,
  ): Promise<RestoreReport | undefined>;
  /** What is different in `b`, which is the tree of now unless told. */
  diff(a: string, b?: string, options?: DiffOptions): Promise<SnapshotDiff>;
  /**
   * A Vfs of its own over a snapshot, or over the tree of now: what is done there changes nothing here, nor the other way
   * round. It costs the same however large the tree is, where its store keeps snapshots by itself. Close it when it is done
   * with: until then its snapshot cannot be removed.
   */
  fork(name?: string, options?: ForkOptions): Promise<Vfs>;
  /**
   * Writes a snapshot into an empty directory of any Vfs, with everything that the store there keeps: `ENOTEMPTY` where
   * something is in it.
   */
  extract(name: string, vfs: Vfs, path: string, options?: ExtractOptions): Promise<RestoreReport>;
  /** Removes snapshots, and what only they need. `EBUSY` for one that a fork is open over. */
  delete(...names: string[]): Promise<PruneReport>;
  /** Removes old snapshots that have no tag: those that are neither among the newest `keep` nor younger than `olderThanMs`. */
  prune(options: PruneOptions): Promise<PruneReport>;
  /** Reads everything that a snapshot needs, and tells what is lost. */
  verify(name: string): Promise<VerifyReport>;
  /** Gives a snapshot these tags, in place of those it has. `prune` spares what has one. */
  tag(name: string, tags: readonly string[]): Promise<Snapshot>;
  /** The versions of what is at a path, newest first. */
  history(path: string): Promise<Version[]>;
  /** A file as it was: `ENOENT` where it was not, `EISDIR` for what is no file. */
  readAt(name: string, path: string): Promise<Bytes>;
  readAt(name: string, path: string, encoding: "utf8"): Promise<string>;
  /** Writes a snapshot as an archive, and closes the sink. */
  export(
    name: string,
    sink: WritableStream<Uint8Array>,
    options?: { readonly format?: ExportFormat | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  /**
   * Makes a snapshot of an archive: tar, tar.gz, or JSON (that of `export`, or of chuk-virtual-fs). The tree stays as it is.
   *
   * @throws VfsError `EINVAL` for what is none, is too large, or has a path or a link that leads out. Nothing is kept then.
   */
  import(source: ImportSource, options?: ImportOptions): Promise<Snapshot>;
  /** Goes back to the newest automatic snapshot that the tree differs from; undefined when there is none. */
  undo(): Promise<Snapshot | undefined>;
  /** Takes the last `undo` back. */
  redo(): Promise<Snapshot | undefined>;
  /** What the store holds. */
  usage(): Promise<{ readonly bytes: number; readonly snapshots: number }>;
  /** Leaves the store. The Vfs stays open. */
  close(): Promise<void>;
}
