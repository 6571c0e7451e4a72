import { here, type Received } from "../../guest/place.ts";
import { PAYLOAD_BYTES, type GuestHeader, type GuestOp } from "../../protocol.ts";

/** What the host answered instead of a value: a POSIX code. */
export class HostError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Sends a frame; returns when it is on its way. */
export function send(header: GuestHeader, payload?: Uint8Array): void {
  here().send(header, payload);
}

/** Waits for the next frame. Its payload goes into `into`, as much as fits there, or is given back. */
export function receive(into?: Uint8Array): Received {
  return here().receive(into);
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
