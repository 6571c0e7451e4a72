/** Bytes that nobody else holds, on memory that is not shared between threads. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** What a chunk of a source may be. */
export type Chunk = string | ArrayBufferView | ArrayBuffer;

/** What a file's content may be given as. A string is written as UTF-8. */
export type Content = Chunk | Blob | ReadableStream<Chunk> | AsyncIterable<Chunk> | Iterable<Chunk>;

const encoder = new TextEncoder();
// `ignoreBOM: true` keeps a byte order mark in the text, as `fs.readFile(path, "utf8")` does.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** No bytes. */
export const NO_BYTES: Bytes = new Uint8Array(0);

/** The bytes of a chunk: those of a view itself (not a copy), or the UTF-8 of a string. */
export function bytesOf(chunk: Chunk): Bytes {
  if (typeof chunk === "string") return encoder.encode(chunk);
  if (chunk instanceof Uint8Array) return chunk as Bytes;
  if (ArrayBuffer.isView(chunk))
    return new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer || isSharedBuffer(chunk)) return new Uint8Array(chunk);
  throw new TypeError(
    `content must be a string, bytes, a Blob, or a stream or iterable of those, got ${typeof chunk}`,
  );
}

function isSharedBuffer(value: unknown): value is ArrayBuffer {
  return typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;
}

/** Whether a content is there in one piece. */
export function isChunk(content: Content): content is Chunk {
  return (
    typeof content === "string" ||
    ArrayBuffer.isView(content) ||
    content instanceof ArrayBuffer ||
    isSharedBuffer(content)
  );
}

/** The text that UTF-8 `bytes` stand for; a wrong byte becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** One array with the content of all `parts`. */
export function concatBytes(parts: readonly Uint8Array[], length: number): Bytes {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
