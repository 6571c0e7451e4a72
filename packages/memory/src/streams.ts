import type { Awaitable, ByteSource, Bytes, Context } from "@vfs/core";
import { Content } from "./content.ts";

/** The content that a source has, copied chunk by chunk. */
export function contentFrom(source: ByteSource, ctx: Context): Awaitable<Content> {
  return ctx.sync || !(Symbol.asyncIterator in source)
    ? fromIterable(source as Iterable<Bytes>)
    : fromAsync(source);
}

function fromIterable(source: Iterable<Bytes>): Content {
  const content = new Content();
  for (const chunk of source) content.write(chunk, content.size);
  return content;
}

async function fromAsync(source: AsyncIterable<Bytes>): Promise<Content> {
  const content = new Content();
  for await (const chunk of source) content.write(chunk, content.size);
  return content;
}

const USUAL_CHUNK_BYTES = 64 << 10;

/** A part of some content, chunk by chunk. The content must be the caller's alone, so that it is of one version. */
export function* chunksOf(
  content: Content,
  offset: number,
  length: number,
  chunkSize: number = USUAL_CHUNK_BYTES,
): Generator<Bytes, void, undefined> {
  const end = Math.min(content.size, offset + length);
  for (let at = offset; at < end; at += chunkSize) yield content.slice(at, Math.min(chunkSize, end - at));
}
