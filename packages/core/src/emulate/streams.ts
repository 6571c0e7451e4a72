import { concatBytes, type Bytes } from "../bytes.ts";
import type { Context } from "../context.ts";
import { unsupported, VfsError } from "../error.ts";
import { emit, iterate, iterateSync, wait, type Emitter, type Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { ByteSource, ProviderFile, StreamReadOptions } from "../provider.ts";
import type { Provider } from "../provider.ts";

/** How long a chunk is unless the caller says otherwise. */
const CHUNK_BYTES: number = 64 << 10;

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
  if (provider.open !== undefined && options.ifMatch === undefined) {
    const file = yield* wait(provider.open(path, { flags: READING }, ctx));
    return source(fromFile(file, options, ctx), ctx);
  }
  const stat = yield* wait(provider.stat(path, { follow: true }, ctx));
  if (stat.type !== "file") throw new VfsError(stat.type === "directory" ? "EISDIR" : "EINVAL");
  if (options.ifMatch !== undefined && !provider.caps.ifMatch)
    throw unsupported(`${provider.name} has no ifMatch`);
  // Without versions nothing tells that the file was replaced between two ranges: then all of it is read at once.
  if (!provider.caps.ifMatch) return source(atOnce(provider, path, options, ctx), ctx);
  return source(byRanges(provider, path, { ...options, ifMatch: options.ifMatch ?? stat.etag }, ctx), ctx);
}

/** The face of an emitter that the caller can use. */
function source(emitter: Emitter<Bytes>, ctx: Context): ByteSource {
  return ctx.sync ? iterateSync(emitter, mustNotWait) : iterate(emitter);
}

/** What a synchronous caller hears when something has to wait after all. */
export function mustNotWait(): never {
  throw unsupported("this store must wait: use the asynchronous call");
}

function* atOnce(provider: Provider, path: VPath, options: StreamReadOptions, ctx: Context): Emitter<Bytes> {
  const { offset, length, chunkSize = CHUNK_BYTES } = options;
  const whole = yield* wait(provider.read(path, { offset, length }, ctx));
  for (let at = 0; at < whole.length; at += chunkSize) yield emit(whole.slice(at, at + chunkSize));
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

function* fromFile(file: ProviderFile, options: StreamReadOptions, ctx: Context): Emitter<Bytes> {
  const { offset = 0, length = Infinity, chunkSize = CHUNK_BYTES } = options;
  try {
    for (let done = 0; done < length;) {
      const chunk = new Uint8Array(Math.min(chunkSize, length - done));
      const count = yield* wait(file.read(chunk, offset + done, ctx));
      if (count > 0) yield emit(count === chunk.length ? chunk : chunk.subarray(0, count));
      done += count;
      if (count < chunk.length) return;
    }
  } finally {
    yield* wait(file.close(ctx));
  }
}

/** Everything that a source has, in one piece. */
export function collect(from: ByteSource, ctx: Context): Promise<Bytes> | Bytes {
  return ctx.sync || !(Symbol.asyncIterator in from)
    ? collectSync(from as Iterable<Bytes>)
    : collectAsync(from);
}

function collectSync(from: Iterable<Bytes>): Bytes {
  const parts: Bytes[] = [];
  let length = 0;
  for (const part of from) {
    parts.push(part.slice());
    length += part.length;
  }
  return concatBytes(parts, length);
}

async function collectAsync(from: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  let length = 0;
  for await (const part of from) {
    // The source may fill the same buffer again for its next chunk.
    parts.push(part.slice());
    length += part.length;
  }
  return concatBytes(parts, length);
}
