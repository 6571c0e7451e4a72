import { unsupported, wait, type ByteSource, type Bytes, type Context, type Flow } from "@vfs/core";
import type { Host } from "../host/host.ts";

// Smaller chunks are gathered up to here: each write costs a round trip.
const GATHERED_BYTES = 64 << 10;

/** Writes all that a source has to a file, from its beginning. What the source throws passes as it is. */
export function* pour(host: Host, source: ByteSource, fd: number, { sync }: Context): Flow<void> {
  const iterator = iteratorOf(source, sync);
  const gatherer = new Gatherer(host, fd);
  let ended = false;
  try {
    for (;;) {
      ended = true;
      const step = yield* wait(iterator.next());
      if (step.done === true) return yield* gatherer.flush();
      ended = false;
      yield* gatherer.add(step.value);
    }
  } finally {
    if (!ended) yield* wait(iterator.return?.());
  }
}

function iteratorOf(source: ByteSource, sync: boolean): AsyncIterator<Bytes> | Iterator<Bytes> {
  if (!(Symbol.asyncIterator in source)) return source[Symbol.iterator]();
  if (sync) throw unsupported("this source must be waited for: use the asynchronous call");
  return source[Symbol.asyncIterator]();
}

/** Writes chunk behind chunk; a chunk is the source's again when it has been added. */
class Gatherer {
  readonly #host: Host;
  readonly #fd: number;
  #position = 0;
  #held: Uint8Array | undefined;
  #filled = 0;

  constructor(host: Host, fd: number) {
    this.#host = host;
    this.#fd = fd;
  }

  *add(chunk: Uint8Array): Flow<void> {
    if (this.#filled + chunk.length > GATHERED_BYTES) yield* this.flush();
    if (chunk.length >= GATHERED_BYTES) return yield* this.#write(chunk);
    this.#held ??= new Uint8Array(GATHERED_BYTES);
    this.#held.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }

  *flush(): Flow<void> {
    if (this.#held === undefined || this.#filled === 0) return;
    yield* this.#write(this.#held.subarray(0, this.#filled));
    this.#filled = 0;
  }

  *#write(data: Uint8Array): Flow<void> {
    yield* wait(this.#host.write(this.#fd, data, this.#position));
    this.#position += data.length;
  }
}

const COPIED_BYTES = 1 << 20;

/**
 * Copies all of a file into another, from its beginning.
 *
 * @returns How many bytes.
 */
export function* pourFile(host: Host, from: number, to: number): Flow<number> {
  const buffer = new Uint8Array(COPIED_BYTES);
  for (let done = 0; ;) {
    const count = yield* wait(host.read(from, buffer, done));
    yield* wait(host.write(to, buffer.subarray(0, count), done));
    done += count;
    if (count < buffer.length) return done;
  }
}
