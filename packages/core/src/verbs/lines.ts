import type { Bytes } from "../bytes.ts";
import { emit, wait, type Emitter } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { ByteSource } from "../provider.ts";
import type { Scope } from "../scope.ts";

// As grep(1): a NUL byte near the beginning tells that a file is not text.
const SNIFFED_BYTES = 8192;

/** The lines of a text file, without their ends. A binary file has none. */
export function* lines(scope: Scope, path: VPath): Emitter<{ text: string }> {
  const chunks = pullBytes(yield* wait(scope.send("readStream", path, {})));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = "";
  let seen = 0;
  try {
    for (let step = yield* wait(chunks.next()); !step.done; step = yield* wait(chunks.next())) {
      if (seen < SNIFFED_BYTES && step.value.subarray(0, SNIFFED_BYTES - seen).includes(0)) return;
      seen += step.value.length;
      const pieces = (rest + decoder.decode(step.value, { stream: true })).split("\n");
      rest = pieces.pop() ?? "";
      for (const piece of pieces) yield emit({ text: withoutReturn(piece) });
    }
    rest += decoder.decode();
    if (rest !== "") yield emit({ text: withoutReturn(rest) });
  } finally {
    yield* wait(chunks.return?.());
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** Takes the chunks of a source one after another. */
export function pullBytes(source: ByteSource): AsyncIterator<Bytes> | Iterator<Bytes> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}
