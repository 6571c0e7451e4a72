import { ROOT, VfsError, type Bytes, type ReadOptions, type VPath } from "@vfs/core";
import { etagOf, s3Etag } from "../attributes.ts";
import { eachOf } from "../pool.ts";
import type { Store } from "../store.ts";
import { isFailure, isMissing } from "../wire/failure.ts";
import type { Got } from "../wire/wire.ts";
import { meetLink, noFile, sawObject } from "./look.ts";

type Signal = AbortSignal | undefined;

/** How often a file that is replaced while it is read is read anew. */
const ATTEMPTS = 5;

export function read(store: Store, path: VPath, options: ReadOptions, signal: Signal): Promise<Bytes> {
  const { offset = 0, length = Infinity, ifMatch } = options;
  // One that may be given up is read by itself, as is what fills a request.
  if (signal !== undefined || length === 0 || length >= store.sizes.readBytes)
    return readRange(store, path, options, signal);
  return store.nearReads.read(path, ifMatch ?? "", { offset, length }, (from, count) =>
    readRange(store, path, { offset: from, length: count, ifMatch }, undefined),
  );
}

async function readRange(store: Store, path: VPath, options: ReadOptions, signal: Signal): Promise<Bytes> {
  const { offset = 0, length = Infinity, ifMatch } = options;
  for (let attempt = 1; ; attempt++) {
    const first = await readFirst(
      store,
      path,
      offset,
      Math.min(length, store.sizes.readBytes),
      ifMatch,
      signal,
    );
    if (first === undefined) return new Uint8Array();
    const end = Math.min(first.head.size, offset + length);
    if (offset + first.body.length >= end) return first.body;
    try {
      return await readRest(store, path, offset, end, first, signal);
    } catch (reason) {
      if (!isFailure(reason, 412, 404) || ifMatch !== undefined || attempt === ATTEMPTS) throw reason;
    }
  }
}

/**
 * Reads the beginning of a range, without looking first.
 *
 * @returns Undefined when the file ends before the range begins.
 */
export async function readFirst(
  store: Store,
  path: VPath,
  offset: number,
  length: number,
  ifMatch: string | undefined,
  signal: Signal,
): Promise<Got | undefined> {
  if (path === ROOT) throw new VfsError("EISDIR");
  const key = store.keys.of(path);
  let got: Got;
  try {
    // A range of nothing cannot be asked for; one byte tells as much of the file.
    const range = [offset, offset + Math.max(1, length)] as const;
    got = await store.requests.get({ key, range, ifMatch: s3EtagOf(ifMatch), signal });
  } catch (reason) {
    if (isFailure(reason, 416)) return await nothingToRead(store, path, ifMatch, signal);
    if (isFailure(reason, 412)) return await changed(store, path, signal);
    if (isMissing(reason))
      return ifMatch === undefined ? await noFile(store, path, signal) : await stale(store, path, signal);
    throw reason;
  }
  if (sawObject(store, path, got.head) === "symlink") await meetLink(store, path, path, signal);
  if (ifMatch !== undefined && etagOf(path, got.head) !== ifMatch) throw changedError();
  return length === 0 ? undefined : got;
}

function s3EtagOf(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : s3Etag(etag);
}

/** The file ends before the range begins: if it is one, and the right one. */
async function nothingToRead(
  store: Store,
  path: VPath,
  ifMatch: string | undefined,
  signal: Signal,
): Promise<undefined> {
  const head = await store.requests.headOrNothing({ key: store.keys.of(path), signal });
  if (head === undefined) return await noFile(store, path, signal);
  if (sawObject(store, path, head) === "symlink") await meetLink(store, path, path, signal);
  if (ifMatch !== undefined && etagOf(path, head) !== ifMatch) throw changedError();
  return undefined;
}

/** What was expected is not there; if a link is, the caller meant what it leads to. */
async function changed(store: Store, path: VPath, signal: Signal): Promise<never> {
  const head = await store.requests.headOrNothing({ key: store.keys.of(path), signal });
  if (head !== undefined && sawObject(store, path, head) === "symlink")
    await meetLink(store, path, path, signal);
  throw changedError();
}

/** Nothing is there where a certain version was expected: gone, or behind a link. */
async function stale(store: Store, path: VPath, signal: Signal): Promise<never> {
  return await noFile(store, path, signal);
}

export function changedError(): VfsError {
  return new VfsError("ESTALE", { reason: "precondition" });
}

/** Reads what is left of a range in parts side by side, all of the version that the first part was of. */
async function readRest(
  store: Store,
  path: VPath,
  offset: number,
  end: number,
  first: Got,
  signal: Signal,
): Promise<Bytes> {
  const whole = new Uint8Array(end - offset);
  whole.set(first.body);
  const key = store.keys.of(path);
  const { etag: ifMatch } = first.head;
  await eachOf(
    ranges(offset + first.body.length, end, store.sizes.readBytes),
    store.concurrency,
    async ([start, until]) => {
      const { body } = await store.requests.get({ key, range: [start, until], ifMatch, signal });
      whole.set(body, start - offset);
    },
  );
  return whole;
}

function* ranges(start: number, end: number, bytes: number): Generator<[number, number]> {
  for (let at = start; at < end; at += bytes) yield [at, Math.min(end, at + bytes)];
}
