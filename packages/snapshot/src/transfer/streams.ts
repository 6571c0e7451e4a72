import type { Bytes } from "@vfs/core";

/** What bytes may come from. */
export type ImportSource =
  | string
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>;

/** The bytes of a source, one piece after another. */
export async function* bytesFrom(source: ImportSource): AsyncIterable<Bytes> {
  if (typeof source === "string") yield new TextEncoder().encode(source);
  else if (source instanceof Uint8Array) yield source as Bytes;
  else if (source instanceof Blob) yield* iterate(source.stream());
  else if (source instanceof ReadableStream) yield* iterate(source as ReadableStream<Bytes>);
  else yield* source as AsyncIterable<Bytes>;
}

/** A stream to be read with `for await`, also where streams are not iterable. */
export async function* iterate<T>(stream: ReadableStream<T>): AsyncIterable<T> {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      yield value;
    }
  } catch (reason) {
    isDone = true;
    throw reason;
  } finally {
    if (!isDone) await reader.cancel().catch(() => {});
  }
}

/** A stream of what an iterable gives; nothing is taken before it is asked for. */
export function streamOf<T>(source: AsyncIterable<T>): ReadableStream<T> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The first bytes of a source, at least `count` where it has them, and the whole source again. */
export async function peek(
  source: AsyncIterable<Bytes>,
  count: number,
): Promise<{ head: Bytes; whole: AsyncIterable<Bytes> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Bytes = new Uint8Array(0);
  while (head.length < count) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    const longer = new Uint8Array(head.length + value.length);
    longer.set(head);
    longer.set(value, head.length);
    head = longer;
  }
  const first = head;
  async function* whole(): AsyncIterable<Bytes> {
    if (first.length > 0) yield first;
    try {
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, whole: whole() };
}
