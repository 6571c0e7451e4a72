import type { Step } from "../tree/records.ts";

/** A step, with the highest number of a piece by then. */
export type StoredStep = Step & { readonly lastPiece: number };

/** What one row of the log holds: a step, and the content of one small piece, whichever there is. */
export interface Row {
  readonly step: StoredStep | undefined;
  readonly content: Uint8Array<ArrayBuffer> | undefined;
}

const HEAD_BYTES = 12;
// Told from a content of no byte.
const NONE = 0xffffffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One array: to have it cloned costs a database much less than objects do. */
export function encodeRow(number: number, { step, content }: Row): Uint8Array<ArrayBuffer> {
  const text = step === undefined ? new Uint8Array(0) : encoder.encode(JSON.stringify(step));
  const bytes = new Uint8Array(HEAD_BYTES + text.length + (content?.length ?? 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length);
  view.setUint32(4, content?.length ?? NONE);
  view.setUint32(8, number);
  bytes.set(text, HEAD_BYTES);
  if (content !== undefined) bytes.set(content, HEAD_BYTES + text.length);
  return bytes;
}

/** The number of a row, which is its key as well: to ask for keys beside values takes as long again. */
export function numberOf(row: Uint8Array): number {
  return viewOf(row).getUint32(8);
}

export function stepOf(row: Uint8Array): StoredStep | undefined {
  const length = viewOf(row).getUint32(0);
  if (length === 0) return undefined;
  return JSON.parse(decoder.decode(row.subarray(HEAD_BYTES, HEAD_BYTES + length))) as StoredStep;
}

/** A copy of the content that a row has. */
export function contentOf(row: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const view = viewOf(row);
  return view.getUint32(4) === NONE ? undefined : row.slice(HEAD_BYTES + view.getUint32(0));
}

/** The same row with another content. */
export function withContent(
  number: number,
  row: Uint8Array<ArrayBuffer> | undefined,
  content: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  return encodeRow(number, { step: row === undefined ? undefined : stepOf(row), content });
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
