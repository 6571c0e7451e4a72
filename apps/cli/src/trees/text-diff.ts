import { createTwoFilesPatch } from "diff";

// Two texts that have nothing in common take longest to compare.
const MOST_EDITS = 20_000;

/** A text with how it is called in a diff. */
export interface NamedText {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A unified diff of two texts, as patch(1) takes it; undefined where one is no text, or nothing is like in the two. */
export function unifiedDiff(a: NamedText, b: NamedText, contextLines: number): string | undefined {
  const [old, young] = [textOf(a.bytes), textOf(b.bytes)];
  if (old === undefined || young === undefined) return undefined;
  const patch = createTwoFilesPatch(a.name, b.name, old, young, undefined, undefined, {
    context: contextLines,
    maxEditLength: MOST_EDITS,
  });
  // It puts a line above that says nothing.
  return patch?.replace(/^=+\n/, "");
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
