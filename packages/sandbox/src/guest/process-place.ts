import { readSync, writeSync } from "node:fs";
import { createContext, Script } from "node:vm";
import { CONTROL, GUEST_FDS, PREFIX_BYTES, type GuestHeader, type HostHeader } from "../protocol.ts";
import type { Place, Received } from "./place.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const prefix = new DataView(new ArrayBuffer(PREFIX_BYTES));
const prefixBytes = new Uint8Array(prefix.buffer);
const number = new DataView(new ArrayBuffer(8));
const nobody = new Int32Array(new SharedArrayBuffer(4));

// V8's own clock, which needs no thread of ours, takes no more than 32 bits.
const MOST_MS = 2 ** 31 - 1;
const room = createContext({});
const script = new Script("action()");

const host = process.ppid;

/** A process of Node, with the descriptors that its host has given it. */
export const PROCESS: Place = {
  send,
  receive,
  generation: () => readControl(CONTROL.generation),
  interrupts: () => readControl(CONTROL.interrupt),
  usedMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  pause: (ms) => void Atomics.wait(nobody, 0, 0, ms),
  within<T>(limitMs: number, action: () => T): T {
    room["action"] = action;
    return script.runInContext(room, { timeout: Math.min(limitMs, MOST_MS) }) as T;
  },
  isAbandoned: () => process.ppid !== host,
  exit: hostIsGone,
};

/** Returns when the host's end has taken all of it. */
function send(header: GuestHeader, payload?: Uint8Array): void {
  const text = encoder.encode(JSON.stringify(header));
  const head = new Uint8Array(PREFIX_BYTES + text.length);
  const view = new DataView(head.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, payload?.length ?? 0, true);
  head.set(text, PREFIX_BYTES);
  writeAll(head);
  if (payload !== undefined) writeAll(payload);
}

function receive(into?: Uint8Array): Received {
  readAll(prefixBytes);
  const text = new Uint8Array(prefix.getUint32(0, true));
  const payloadBytes = prefix.getUint32(4, true);
  readAll(text);
  const payload = into?.subarray(0, payloadBytes) ?? new Uint8Array(payloadBytes);
  readAll(payload);
  return { header: JSON.parse(decoder.decode(text)) as HostHeader, payload };
}

function readControl(offset: number): number {
  readSync(GUEST_FDS.control, number, 0, 8, offset);
  return number.getFloat64(0, true);
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

/** There is nothing left to work for. */
function hostIsGone(): never {
  process.exit(0);
}
