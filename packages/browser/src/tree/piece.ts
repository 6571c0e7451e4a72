/** A part of some content, where the store has it. */
export interface Piece {
  /** Its place or number in the store. Positive. */
  readonly id: number;
  /** How many bytes it can hold there. */
  readonly room: number;
}

/** The pieces of a content by their place: the first has the first bytes. Absent is what was never written. */
export type Pieces = readonly (Piece | undefined)[];

/** Content without a byte. */
export const NO_PIECES: Pieces = [];
