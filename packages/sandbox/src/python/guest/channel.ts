import { readSync, writeSync } from "node:fs";
import {
  GUEST_FDS,
  PAYLOAD_BYTES,
  PREFIX_BYTES,
  type GuestHeader,
  type GuestOp,
  type HostHeader,
} from "../../protocol.ts";

/** What the host answered instead of a value: a POSIX code. */
export class HostError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const prefix = new DataView(new ArrayBuffer(PREFIX_BYTES));
const prefixBytes = new Uint8Array(prefix.buffer);

/** Sends a frame; returns when the host's end has taken all of it. */
export function send(header: GuestHeader, payload?: Uint8Array): void {
  const text = encoder.encode(JSON.stringify(header));
  const head = new Uint8Array(PREFIX_BYTES + text.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, payload?.length ?? 0, true);
  head.set(text, PREFIX_BYTES);
  writeAll(head);
  if (payload !== undefined) writeAll(payload);
}

/** Waits for the next frame. Its payload goes into `into`, as much as fits there, or is given back. */
export function receive(into?: Uint8Array): { header: HostHeader; payload: Uint8Array } {
  readAll(prefixBytes);
  const text = new Uint8Array(prefix.getUint32(0, true));
  const payloadBytes = prefix.getUint32(4, true);
  readAll(text);
  const payload = into?.subarray(0, payloadBytes) ?? new Uint8Array(payloadBytes);
  readAll(payload);
  return { header: JSON.parse(decoder.decode(text)) as HostHeader, payload };
}

/** The change counter of the host, before and after the last call. */
export const counter: { before: number; after: number } = { before: 0, after: 0 };

/**
 * Calls the host and waits for its answer.
 *
 * @throws HostError with the code that the host gives.
 */
export function call(
  op: GuestOp,
  args: readonly unknown[],
  payload?: Uint8Array,
  into?: Uint8Array,
): unknown {
  send([op, ...args], payload);
  const { header } = receive(into);
  if (header[0] === "ok") {
    [, , counter.before, counter.after] = header;
    return header[1];
  }
  if (header[0] === "fail") throw new HostError(header[1], header[2]);
  throw new Error("the host answered something else");
}

/** Reads from an open file into `into`; answers how many bytes. */
export function readInto(handle: number, position: number, into: Uint8Array): number {
  let done = 0;
  while (done < into.length) {
    const wanted = Math.min(PAYLOAD_BYTES, into.length - done);
    const got = call(
      "read",
      [handle, position + done, wanted],
      undefined,
      into.subarray(done, done + wanted),
    ) as number;
    done += got;
    if (got < wanted) break;
  }
  return done;
}

/** Writes to an open file: all of `data`, at `position` or at the end. Answers where the data ends then. */
export function writeFrom(handle: number, position: number | "end", data: Uint8Array): number {
  let end = 0;
  for (let done = 0; done < data.length; done += PAYLOAD_BYTES) {
    const at = position === "end" ? position : position + done;
    end = call("write", [handle, at], data.subarray(done, done + PAYLOAD_BYTES)) as number;
  }
  return end;
}

function writeAll(bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length;)
      done += writeSync(GUEST_FDS.channel, bytes, done, bytes.length - done);
  } catch {
    hostIsGone();
  }
}

function readAll(bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const got = readSome(bytes, done);
    if (got === 0) hostIsGone();
    done += got;
  }
}

function readSome(bytes: Uint8Array, done: number): number {
  try {
    return readSync(GUEST_FDS.channel, bytes, done, bytes.length - done, null);
  } catch {
    return 0;
  }
}

/** There is nothing left to work for. An exception could be caught by the code. */
function hostIsGone(): never {
  process.exit(0);
}
