import { Buffer } from "node:buffer";
import { wrongType } from "./argument-errors.ts";

/** A Buffer on the memory of `bytes`. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes that a view shows, on its own memory. */
export function viewed(view: ArrayBufferView): Uint8Array {
  return view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** The bytes of what is to be written. */
export function toBytes(data: unknown, encoding: BufferEncoding | undefined, name = "data"): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, encoding);
  if (ArrayBuffer.isView(data)) return viewed(data);
  throw wrongType(name, "of type string or an instance of Buffer, TypedArray, or DataView", data);
}

/** Where bytes are read into. */
export function toView(buffer: unknown, name = "buffer"): Uint8Array {
  if (ArrayBuffer.isView(buffer)) return viewed(buffer);
  throw wrongType(name, "an instance of Buffer, TypedArray, or DataView", buffer);
}

/** Several pieces, one after another. */
export function toViews(buffers: unknown): Uint8Array[] {
  if (!Array.isArray(buffers) || !buffers.every((one) => ArrayBuffer.isView(one)))
    throw wrongType("buffers", "an ArrayBufferView[]", buffers);
  return buffers.map(viewed);
}

/** Content as it is asked for: text in an encoding, or a Buffer. */
export function decoded(bytes: Uint8Array, encoding: unknown): Buffer | string {
  const buffer = bufferOf(bytes);
  return encoding === undefined || encoding === null || encoding === ""
    ? buffer
    : buffer.toString(encoding as BufferEncoding);
}

/** A name or a path as it is asked for. */
export function encoded(text: string, encoding: unknown): string | Buffer {
  if (encoding === undefined || encoding === null || encoding === "utf8" || encoding === "utf-8") return text;
  if (encoding === "buffer") return Buffer.from(text);
  return Buffer.from(text).toString(encoding as BufferEncoding);
}
