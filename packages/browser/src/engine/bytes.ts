import type { Engine } from "./engine.ts";

/** Bytes that the caller will not change before they are in the store: a copy, where that is not at once. */
export function owned(data: Uint8Array, { storage }: Engine, given = false): Uint8Array<ArrayBuffer> {
  const isMine = (given || storage.sync) && data.buffer instanceof ArrayBuffer;
  return isMine ? (data as Uint8Array<ArrayBuffer>) : new Uint8Array(data);
}
