import type { Provider } from "@vfs/core";
import type { KeepOptions } from "./engine.ts";

export interface SnapshotsOptions {
  /**
   * Where snapshots are kept: a provider of their own, or a directory of the same Vfs, which is left out of the
   * snapshots. `.vfs-snapshots` in the scope unless told.
   */
  readonly store?: Provider | string | undefined;
  /** The directory that snapshots are made of, with what is mounted in it; `/` unless told. */
  readonly scope?: string | undefined;
  /** How many bytes the store may take; a snapshot that would need more fails with `EDQUOT`. No limit unless told. */
  readonly snapshotBytes?: number | undefined;
  /** How long a program that has died may keep others waiting; 10,000 unless told. */
  readonly leaseMs?: number | undefined;
}

export interface CreateOptions extends KeepOptions {
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

export interface ListOptions {
  /** Tell of those that `autoSnapshot`, `undo` and `redo` made too. */
  readonly auto?: boolean | undefined;
}

export interface ForkOptions {
  /**
   * A store of the fork's own, for what is changed there: empty, or that of an earlier fork of the same snapshot, which
   * goes on. Memory unless told.
   */
  readonly upper?: Provider | undefined;
}

export interface RestoreOptions {
  /** Restore only this, and what is below it. */
  readonly path?: string | undefined;
  /** Only tell what would be done. */
  readonly dryRun?: boolean | undefined;
  /** Read every file that is there, whatever its stat says. */
  readonly deep?: boolean | undefined;
  /** What was begun is finished by calling it again, or taken back by `recover`. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of content that were written, of all that are to be. */
  readonly onProgress?: ((bytes: number, totalBytes: number | undefined) => void) | undefined;
}

export interface ExtractOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number, totalBytes: number | undefined) => void) | undefined;
}

/** What a restore did, or would do. Paths are below the top of the tree. */
export interface RestoreReport {
  readonly removed: readonly string[];
  readonly made: readonly string[];
  /** Files that got their content back. */
  readonly written: readonly string[];
  /** What only got its attributes back. */
  readonly attributes: readonly string[];
}

export interface PruneOptions {
  /** So many of the newest stay. */
  readonly keep?: number | undefined;
  /** Those that are younger stay. */
  readonly olderThanMs?: number | undefined;
  /** Only tell what would go. */
  readonly dryRun?: boolean | undefined;
}

export interface PruneReport {
  /** Names, oldest first. */
  readonly removed: readonly string[];
  readonly freedBytes: number;
}

/** One version of a file, or of what was at its path. */
export interface Version {
  /** The snapshots that have it, oldest first. */
  readonly snapshots: readonly string[];
  /** When the oldest of them was made. */
  readonly createdMs: number;
  /** `missing` in snapshots where nothing is at the path, between others. */
  readonly type: "file" | "directory" | "symlink" | "missing";
  readonly size: number;
  readonly mtimeMs: number | undefined;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly objects: number;
  readonly bytes: number;
  readonly damages: readonly { readonly path: string; readonly message: string }[];
}
