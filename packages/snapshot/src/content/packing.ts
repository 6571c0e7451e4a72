import { VfsError, type Bytes } from "@vfs/core";

const PLAIN = 0;
const DEFLATED = 1;
// Below it the streams cost more than the bytes that they save.
const LEAST = 96;
const WORTH_IT = 0.95;

/** An object as it is stored: a byte that tells how, then its bytes, deflated where that makes them fewer. */
export async function pack(bytes: Bytes): Promise<Bytes> {
  if (bytes.length >= LEAST) {
    const short = await through(bytes, new CompressionStream("deflate-raw"), bytes.length);
    if (short !== undefined && short.length < bytes.length * WORTH_IT) return tagged(DEFLATED, short);
  }
  return tagged(PLAIN, bytes);
}

/**
 * The bytes of a stored object.
 *
 * @param most How many they may be: nothing that a store holds may fill the memory.
 * @throws VfsError `EIO` for what was not packed here.
 */
export async function unpack(stored: Bytes, most: number): Promise<Bytes> {
  const bytes = stored.subarray(1);
  if (stored[0] === PLAIN && bytes.length <= most) return bytes;
  if (stored[0] === DEFLATED) {
    const whole = await through(bytes, new DecompressionStream("deflate-raw"), most).catch(() => undefined);
    if (whole !== undefined) return whole;
  }
  throw new VfsError("EIO", {
    hint: "an object of the snapshot store is damaged; verify() names what needs it",
  });
}

function tagged(tag: number, bytes: Bytes): Bytes {
  const whole = new Uint8Array(bytes.length + 1);
  whole[0] = tag;
  whole.set(bytes, 1);
  return whole;
}

/** What comes out of a transformation; undefined where that is more than `most` bytes. */
async function through(
  bytes: Bytes,
  { readable, writable }: CompressionStream | DecompressionStream,
  most: number,
): Promise<Bytes | undefined> {
  const writer = writable.getWriter();
  const fed = writer.write(bytes).then(() => writer.close());
  // Whoever reads is told as well.
  fed.catch(() => {});
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = (readable as ReadableStream<Uint8Array>).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    length += part.value.length;
    if (length <= most) continue;
    await reader.cancel().catch(() => {});
    return undefined;
  }
  return joined(parts, length);
}

/** One array with the content of all parts. */
export function joined(parts: readonly Uint8Array[], length: number): Bytes {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
