import { createVfs, type Provider } from "@vfs/core";

/** Bytes of all objects in a store. */
export async function stored(store: Provider): Promise<number> {
  const kept = createVfs(store, { keepOpen: true });
  return (await kept.exists("/objects")) ? (await kept.du("/objects")).bytes : 0;
}

/** Bytes that cannot be packed, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
