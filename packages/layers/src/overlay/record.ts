import type { InodeState } from "./inode.ts";

/** A name: what it stands for, or `null` for a whiteout; `gone` when the directory is as the lower has it. */
export interface EntryRecord {
  readonly in: number;
  readonly name: string;
  readonly to?: number | null;
  readonly over?: boolean;
  readonly gone?: true;
}

/** One thing that changed. What it says is the state from then on, so that it may be told twice. */
export type Record =
  | { readonly inode: InodeState }
  | { readonly entry: EntryRecord }
  | { readonly drop: number }
  /** The lower is being written: whatever name an entry has may be there by now. */
  | { readonly committing: true };

/** The first line of a journal: its version, and a number above all that were ever given out. */
export interface Header {
  readonly overlay: 1;
  readonly next: number;
}
