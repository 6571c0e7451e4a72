import { emit, Pull, type Emitter } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import { chunks } from "./chunks.ts";

// As grep(1): a NUL byte near the beginning tells that a file is not text.
const SNIFFED_BYTES = 8192;

/** The lines of a text file, without their ends. A binary file has none. */
export function* lines(scope: Scope, path: VPath): Emitter<{ text: string }> {
  const content = new Pull(chunks(scope, path, {}));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  // Of a line that goes over many chunks; joined once, because adding to a growing text each time is quadratic.
  let begun: string[] = [];
  let seen = 0;
  try {
    for (let bytes = yield* content.next(); bytes !== undefined; bytes = yield* content.next()) {
      if (seen < SNIFFED_BYTES && bytes.subarray(0, SNIFFED_BYTES - seen).includes(0)) return;
      seen += bytes.length;
      const pieces = decoder.decode(bytes, { stream: true }).split("\n");
      const rest = pieces.pop() ?? "";
      for (const piece of pieces) {
        const text = begun.length === 0 ? piece : begun.join("") + piece;
        begun = [];
        yield emit({ text: withoutReturn(text) });
      }
      if (rest !== "") begun.push(rest);
    }
    const last = begun.join("") + decoder.decode();
    if (last !== "") yield emit({ text: withoutReturn(last) });
  } finally {
    yield* content.end();
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
