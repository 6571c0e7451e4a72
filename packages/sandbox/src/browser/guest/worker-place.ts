import type { Place } from "../../guest/place.ts";
import { PREFIX_BYTES, type HostHeader } from "../../protocol.ts";
import { NEXT, PieceReader, viewsOf, WORD } from "../shared-memory.ts";
import type { FromWorker } from "../worker-carrier.ts";

// Kept from before the worker's names are taken away.
const postMessage = globalThis.postMessage.bind(globalThis);
const post = (message: FromWorker, transfer: Transferable[] = []): void => postMessage(message, transfer);
const sleeping = new Int32Array(new SharedArrayBuffer(4));

/** A worker of a page. */
export interface WorkerPlace extends Place {
  /** Tells the page why the interpreter cannot go on, and waits to be ended. */
  fail(reason: string): never;
}

export function workerPlace(memory: SharedArrayBuffer): WorkerPlace {
  const shared = viewsOf(memory);
  const reader = new PieceReader(shared, () => post(NEXT));
  const decoder = new TextDecoder();
  const prefix = new DataView(new ArrayBuffer(PREFIX_BYTES));
  let pausedMs = 0;
  const fail = (reason: string): never => {
    post({ ended: reason });
    for (;;) Atomics.wait(sleeping, 0, 0);
  };
  return {
    fail,
    send(header, payload) {
      // A copy: the payload is a part of the interpreter's memory.
      const copy = payload?.slice();
      post({ header: JSON.stringify(header), payload: copy }, copy === undefined ? [] : [copy.buffer]);
    },
    receive(into) {
      reader.read(new Uint8Array(prefix.buffer));
      const text = new Uint8Array(prefix.getUint32(0, true));
      const payloadBytes = prefix.getUint32(4, true);
      reader.read(text);
      const payload = into?.subarray(0, payloadBytes) ?? new Uint8Array(payloadBytes);
      reader.read(payload);
      return { header: JSON.parse(decoder.decode(text)) as HostHeader, payload };
    },
    generation: () => Atomics.load(shared.words, WORD.generation),
    interrupts: () => Atomics.load(shared.words, WORD.interrupts),
    // Browsers do not tell: all the time that was not spent in waiting.
    usedMs: () => performance.now() - pausedMs - reader.waitedMs,
    pause(ms) {
      const startMs = performance.now();
      Atomics.wait(sleeping, 0, 0, ms);
      pausedMs += performance.now() - startMs;
    },
    // The page ends the worker.
    within: (_, action) => action(),
    // A worker ends with its page.
    isAbandoned: () => false,
    exit: () => fail("it went on and on"),
  };
}
