/** The interpreter's memory as it was when it was prepared, wherever it lies. */
export interface PreparedMemory {
  /** What pyodide wants to know of it. */
  readonly head: Uint8Array;
  /** How long it is with its head. */
  readonly bytes: number;
  /** Puts all behind the head where it is to be. */
  fill(memory: Uint8Array): void;
}

/** How much of it says how long its head is. */
export const START_BYTES = 8;

/** How long a head is: its second number says so. */
export function headBytesOf(start: Uint8Array): number {
  return new DataView(start.buffer, start.byteOffset).getUint32(4, true);
}

/** Prepared memory that is in the memory of this program. */
export function preparedIn(snapshot: Uint8Array): PreparedMemory {
  const at = headBytesOf(snapshot);
  return {
    head: snapshot.slice(0, at),
    bytes: snapshot.length,
    fill: (memory) => memory.set(snapshot.subarray(at)),
  };
}
