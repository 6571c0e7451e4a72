import type { Step } from "../tree/records.ts";
import { checksum, quickSum } from "./checksum.ts";

/** The first frame of a log. */
interface Header {
  readonly format: typeof FORMAT;
  /** Grows each time that the log is begun anew. */
  readonly generation: number;
  /** The step that the log begins after. */
  readonly revision: number;
  /** How long the image is that follows, which tells all up to there, and what is made of its bytes. */
  readonly image: number;
  readonly sum: number;
}

/** As logs were begun before there were images: frames in the form of steps told all up to the revision. */
interface FormerHeader {
  readonly format: typeof FORMER_FORMAT;
  readonly generation: number;
  readonly revision: number;
  readonly frames: number;
}

/** What a log says. */
export interface Log {
  readonly generation: number;
  readonly image: Uint8Array | undefined;
  readonly steps: Omit<Step, "revision">[];
  readonly revision: number;
  /** Where the first step is, and where the next one goes. */
  readonly begin: number;
  readonly end: number;
}

const FORMAT = "vfs-opfs-2";
const FORMER_FORMAT = "vfs-opfs-1";
const FRAME_HEAD_BYTES = 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A frame of a log: its length, a checksum, and JSON. */
export function frame(content: Header | Step): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(JSON.stringify(content));
  const bytes = new Uint8Array(FRAME_HEAD_BYTES + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length);
  view.setUint32(4, checksum(text));
  bytes.set(text, FRAME_HEAD_BYTES);
  return bytes;
}

/** A log that says everything up to a step. */
export function wholeLog(
  generation: number,
  revision: number,
  image: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const sum = quickSum(image);
  const header = frame({ format: FORMAT, generation, revision, image: image.length, sum });
  const bytes = new Uint8Array(header.length + image.length);
  bytes.set(header);
  bytes.set(image, header.length);
  return bytes;
}

/** Reads a log; undefined when it has no whole beginning. What comes after a damaged frame is not there. */
export function parseLog(bytes: Uint8Array): Log | undefined {
  const first = framesOf(bytes, 0).next();
  if (first.done) return undefined;
  const header = first.value.content as Header | FormerHeader;
  if (header.format === FORMER_FORMAT) return parseFormer(bytes, header, first.value.end);
  if (header.format !== FORMAT) return undefined;
  const { generation, revision, image: length, sum } = header;
  const begin = first.value.end + length;
  if (begin > bytes.length) return undefined;
  const image = bytes.slice(first.value.end, begin);
  if (quickSum(image) !== sum) return undefined;
  return { generation, image, begin, ...parseTail(bytes.subarray(begin), begin, revision) };
}

function parseFormer(bytes: Uint8Array, header: FormerHeader, begin: number): Log | undefined {
  const steps: Step[] = [];
  let end = begin;
  for (const frameOf of framesOf(bytes, begin)) {
    if (steps.length >= header.frames) break;
    steps.push(frameOf.content as Step);
    ({ end } = frameOf);
  }
  if (steps.length < header.frames) return undefined;
  const tail = parseTail(bytes.subarray(end), end, header.revision);
  return {
    ...tail,
    generation: header.generation,
    image: undefined,
    begin: end,
    steps: [...steps, ...tail.steps],
  };
}

/** What a log has behind some place. */
export type Tail = Pick<Log, "steps" | "revision" | "end">;

/** The steps that a log has behind `revision`, from where that ended. */
export function parseTail(bytes: Uint8Array, begin: number, known: number): Tail {
  let [revision, end] = [known, begin];
  const steps: Step[] = [];
  for (const { content, end: after } of framesOf(bytes, 0)) {
    const step = content as Step;
    if (step.revision !== revision + 1) break;
    revision = step.revision;
    steps.push(step);
    end = begin + after;
  }
  return { steps, revision, end };
}

/** The generation that the first frame of a log tells, from its first bytes. */
export function generationOf(head: Uint8Array): number | undefined {
  const [first] = framesOf(head, 0);
  return (first?.content as Partial<Header> | undefined)?.generation;
}

/** The first frame of a log is not longer than this. */
export const HEADER_BYTES = 256;

function* framesOf(bytes: Uint8Array, begin: number): Generator<{ content: unknown; end: number }, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = begin; at + FRAME_HEAD_BYTES <= bytes.length;) {
    const length = view.getUint32(at);
    const end = at + FRAME_HEAD_BYTES + length;
    if (length === 0 || end > bytes.length) return;
    const text = bytes.subarray(at + FRAME_HEAD_BYTES, end);
    if (checksum(text) !== view.getUint32(at + 4)) return;
    yield { content: JSON.parse(decoder.decode(text)), end };
    at = end;
  }
}
