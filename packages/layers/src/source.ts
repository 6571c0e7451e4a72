import type { Bytes, ByteSource } from "@vfs/core";

/** Whether what an operation answered is a stream: its work is done only when that has ended. */
export function isSource(value: unknown): value is ByteSource {
  return (
    typeof value === "object" &&
    value !== null &&
    !ArrayBuffer.isView(value) &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

/** The chunks of a source, for who can wait. */
export function chunksOf(source: ByteSource): AsyncIterator<Bytes> | Iterator<Bytes> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

/** A failure, whatever was thrown. */
export interface Thrown {
  readonly reason: unknown;
}

/** Who looks on while a source is read. */
export interface Tap {
  readonly chunk: (chunk: Bytes) => void;
  /** Called once, when the source has ended, has failed, or is given up. Never when nobody begins to read. */
  readonly ended?: ((thrown?: Thrown) => void) | undefined;
}

/** The same source, with somebody who looks on. It can be read in the ways in which the source can, and in no other. */
export function tap(source: ByteSource, seen: Tap): ByteSource {
  const later = {
    [Symbol.asyncIterator]: () => tapLater((source as AsyncIterable<Bytes>)[Symbol.asyncIterator](), seen),
  };
  const now = { [Symbol.iterator]: () => tapNow((source as Iterable<Bytes>)[Symbol.iterator](), seen) };
  if (!(Symbol.asyncIterator in source)) return now;
  return Symbol.iterator in source ? Object.assign(later, now) : later;
}

async function* tapLater(
  chunks: AsyncIterator<Bytes>,
  { chunk, ended }: Tap,
): AsyncGenerator<Bytes, void, undefined> {
  let thrown: Thrown | undefined;
  // What fails or ends while it is asked for need not be given up.
  let asked = true;
  try {
    for (let step = await chunks.next(); !step.done; step = await chunks.next()) {
      chunk(step.value);
      asked = false;
      yield step.value;
      asked = true;
    }
  } catch (reason) {
    thrown = { reason };
    throw reason;
  } finally {
    try {
      if (!asked) await chunks.return?.();
    } finally {
      ended?.(thrown);
    }
  }
}

function* tapNow(chunks: Iterator<Bytes>, { chunk, ended }: Tap): Generator<Bytes, void, undefined> {
  let thrown: Thrown | undefined;
  let asked = true;
  try {
    for (let step = chunks.next(); !step.done; step = chunks.next()) {
      chunk(step.value);
      asked = false;
      yield step.value;
      asked = true;
    }
  } catch (reason) {
    thrown = { reason };
    throw reason;
  } finally {
    try {
      if (!asked) chunks.return?.();
    } finally {
      ended?.(thrown);
    }
  }
}
