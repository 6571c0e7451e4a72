import type { Edit } from "../engine/storage.ts";

/** What pieces become by edits, which are done in memory. */
export class Overlay {
  /** By the id of a piece; undefined while nothing is in it. */
  readonly values: Map<number, Uint8Array<ArrayBuffer>> = new Map();
  readonly touched: Set<number> = new Set();

  apply(edit: Edit): void {
    const { piece } = edit;
    const value = this.values.get(piece.id) ?? NOTHING;
    this.touched.add(piece.id);
    if (edit.kind === "write") this.values.set(piece.id, written(value, edit.at, edit.bytes));
    else if (edit.kind === "cut") this.values.set(piece.id, value.slice(0, edit.at));
    else this.values.set(piece.id, (this.values.get(edit.from.id) ?? NOTHING).slice(0, edit.length));
  }
}

const NOTHING = new Uint8Array(0);

function written(
  value: Uint8Array<ArrayBuffer>,
  at: number,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  // A clone takes the whole of the memory that a view is of.
  if (at === 0 && bytes.length >= value.length)
    return bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
  const length = Math.max(value.length, at + bytes.length);
  const next = new Uint8Array(length);
  next.set(value);
  next.set(bytes, at);
  return next;
}

/** Splits edits into copies that have to do with nothing else, to be done one by one, and the rest. */
export function apart(edits: readonly Edit[]): { copies: Copy[]; rest: Edit[] } {
  const uses = new Map<number, number>();
  const use = (id: number): void => void uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const edit of edits) {
    use(edit.piece.id);
    if (edit.kind === "copy") use(edit.from.id);
  }
  // What lies in a row of the log is changed with all of that row.
  const alone = (id: number): boolean => id > 0 && uses.get(id) === 1;
  const copies: Copy[] = [];
  const rest: Edit[] = [];
  for (const edit of edits)
    if (edit.kind === "copy" && alone(edit.piece.id) && alone(edit.from.id)) copies.push(edit);
    else rest.push(edit);
  return { copies, rest };
}

/** An edit that copies. */
export type Copy = Extract<Edit, { readonly kind: "copy" }>;

/** The pieces whose content must be known before the edits can be done. */
export function basesOf(edits: readonly Edit[], isNew: (id: number) => boolean): Set<number> {
  const bases = new Set<number>();
  for (const edit of edits) {
    if (edit.kind === "copy") bases.add(edit.from.id);
    else if (!isNew(edit.piece.id)) bases.add(edit.piece.id);
  }
  for (const id of bases) if (isNew(id)) bases.delete(id);
  return bases;
}

/** Whether some of these have to do with what lies in a row of its own. */
export function usesChunks(edits: readonly Edit[]): boolean {
  return edits.some((edit) => edit.piece.id > 0 || (edit.kind === "copy" && edit.from.id > 0));
}
