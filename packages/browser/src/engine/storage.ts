import type { Awaitable, StatFs } from "@vfs/core";
import type { Piece } from "../tree/piece.ts";
import type { Step } from "../tree/records.ts";

/** Something to be done to the content of pieces. */
export type Edit =
  | {
      readonly kind: "write";
      readonly piece: Piece;
      readonly at: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  /** What the piece has from `at` on is no longer wanted. */
  | { readonly kind: "cut"; readonly piece: Piece; readonly at: number }
  /** The first `length` bytes of another piece, to the beginning of this one. */
  | { readonly kind: "copy"; readonly piece: Piece; readonly from: Piece; readonly length: number };

/** What is to become of the store in one step. */
export interface Commit {
  /** Absent when only bytes are put into pieces that no file has yet. */
  readonly step: Step | undefined;
  /** Everything up to and with the step, where the storage has asked for it. */
  readonly dump: Uint8Array<ArrayBuffer> | undefined;
  readonly edits: readonly Edit[];
  /** Pieces that nothing has any more when this is done. */
  readonly dropped: readonly Piece[];
  readonly durable: boolean;
  /** Something is in the store that nothing has: to be swept up, should this client be gone before it does so. */
  readonly leaves: boolean;
}

/** A part of a piece that is to be read. */
export interface Part {
  readonly piece: Piece;
  readonly from: number;
  readonly length: number;
  /** Where it belongs in the answer. */
  readonly at: number;
}

/** What is in the store beside contents. */
export interface State {
  /** What there was before the steps; only where they are all that there is. */
  readonly image?: Uint8Array | undefined;
  /** The steps that lead to it, from the one after `known` on, or from the image. */
  readonly steps: Iterable<Omit<Step, "revision">>;
  readonly revision: number;
  /** The steps are all that there is: what is in memory is to be forgotten. */
  readonly isWhole: boolean;
}

/** Where a store lies. All that changes something is called by one client at a time. */
export interface Storage {
  /** How many bytes of a file a piece stands for. */
  readonly pieceBytes: number;
  /** Nothing ever waits. */
  readonly sync: boolean;
  /** Contents can be read only by who may write. */
  readonly readsAlone: boolean;
  /** The right to write is about to be asked for: what takes long may begin. */
  approach?(): void;
  /** The right to write has come: opens what is needed for that. */
  entered(): Awaitable<void>;
  /** The right to write is given away. */
  left(): Awaitable<void>;
  /** What is in the store and not known yet; undefined when all is known. */
  load(known: number | undefined): Awaitable<State | undefined>;
  /** Room for so many bytes, at most `pieceBytes`. */
  allocate(bytes: number): Piece;
  /** Tells of pieces that others have taken or given up. */
  others(came: readonly Piece[], went: readonly Piece[]): void;
  /** Everything that was allocated is as good as free: all that is in use comes by `others` again. */
  forget(): void;
  /** The next step is to come with everything. */
  readonly wantsDump?: boolean;
  commit(commit: Commit): Awaitable<void>;
  /**
   * The bytes of these parts, and zeros between them; undefined when others have written more than is known.
   *
   * @param sure Nobody else can have written.
   * @returns Memory of the caller's own.
   */
  read(parts: readonly Part[], length: number, sure: boolean): Awaitable<Uint8Array<ArrayBuffer> | undefined>;
  flush(): Awaitable<void>;
  /** Clears away what a client that is gone has left behind; nobody else has the store open. */
  sweep(used: () => Set<number>): Awaitable<void>;
  /** Memory of this length that was handed over with a step and is not needed any more, if there is some. */
  spare?(bytes: number): Uint8Array<ArrayBuffer> | undefined;
  /** Where the last step ended, for the others. */
  place?(): unknown;
  /** A step of others is known, and this is where it ended. */
  follow?(place: unknown): void;
  statfs?(): Awaitable<StatFs>;
  close(): Awaitable<void>;
}
