import type { ByteSource } from "@vfs/core";
import { idOf } from "../attributes.ts";
import { MOST_PARTS, type Sizes, type Store } from "../store.ts";
import type { Condition, Described, UploadedPart, Written } from "../wire/wire.ts";

type Signal = AbortSignal | undefined;

/** An object that is put together from parts. It is there when it is completed, and until then it is not. */
export class Upload {
  readonly #store: Store;
  readonly #key: string;
  readonly #id: string;
  readonly #described: Described;
  readonly #parts: UploadedPart[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #signal: Signal;
  #uploadId = "";
  #number = 0;
  #failure: { readonly reason: unknown } | undefined;

  constructor(store: Store, key: string, described: Described, signal: Signal) {
    this.#store = store;
    this.#key = key;
    this.#described = described;
    this.#id = idOf(described);
    this.#signal = signal;
  }

  get sizes(): Sizes {
    return this.#store.sizes;
  }

  /**
   * Begins the upload, lets `fill` add its parts, and completes it. Whatever fails on the way ends it, and nothing of it
   * is left.
   */
  async run(condition: Condition, fill: () => Promise<void>): Promise<Written> {
    const { requests } = this.#store;
    const [key, signal] = [this.#key, this.#signal];
    this.#uploadId = await requests.createUpload({ key, signal, ...this.#described });
    try {
      await fill();
      await this.#settle();
      const parts = this.#parts.sort((a, b) => a.number - b.number);
      return await requests.completeUpload(
        { key, uploadId: this.#uploadId, parts, ...condition, signal },
        this.#id,
      );
    } catch (reason) {
      // A part that arrives behind the end of the upload would stay, and be paid for.
      await Promise.all(this.#running);
      await requests.abortUpload(key, this.#uploadId);
      throw reason;
    }
  }

  /** Adds a part that is sent. Returns when there is room for the next one; `data` is used until `done`. */
  async add(data: Uint8Array, done?: () => void): Promise<void> {
    const request = { ...this.#next(), data };
    await this.#begin(
      async () => void this.#parts.push(await this.#store.requests.uploadPart(request)),
      done,
    );
  }

  /** Adds a part whose content is made when its turn has come. */
  async addMade(make: () => Promise<Uint8Array>): Promise<void> {
    const part = this.#next();
    await this.#begin(async () => {
      const data = await make();
      this.#parts.push(await this.#store.requests.uploadPart({ ...part, data }));
    });
  }

  /** Adds a part that is a piece of an object. */
  async addCopy(
    from: string,
    sourceMatch: string | undefined,
    range?: readonly [number, number],
  ): Promise<void> {
    const request = { ...this.#next(), from, sourceMatch, range };
    await this.#begin(async () => void this.#parts.push(await this.#store.requests.copyPart(request)));
  }

  #next(): { key: string; uploadId: string; number: number; signal: Signal } {
    return { key: this.#key, uploadId: this.#uploadId, number: ++this.#number, signal: this.#signal };
  }

  async #begin(send: () => Promise<void>, done?: () => void): Promise<void> {
    const sent: Promise<void> = send()
      .catch((reason: unknown) => void (this.#failure ??= { reason }))
      .finally(() => {
        this.#running.delete(sent);
        done?.();
      });
    this.#running.add(sent);
    while (this.#running.size >= this.#store.concurrency) await Promise.race(this.#running);
    this.#check();
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#running);
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }
}

/** Uploads bytes that are all here. */
export function uploadBytes(
  store: Store,
  key: string,
  data: Uint8Array,
  described: Described,
  condition: Condition,
  signal: Signal,
): Promise<Written> {
  const upload = new Upload(store, key, described, signal);
  const partBytes = partBytesFor(store.partBytes, data.length);
  return upload.run(condition, async () => {
    for (let at = 0; at < data.length; at += partBytes) await upload.add(data.subarray(at, at + partBytes));
  });
}

/** How long parts must be so that there are not too many. */
function partBytesFor(partBytes: number, size: number): number {
  return Math.max(partBytes, Math.ceil(size / MOST_PARTS));
}

/** Of an object of unknown length, after so many parts they are twice as long: 10,000 of them hold 5 TiB then. */
const PARTS_OF_A_SIZE = 1000;

/**
 * Uploads a source of any length, in as much memory as is under way.
 *
 * @param head What was read of it already, at least one byte.
 * @returns What was written, and how long it is.
 */
export async function uploadSource(
  store: Store,
  key: string,
  {
    head,
    rest,
    size,
  }: { head: Uint8Array; rest: AsyncIterator<Uint8Array> | Iterator<Uint8Array>; size: number | undefined },
  described: Described,
  condition: Condition,
  signal: Signal,
): Promise<{ written: Written; length: number }> {
  const upload = new Upload(store, key, described, signal);
  const free: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const written = await upload.run(condition, async () => {
    let partBytes = partBytesFor(store.partBytes, size ?? 0);
    let buffer = new Uint8Array(partBytes);
    let filled = 0;
    let count = 0;
    const send = async (): Promise<void> => {
      const full = buffer;
      await upload.add(full.subarray(0, filled), () => free.push(full));
      if (size === undefined && ++count % PARTS_OF_A_SIZE === 0) {
        partBytes *= 2;
        free.length = 0;
      }
      const recycled = free.pop();
      buffer = recycled?.length === partBytes ? recycled : new Uint8Array(partBytes);
      filled = 0;
    };
    const take = async (chunk: Uint8Array): Promise<void> => {
      length += chunk.length;
      for (let at = 0; at < chunk.length;) {
        const piece = chunk.subarray(at, at + partBytes - filled);
        buffer.set(piece, filled);
        filled += piece.length;
        at += piece.length;
        if (filled === partBytes) await send();
      }
    };
    await take(head);
    for (let step = await rest.next(); step.done !== true; step = await rest.next()) await take(step.value);
    if (filled > 0) await send();
  });
  return { written, length };
}

/** The iterator of a source, whichever it has. */
export function iteratorOf(source: ByteSource): AsyncIterator<Uint8Array> | Iterator<Uint8Array> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

/** Copies an object of any size, in pieces that the service copies by itself. */
export function copyInParts(
  store: Store,
  from: { readonly key: string; readonly size: number; readonly etag: string },
  key: string,
  described: Described,
  condition: Condition,
  signal: Signal,
): Promise<Written> {
  const upload = new Upload(store, key, described, signal);
  return upload.run(condition, () => addPieces(upload, from, 0, from.size));
}

/** Adds a range of an object, in pieces that are not too short. */
export async function addPieces(
  upload: Upload,
  { key, size, etag }: { readonly key: string; readonly size: number; readonly etag: string },
  start: number,
  end: number,
): Promise<void> {
  const { pieceBytes, leastPartBytes } = upload.sizes;
  if (start === 0 && end === size && size <= pieceBytes) return await upload.addCopy(key, etag);
  for (let at = start; at < end;) {
    let until = Math.min(end, at + pieceBytes);
    if (end - until < leastPartBytes) until = end;
    await upload.addCopy(key, etag, [at, until]);
    at = until;
  }
}
