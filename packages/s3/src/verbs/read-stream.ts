import { type ByteSource, type Bytes, type StreamReadOptions, type VPath } from "@vfs/core";
import type { Store } from "../store.ts";
import { toVfsError } from "../errors.ts";
import { isFailure } from "../wire/failure.ts";
import { changedError, readFirst } from "./read.ts";

const CHUNK_BYTES = 64 << 10;
/** The first request is small, so that the first chunk comes soon; each later one asks for twice as much. */
const FIRST_BYTES = 1 << 20;

/**
 * Reads a file from its beginning to its end: the more was read, the more is asked for ahead. All of one version.
 */
export async function readStream(
  store: Store,
  path: VPath,
  options: StreamReadOptions,
  signal: AbortSignal | undefined,
): Promise<ByteSource> {
  const { offset = 0, length = Infinity, chunkSize = CHUNK_BYTES, ifMatch } = options;
  const first = await readFirst(
    store,
    path,
    offset,
    Math.min(length, FIRST_BYTES, store.sizes.readBytes),
    ifMatch,
    signal,
  );
  if (first === undefined) return [];
  const end = Math.min(first.head.size, offset + length);
  const ahead = new Ahead(store, path, first.head.etag, offset + first.body.length, end, signal);
  return chunksOf(first.body, ahead, chunkSize);
}

/** The parts of a file that were asked for before they are wanted. */
class Ahead {
  readonly #fetch: (start: number, end: number) => Promise<Bytes>;
  readonly #concurrency: number;
  readonly #mostBytes: number;
  readonly #end: number;
  #at: number;
  #size: number;
  /** How many parts are asked for ahead, at the most. */
  #depth = 1;
  readonly #coming: Promise<Bytes>[] = [];

  constructor(
    store: Store,
    path: VPath,
    etag: string,
    start: number,
    end: number,
    signal: AbortSignal | undefined,
  ) {
    const key = store.keys.of(path);
    this.#fetch = async (from, to) => {
      const { body } = await store.requests.get({ key, range: [from, to], ifMatch: etag, signal });
      return body;
    };
    this.#at = start;
    this.#end = end;
    this.#concurrency = store.concurrency;
    this.#mostBytes = store.sizes.readBytes;
    this.#size = Math.min(FIRST_BYTES, this.#mostBytes);
  }

  /** The next part; undefined at the end. */
  async next(): Promise<Bytes | undefined> {
    this.#ask();
    const coming = this.#coming.shift();
    if (coming === undefined) return undefined;
    try {
      return await coming;
    } catch (reason) {
      // Somebody wrote the file while it was read.
      throw isFailure(reason, 412, 404) ? changedError() : toVfsError(reason);
    }
  }

  /** Asks for as much as the reader has shown to want: with each part that it takes, for more and for longer ones. */
  #ask(): void {
    while (this.#at < this.#end && this.#coming.length <= this.#depth) {
      const until = Math.min(this.#end, this.#at + this.#size);
      const part = this.#fetch(this.#at, until);
      // One that nobody waits for, because the reader has left, fails in silence.
      part.catch(inSilence);
      this.#coming.push(part);
      this.#at = until;
    }
    this.#size = Math.min(this.#mostBytes, this.#size * 2);
    this.#depth = Math.min(this.#concurrency - 1, this.#depth * 2);
  }
}

function inSilence(): void {}

async function* chunksOf(first: Bytes, ahead: Ahead, chunkSize: number): AsyncGenerator<Bytes> {
  let part: Bytes | undefined = first;
  let rest: Bytes = new Uint8Array();
  let next = ahead.next();
  next.catch(inSilence);
  while (part !== undefined) {
    let at = 0;
    if (rest.length > 0) {
      const missing = Math.min(chunkSize - rest.length, part.length);
      const joined: Bytes = new Uint8Array(rest.length + missing);
      joined.set(rest);
      joined.set(part.subarray(0, missing), rest.length);
      at = missing;
      rest = joined;
      if (rest.length === chunkSize) {
        yield rest;
        rest = new Uint8Array();
      }
    }
    for (; at + chunkSize <= part.length; at += chunkSize) yield part.slice(at, at + chunkSize);
    if (at < part.length) rest = part.slice(at);
    part = await next;
    next = ahead.next();
    next.catch(inSilence);
  }
  if (rest.length > 0) yield rest;
}
