import type { Part } from "../engine/storage.ts";
import type { Copy } from "./overlay.ts";

/** The bytes of a piece, if there are any. */
export type Value = Uint8Array<ArrayBuffer> | undefined;

/** Asks for a value in the course of a transaction. */
export function get(store: IDBObjectStore, key: number, then: (value: Value) => void): void {
  const request: IDBRequest<Value> = store.get(key);
  request.addEventListener("success", () => then(request.result));
}

/** Copies pieces that have to do with nothing else: one after another, so that one at a time is in memory. */
export function copyAll(chunks: () => IDBObjectStore, copies: readonly Copy[], after: () => void): void {
  const next = (at: number): void => {
    const copy = copies[at];
    if (copy === undefined) return after();
    get(chunks(), copy.from.id, (value = new Uint8Array(0)) => {
      chunks().put(value.length <= copy.length ? value : value.slice(0, copy.length), copy.piece.id);
      next(at + 1);
    });
  };
  next(0);
}

/** The bytes of these parts of pieces, and zeros between them. */
export function assemble(
  parts: readonly Part[],
  length: number,
  values: readonly Value[],
): Uint8Array<ArrayBuffer> {
  const [first] = values;
  if (first !== undefined && parts.length === 1 && parts[0]?.from === 0 && first.length === length)
    return first;
  const bytes = new Uint8Array(length);
  for (const [i, part] of parts.entries()) {
    const value = values[i];
    if (value !== undefined) bytes.set(value.subarray(part.from, part.from + part.length), part.at);
  }
  return bytes;
}
