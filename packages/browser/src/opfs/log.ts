import type { Step } from "../tree/records.ts";
import { checksum } from "./checksum.ts";

/** The first frame of a log. */
interface Header {
  readonly format: typeof FORMAT;
  /** Grows each time that the log is begun anew. */
  readonly generation: number;
  /** The step that the log begins after; the frames that tell all up to there are so many. */
  readonly revision: number;
  readonly frames: number;
}

/** What a log says. */
export interface Log {
  readonly generation: number;
  readonly steps: Omit<Step, "revision">[];
  readonly revision: number;
  /** Where the next frame goes. */
  readonly end: number;
}

const FORMAT = "vfs-opfs-1";
const FRAME_HEAD_BYTES = 8;

// So many records a frame, so that none is large.
const DUMP_RECORDS = 2000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A frame of a log: its length, a checksum, and JSON. */
export function frame(content: Header | Step | Omit<Step, "revision">): Uint8Array<ArrayBuffer> {
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
  { inodes, names, lastIno, lastOrder, lastVersion }: Omit<Step, "revision">,
): Uint8Array<ArrayBuffer> {
  const counters = { lastIno, lastOrder, lastVersion };
  const frames: Uint8Array[] = [];
  for (let at = 0; at < inodes.length; at += DUMP_RECORDS)
    frames.push(frame({ inodes: inodes.slice(at, at + DUMP_RECORDS), names: [], gone: [], ...counters }));
  for (let at = 0; at < names.length; at += DUMP_RECORDS)
    frames.push(frame({ inodes: [], names: names.slice(at, at + DUMP_RECORDS), gone: [], ...counters }));
  const header = frame({ format: FORMAT, generation, revision, frames: frames.length });
  return joined([header, ...frames]);
}

/** Reads a log; undefined when it has no whole beginning. What comes after a damaged frame is not there. */
export function parseLog(bytes: Uint8Array): Log | undefined {
  const frames = framesOf(bytes, 0);
  const first = frames.next();
  if (first.done) return undefined;
  const header = first.value.content as Partial<Header>;
  if (header.format !== FORMAT) return undefined;
  const { generation = 0, frames: dumped = 0 } = header;
  let { revision = 0 } = header;
  let { end } = first.value;
  const steps: Omit<Step, "revision">[] = [];
  for (const { content, end: after } of frames) {
    const step = content as Step;
    if (steps.length >= dumped) {
      if (step.revision !== revision + 1) break;
      revision = step.revision;
    }
    steps.push(step);
    end = after;
  }
  return steps.length < dumped ? undefined : { generation, steps, revision, end };
}

/** The steps that a log has behind `revision`, from where that ended. */
export function parseTail(bytes: Uint8Array, begin: number, known: number): Omit<Log, "generation"> {
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

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
