import type { Bytes } from "../bytes.ts";
import { withoutSignal, type Context } from "../context.ts";
import { unsupported, VfsError } from "../error.ts";
import { emit, wait, type Emitter, type Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { ByteSource, Provider, StreamReadOptions } from "../provider.ts";
import { CHUNK_BYTES, pieces, sourceOf } from "./chunks.ts";

const READING = {
  read: true,
  write: false,
  append: false,
  create: false,
  exclusive: false,
  truncate: false,
} as const;

/** `readStream` for a provider that has none: from an open file, or by ranges of one version. */
export function* readStream(
  provider: Provider,
  path: VPath,
  options: StreamReadOptions,
  ctx: Context,
): Flow<ByteSource> {
  const stat = yield* wait(provider.stat(path, { follow: true }, ctx));
  if (stat.type !== "file") throw new VfsError(stat.type === "directory" ? "EISDIR" : "EINVAL");
  const { ifMatch } = options;
  if (ifMatch !== undefined && !provider.caps.ifMatch) throw unsupported(`${provider.name} has no ifMatch`);
  if (provider.open !== undefined && ifMatch === undefined)
    return sourceOf(fromFile(provider, path, options, ctx), ctx);
  // Without versions nothing tells that the file was replaced between two ranges: then all of it is read at once.
  if (!provider.caps.ifMatch) return sourceOf(atOnce(provider, path, options, ctx), ctx);
  return sourceOf(byRanges(provider, path, { ...options, ifMatch: ifMatch ?? stat.etag }, ctx), ctx);
}

function* atOnce(provider: Provider, path: VPath, options: StreamReadOptions, ctx: Context): Emitter<Bytes> {
  const { offset, length, chunkSize } = options;
  yield* pieces(yield* wait(provider.read(path, { offset, length }, ctx)), chunkSize);
}

function* byRanges(
  provider: Provider,
  path: VPath,
  options: StreamReadOptions,
  ctx: Context,
): Emitter<Bytes> {
  const { offset = 0, length = Infinity, chunkSize = CHUNK_BYTES, ifMatch } = options;
  for (let done = 0; done < length;) {
    const wanted = Math.min(chunkSize, length - done);
    const chunk = yield* wait(provider.read(path, { offset: offset + done, length: wanted, ifMatch }, ctx));
    if (chunk.length > 0) yield emit(chunk);
    done += chunk.length;
    if (chunk.length < wanted) return;
  }
}

/** Opens the file when the first chunk is asked for, so that a stream that nobody reads holds nothing open. */
function* fromFile(
  provider: Provider,
  path: VPath,
  options: StreamReadOptions,
  ctx: Context,
): Emitter<Bytes> {
  const { offset = 0, length = Infinity, chunkSize = CHUNK_BYTES } = options;
  const file = yield* wait(provider.open?.(path, { flags: READING }, ctx));
  if (file === undefined) return;
  try {
    for (let done = 0; done < length;) {
      const chunk = new Uint8Array(Math.min(chunkSize, length - done));
      const count = yield* wait(file.read(chunk, offset + done, ctx));
      if (count > 0) yield emit(count === chunk.length ? chunk : chunk.subarray(0, count));
      done += count;
      if (count < chunk.length) return;
    }
  } finally {
    yield* wait(file.close(withoutSignal(ctx)));
  }
}
