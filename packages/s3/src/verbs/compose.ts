import { type AppendOptions, type VPath } from "@vfs/core";
import { newId, toAttributes, toDescribed } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isFailure, isMissing, isUnmet } from "../wire/failure.ts";
import type { Condition, Head, Written } from "../wire/wire.ts";
import { meetLink, noFile, place, sawObject } from "./look.ts";
import { addPieces, Upload } from "./upload.ts";
import { ofNewFile, puttingBytes, wrote } from "./write.ts";

type Signal = AbortSignal | undefined;

/** A piece of what a file is to be: a range of what it is, or bytes. */
type Piece = readonly [start: number, end: number] | Uint8Array;

/** Somebody else must win every time for this to be reached. */
const ATTEMPTS = 100;

/** Adds to the end of a file, or makes it: against whoever else does so, each time with what they wrote. */
export async function append(
  store: Store,
  path: VPath,
  data: Uint8Array,
  options: AppendOptions,
  signal: Signal,
): Promise<void> {
  await place(store, path, signal);
  if (store.isDirectoryBucket) return await appendInPlace(store, path, data, options, signal);
  await rewrite(store, path, (size) => [[0, size], data], options, signal);
}

export async function truncate(store: Store, path: VPath, size: number, signal: Signal): Promise<void> {
  await place(store, path, signal);
  const cut = (before: number): Piece[] =>
    size <= before ? [[0, size]] : [[0, before], ...zeros(size - before, store.partBytes)];
  await rewrite(store, path, cut, undefined, signal);
}

function* zeros(length: number, most: number): Generator<Uint8Array> {
  const block = new Uint8Array(Math.min(length, most));
  for (let left = length; left > 0; left -= most) yield block.subarray(0, Math.min(left, most));
}

/**
 * Reads a file, or only what it is like, and writes it anew on condition that nobody has written it since; else it
 * begins again with what they wrote.
 *
 * @param create What a file that is not there is made with; without it that is `ENOENT`.
 */
async function rewrite(
  store: Store,
  path: VPath,
  change: (size: number) => Piece[],
  create: AppendOptions | undefined,
  signal: Signal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const old = await readOld(store, path, signal);
      if (old === undefined && create === undefined) return await noFile(store, path, signal);
      if (old === undefined) return await createFrom(store, path, change(0), create ?? {}, signal);
      return await replace(store, path, old, change(old.head.size), signal);
    } catch (reason) {
      store.known.forget(path);
      if (!isUnmet(reason) || attempt === ATTEMPTS) throw reason;
    }
    await store.requests.backOff(Math.min(attempt, 4), signal);
  }
}

/** A file with its beginning, which of a small one is all. */
interface Old {
  readonly head: Head;
  readonly body: Uint8Array;
}

async function readOld(store: Store, path: VPath, signal: Signal): Promise<Old | undefined> {
  const { requests, keys, sizes } = store;
  const key = keys.of(path);
  let old: Old | undefined;
  try {
    old = await requests.get({ key, range: [0, sizes.readBytes], signal });
  } catch (reason) {
    if (isMissing(reason)) return undefined;
    if (!isFailure(reason, 416)) throw reason;
    const head = await requests.headOrNothing({ key, signal });
    if (head === undefined) return undefined;
    old = { head, body: new Uint8Array() };
  }
  if (sawObject(store, path, old.head) === "symlink") await meetLink(store, path, path, signal);
  return old;
}

async function createFrom(
  store: Store,
  path: VPath,
  pieces: Piece[],
  options: AppendOptions,
  signal: Signal,
): Promise<void> {
  const data = bytesOf(pieces, new Uint8Array());
  const described = toDescribed(ofNewFile(store, path, options));
  const written = await puttingBytes(store, path, data, described, signal)({ ifNoneMatch: "*" });
  wrote(store, path, data.length, described, written);
}

async function replace(
  store: Store,
  path: VPath,
  { head, body }: Old,
  pieces: Piece[],
  signal: Signal,
): Promise<void> {
  const described = toDescribed({
    ...toAttributes(path, head),
    mtimeMs: Date.now(),
    id: newId(path, store.isDirectoryBucket),
  });
  const condition: Condition = { ifMatch: head.etag };
  const size = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  const isHere = pieces.every((piece) => piece instanceof Uint8Array || piece[1] <= body.length);
  let written: Written;
  if (isHere) {
    const data = bytesOf(pieces, body);
    written = await puttingBytes(store, path, data, described, signal)(condition);
  } else {
    const upload = new Upload(store, store.keys.of(path), described, signal);
    written = await upload.run(condition, () => fill(store, upload, path, head, pieces, signal));
  }
  wrote(store, path, size, described, written);
}

function lengthOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece[1] - piece[0];
}

function bytesOf(pieces: readonly Piece[], old: Uint8Array): Uint8Array {
  const parts = pieces.map((piece) => (piece instanceof Uint8Array ? piece : old.subarray(...piece)));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Fills an upload: the service copies what stays, and only what is new, or too short to be a part of its own, is sent.
 */
async function fill(
  store: Store,
  upload: Upload,
  path: VPath,
  { etag, size }: Head,
  pieces: readonly Piece[],
  signal: Signal,
): Promise<void> {
  const { requests, partBytes } = store;
  const { leastPartBytes } = store.sizes;
  const key = store.keys.of(path);
  let waiting: Uint8Array[] = [];
  let length = 0;
  const send = async (): Promise<void> => {
    if (length === 0) return;
    const data = bytesOf(waiting, new Uint8Array());
    [waiting, length] = [[], 0];
    for (let at = 0; at < data.length; at += partBytes) {
      const isTail = data.length - at - partBytes < leastPartBytes;
      await upload.add(data.subarray(at, isTail ? undefined : at + partBytes));
      if (isTail) break;
    }
  };
  const wait = (data: Uint8Array): void => {
    waiting.push(data);
    length += data.length;
  };
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      wait(piece);
      if (length >= partBytes + leastPartBytes) await send();
      continue;
    }
    let [start, end] = piece;
    // What waits needs so much more to be a part, and what is copied must be one itself.
    const needed = length === 0 ? 0 : Math.max(0, leastPartBytes - length);
    const fetched = end - start - needed < leastPartBytes ? end : start + needed;
    if (fetched > start) {
      const { body } = await requests.get({ key, range: [start, fetched], ifMatch: etag, signal });
      wait(body);
      start = fetched;
    }
    if (start === end) continue;
    await send();
    await addPieces(upload, { key, size, etag }, start, end);
  }
  await send();
}

/** Directory buckets add to an object by themselves, where it ends. */
async function appendInPlace(
  store: Store,
  path: VPath,
  data: Uint8Array,
  options: AppendOptions,
  signal: Signal,
): Promise<void> {
  const { requests, keys } = store;
  const key = keys.of(path);
  for (let attempt = 1; ; attempt++) {
    const head = await requests.headOrNothing({ key, signal });
    if (head !== undefined && sawObject(store, path, head) === "symlink")
      await meetLink(store, path, path, signal);
    try {
      if (head === undefined) return await createFrom(store, path, [data], options, signal);
      if (data.length === 0) return;
      const described = { contentType: undefined, meta: {} };
      const { etag } = await requests.put({ key, data, ...described, offset: head.size, signal });
      store.known.sawFile(path, etag);
      return;
    } catch (reason) {
      store.known.forget(path);
      if (isFailure(reason, "InvalidWriteOffset") && reason.ambiguous && head !== undefined)
        if (await hasAppended(store, key, head.size, data, signal)) return;
      if ((!isUnmet(reason) && !isFailure(reason, "InvalidWriteOffset")) || attempt === ATTEMPTS)
        throw reason;
    }
    await requests.backOff(Math.min(attempt, 4), signal);
  }
}

/** Whether what was to be added stands there: then it was, and only the answer was lost. */
async function hasAppended(
  { requests }: Store,
  key: string,
  at: number,
  data: Uint8Array,
  signal: Signal,
): Promise<boolean> {
  try {
    const { body } = await requests.get({ key, range: [at, at + data.length], signal });
    return body.length === data.length && body.every((byte, i) => byte === data[i]);
  } catch (reason) {
    if (isFailure(reason, 416, 404)) return false;
    throw reason;
  }
}
