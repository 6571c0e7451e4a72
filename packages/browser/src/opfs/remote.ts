import { VfsError, type Awaitable } from "@vfs/core";
import { missing, toVfsError } from "../errors.ts";
import { makeDevice, type Command, type Device } from "./device.ts";

/** A {@link Device} that may have to be waited for. */
export type Files = {
  readonly [K in keyof Device]: (...args: Parameters<Device[K]>) => Awaitable<Awaited<ReturnType<Device[K]>>>;
} & {
  /** Another thread does it, which has to be started. */
  readonly isFar?: boolean;
  /** Memory of this length that was handed over and has come back. */
  readonly spare?: (bytes: number) => Uint8Array<ArrayBuffer> | undefined;
};

/** What a page asks of its worker, and what that answers. */
interface Question {
  readonly number: number;
  readonly method: keyof Device;
  readonly args: readonly unknown[];
}
type Answer =
  | { readonly number: number; readonly value: unknown; readonly spare?: readonly ArrayBuffer[] }
  | { readonly number: number; readonly error: { name: string; message: string } };

/** Answers the questions of a page, in a worker. Refers to nothing outside of itself, as {@link makeDevice}. */
function serve(device: Device, scope: typeof globalThis): void {
  const post = (answer: unknown, transfer: Transferable[] = []): void =>
    (scope as unknown as Worker).postMessage(answer, transfer);
  const call = device as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  const SPARE_BYTES = 1 << 20;
  const largeIn = (commands: readonly Command[]): ArrayBuffer[] => {
    const buffers = new Set<ArrayBuffer>();
    for (const command of commands)
      if (command.do === "write" && command.bytes.buffer.byteLength === SPARE_BYTES)
        buffers.add(command.bytes.buffer);
    return [...buffers];
  };
  scope.addEventListener("message", (event) => {
    const { number, method, args } = (
      event as MessageEvent<{ number: number; method: string; args: unknown[] }>
    ).data;
    const failed = (error: Error): void =>
      post({ number, error: { name: error.name, message: error.message } });
    const answered = (value: unknown): void => {
      // Memory that came goes back: to get fresh memory takes as long as to fill it.
      const spare = method === "run" ? largeIn(args[1] as Command[]) : [];
      post({ number, value, spare }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : spare);
    };
    try {
      const value = call[method]?.(...args);
      if (value instanceof Promise) void value.then(answered, failed);
      else answered(value);
    } catch (error) {
      failed(error as Error);
    }
  });
}

/** To be called by a worker of one's own that is given to `opfs({ worker })`. */
export function serveOpfs(): void {
  serve(makeDevice(), globalThis);
}

/** The worker of this page for all of its stores: it does what a page cannot do itself. */
export class RemoteDevice {
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (reason: unknown) => void }
  >();
  #last = 0;
  readonly #spare: ArrayBuffer[] = [];
  #failed: VfsError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener("message", this.#answered);
    worker.addEventListener("error", this.#died);
  }

  /** In a page a thread of its own does the work; in a dedicated worker it is done here. */
  static files(worker: (() => Worker) | undefined): Files {
    if (worker === undefined && "DedicatedWorkerGlobalScope" in globalThis) return makeDevice();
    return (worker === undefined ? RemoteDevice.shared() : new RemoteDevice(worker())).asFiles();
  }

  static #shared: RemoteDevice | undefined;

  static shared(): RemoteDevice {
    if (globalThis.Worker === undefined) throw missing("workers with sync access handles", "Worker");
    return (RemoteDevice.#shared ??= new RemoteDevice(startWorker()));
  }

  asFiles(): Files {
    return {
      isFar: true,
      open: (...args) => this.#ask("open", args),
      sizes: (...args) => this.#ask("sizes", args),
      read: (...args) => this.#ask("read", args),
      mirror: (...args) => this.#ask("mirror", args),
      run: (store, commands) => this.#ask("run", [store, commands], large(commands)),
      close: (...args) => this.#ask("close", args),
      spare: (bytes) => this.#takeSpare(bytes),
    };
  }

  #takeSpare(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    const buffer = this.#spare.pop();
    return buffer?.byteLength === bytes ? new Uint8Array(buffer) : undefined;
  }

  #ask<T>(method: keyof Device, args: readonly unknown[], transfer: Transferable[] = []): Promise<T> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => {
      const number = ++this.#last;
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ number, method, args } satisfies Question, transfer);
    });
  }

  readonly #answered = ({ data }: MessageEvent<Answer>): void => {
    const waiting = this.#waiting.get(data.number);
    this.#waiting.delete(data.number);
    if ("error" in data) waiting?.reject(toVfsError(new DOMException(data.error.message, data.error.name)));
    else {
      for (const buffer of data.spare ?? []) if (this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
      waiting?.resolve(data.value as never);
    }
  };

  readonly #died = (event: ErrorEvent): void => {
    this.#failed = new VfsError("EIO", {
      hint: `the worker that opens the files failed (${event.message || "it could not be started"}): allow worker-src blob:, or give opfs({ worker }) one that calls serveOpfs()`,
    });
    RemoteDevice.#shared = undefined;
    for (const { reject } of this.#waiting.values()) reject(this.#failed);
    this.#waiting.clear();
  };
}

// Bundlers that keep the names of functions call this.
const PRELUDE = "const __name = (value) => value;";

function startWorker(): Worker {
  const text = `${PRELUDE}(${serve.toString()})((${makeDevice.toString()})(), globalThis);`;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "vfs-opfs" });
  worker.addEventListener("message", () => URL.revokeObjectURL(url), { once: true });
  return worker;
}

const MOST_SPARE = 3;
const LARGE_BYTES = 32 << 10;

/** Memory that is handed over, where to copy it would cost more. */
function large(commands: readonly Command[]): Transferable[] {
  const buffers = new Set<ArrayBuffer>();
  for (const command of commands) {
    if (command.do !== "write") continue;
    const { buffer, byteLength } = command.bytes;
    if (byteLength >= LARGE_BYTES && byteLength === buffer.byteLength) buffers.add(buffer);
  }
  return [...buffers];
}
