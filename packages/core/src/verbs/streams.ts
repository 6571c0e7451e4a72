import { chain, type Awaitable } from "../awaitable.ts";
import type { Bytes, Content } from "../bytes.ts";
import { unsupported } from "../error.ts";
import { isPromiseLike } from "../awaitable.ts";
import { emit, Pull, wait, type Emitter } from "../flow.ts";
import type { Progress, ReadStreamOptions, WriteStreamOptions } from "../options.ts";
import type { Scope } from "../scope.ts";
import { byteRange, writeArgs } from "./files.ts";
import { chunks } from "./chunks.ts";
import { feed } from "./sources.ts";

export function* readStream(scope: Scope, path: string, options: ReadStreamOptions = {}): Emitter<Bytes> {
  const { start, end, chunkSize, ifMatch, onProgress, signal } = options;
  if (chunkSize !== undefined && !(Number.isInteger(chunkSize) && chunkSize > 0))
    throw new RangeError(`chunkSize must be an integer of at least 1, got ${chunkSize}`);
  const inner = scope.until(signal);
  const target = inner.path(path);
  const range = byteRange(start, end);
  const total = onProgress === undefined ? undefined : yield* wait(lengthOf(inner, target, range));
  const content = new Pull(chunks(inner, target, { ...range, chunkSize, ifMatch }));
  let done = 0;
  try {
    for (let bytes = yield* content.next(); bytes !== undefined; bytes = yield* content.next()) {
      const { length } = bytes;
      yield emit(bytes);
      done += length;
      const told = onProgress?.(done, total);
      if (isPromiseLike(told) && scope.ctx.sync)
        throw unsupported("a synchronous call cannot wait for onProgress");
      yield* wait(told);
    }
  } finally {
    yield* content.end();
  }
}

function lengthOf(
  scope: Scope,
  path: Parameters<Scope["send"]>[1],
  { offset = 0, length = Infinity }: { offset?: number; length?: number },
): Awaitable<number> {
  return chain(scope.send("stat", path, { follow: true }), ({ size }) =>
    Math.max(0, Math.min(length, size - offset)),
  );
}

export function writeStream(
  scope: Scope,
  path: string,
  source: Content,
  options: WriteStreamOptions = {},
): Awaitable<number> {
  const { size, chunkSize, onProgress, signal } = options;
  const inner = scope.until(signal);
  const target = inner.path(path);
  const args = writeArgs(inner, options);
  let written = 0;
  const counting = {
    chunkSize,
    totalBytes: size,
    onProgress: (bytes: number, total: number | undefined): ReturnType<Progress> => {
      written = bytes;
      return onProgress?.(bytes, total);
    },
  };
  const done = feed(source, inner.ctx, counting, (counted) =>
    inner.send("writeStream", target, { ...args, source: counted, size }),
  );
  return chain(done, () => written);
}
