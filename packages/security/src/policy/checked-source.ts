import type { Bytes, ByteSource } from "@vfs/core";
import { SNIFF_BYTES } from "../content-kind.ts";

/** The same source, that fails before its first byte comes out when `check` throws at its beginning. */
export function checkedSource(source: ByteSource, check: (head: Uint8Array) => void): ByteSource {
  if (Symbol.asyncIterator in source)
    return { [Symbol.asyncIterator]: () => checkedLater(source, new Beginning(check)) };
  return { [Symbol.iterator]: () => checkedNow(source, new Beginning(check)) };
}

/** Holds chunks back until enough of them is there to be looked at. */
class Beginning {
  readonly #check: (head: Uint8Array) => void;
  #held: Bytes[] | undefined = [];
  #bytes = 0;

  constructor(check: (head: Uint8Array) => void) {
    this.#check = check;
  }

  /** Takes a chunk; answers what may go on. */
  take(chunk: Bytes): readonly Bytes[] {
    if (this.#held === undefined) return [chunk];
    // Whoever makes chunks may use their memory again.
    this.#held.push(chunk.slice());
    this.#bytes += chunk.length;
    return this.#bytes < SNIFF_BYTES ? [] : this.end();
  }

  /** Nothing more comes. */
  end(): readonly Bytes[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (held.length === 0) return held;
    const head = new Uint8Array(Math.min(SNIFF_BYTES, this.#bytes));
    let at = 0;
    for (const chunk of held) {
      head.set(chunk.subarray(0, head.length - at), at);
      at = Math.min(head.length, at + chunk.length);
    }
    this.#check(head);
    return held;
  }
}

function* checkedNow(source: Iterable<Bytes>, beginning: Beginning): Generator<Bytes> {
  for (const chunk of source) yield* beginning.take(chunk);
  yield* beginning.end();
}

async function* checkedLater(source: AsyncIterable<Bytes>, beginning: Beginning): AsyncGenerator<Bytes> {
  for await (const chunk of source) yield* beginning.take(chunk);
  yield* beginning.end();
}
