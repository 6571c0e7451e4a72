import type { Control } from "../control.ts";
import type { GuestHeader, HostHeader } from "../protocol.ts";
import type { Carrier } from "../remote-guest.ts";
import { newMemory, NEXT, PieceWriter, viewsOf, WORD, type Shared } from "./shared-memory.ts";

/** What a worker says to its page: a frame, that it wants the rest of one, or why it has ended. */
export type FromWorker =
  | typeof NEXT
  | { readonly header: string; readonly payload?: Uint8Array<ArrayBuffer> | undefined }
  | { readonly ended: string };

/** What a worker is told when it is started; everything else comes by that memory. */
export interface ToWorker {
  readonly memory: SharedArrayBuffer;
}

const encoder = new TextEncoder();

/** The way to an interpreter in a worker of this page: messages from it, shared memory to it. */
export class WorkerCarrier implements Carrier {
  readonly control: SharedControl;
  readonly ended: Carrier["ended"];
  readonly #worker: Worker;
  readonly #writer: PieceWriter;
  readonly #end: (how: { message: string; outOfMemory?: boolean }) => void;
  #onFrame: ((header: GuestHeader, payload: Uint8Array) => void) | undefined;
  isAlive = true;

  constructor(worker: Worker) {
    const memory = newMemory();
    const shared = viewsOf(memory);
    this.control = new SharedControl(shared);
    this.#writer = new PieceWriter(shared);
    this.#worker = worker;
    const { promise, resolve } = Promise.withResolvers<Awaited<Carrier["ended"]>>();
    this.ended = promise;
    this.#end = resolve;
    worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#take(data));
    worker.addEventListener("error", (event) => {
      // What the browser does not allow to be loaded has no message.
      event.preventDefault();
      this.#stop(event.message === "" ? NOT_LOADED : `the interpreter ended: ${event.message}`);
    });
    worker.postMessage({ memory } satisfies ToWorker);
  }

  listen(onFrame: (header: GuestHeader, payload: Uint8Array) => void): void {
    this.#onFrame = onFrame;
  }

  send(header: HostHeader, payload?: Uint8Array): void {
    this.#writer.send(encoder.encode(JSON.stringify(header)), payload);
  }

  end(): void {
    this.#stop("the interpreter was ended");
  }

  #stop(message: string, outOfMemory = false): void {
    this.isAlive = false;
    this.#worker.terminate();
    this.#end({ message, outOfMemory });
  }

  #take(data: unknown): void {
    // What was under way when it was ended is for nobody.
    if (!this.isAlive) return;
    if (data === NEXT) return this.#writer.next();
    try {
      const { header, payload = new Uint8Array(0), ended } = data as Record<string, unknown>;
      if (typeof ended === "string") return this.#stop(`the interpreter ended: ${ended}`, isMemory(ended));
      const read: unknown = JSON.parse(String(header));
      if (!Array.isArray(read) || typeof read[0] !== "string" || !(payload instanceof Uint8Array))
        throw new Error("the guest sent what is no frame");
      this.#onFrame?.(read as unknown as GuestHeader, payload);
    } catch {
      // Not a word of it can be believed any more.
      this.end();
    }
  }
}

const NOT_LOADED =
  "the worker's program could not be loaded: it must be served with Cross-Origin-Embedder-Policy as the page is, and worker-src must allow it";

/** As browsers say it when JavaScript has no memory left. */
function isMemory(message: string): boolean {
  return /out of memory|allocation failed/i.test(message);
}

/** The numbers of a worker. */
class SharedControl implements Control {
  readonly #words: Int32Array;

  constructor({ words }: Shared) {
    this.#words = words;
  }

  get generation(): number {
    return Atomics.load(this.#words, WORD.generation);
  }

  bump(): void {
    Atomics.add(this.#words, WORD.generation, 1);
  }

  get interrupts(): number {
    return Atomics.load(this.#words, WORD.interrupts);
  }

  interrupt(): void {
    Atomics.add(this.#words, WORD.interrupts, 1);
  }

  close(): void {
    // The memory is gone with those who hold it.
  }
}
