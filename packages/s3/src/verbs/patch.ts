import type { PatchOptions, Stat, VPath } from "@vfs/core";
import { etagOf, newId, s3Etag, toAttributes, toDescribed } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isUnmet } from "../wire/failure.ts";
import type { Head, Written } from "../wire/wire.ts";
import { meetLink, sawObject } from "./look.ts";
import { changedError } from "./read.ts";
import { addPieces, Upload } from "./upload.ts";
import { puttingBytes, wrote } from "./write.ts";

type Signal = AbortSignal | undefined;

/** A stretch of the new file that is sent. What lies between two of them the service copies. */
interface Stretch {
  readonly start: number;
  end: number;
}

/** More stretches than this, with what lies between them, would come near the 10,000 parts that an upload may have. */
const MOST_STRETCHES = 2000;

/** Writes pieces into a file: the service copies what stays, and only what is new, and what fills a part up, is sent. */
export async function patch(store: Store, path: VPath, options: PatchOptions, signal: Signal): Promise<Stat> {
  const head = await store.requests.headOrNothing({ key: store.keys.of(path), signal });
  if (head === undefined) throw changedError();
  if (sawObject(store, path, head) === "symlink") await meetLink(store, path, path, signal);
  if (etagOf(path, head) !== options.ifMatch) throw changedError();
  const id = newId(path, store.isDirectoryBucket);
  const described = toDescribed({ ...toAttributes(path, head), mtimeMs: Date.now(), id });
  const condition = { ifMatch: s3Etag(options.ifMatch) };
  let written: Written;
  try {
    if (options.size <= store.sizes.readBytes) {
      const data = await contentOf(store, path, head, options, { start: 0, end: options.size }, signal);
      written = await puttingBytes(store, path, data, described, signal)(condition);
    } else {
      const upload = new Upload(store, store.keys.of(path), described, signal);
      written = await upload.run(condition, () => fill(store, upload, path, head, options, signal));
    }
  } catch (reason) {
    store.known.forget(path);
    throw isUnmet(reason) ? changedError() : reason;
  }
  return wrote(store, path, options.size, described, written);
}

async function fill(
  store: Store,
  upload: Upload,
  path: VPath,
  head: Head,
  options: PatchOptions,
  signal: Signal,
): Promise<void> {
  const source = { key: store.keys.of(path), size: head.size, etag: head.etag };
  const { leastPartBytes } = store.sizes;
  const least = Math.max(leastPartBytes, Math.ceil(options.size / MOST_STRETCHES / 2));
  let done = 0;
  for (const { start, end } of stretchesOf(options, least)) {
    if (start > done) await addPieces(upload, source, done, start);
    for (const part of partsOf({ start, end }, Math.max(store.partBytes, least), leastPartBytes))
      await upload.addMade(() => contentOf(store, path, head, options, part, signal));
    done = end;
  }
  if (options.size > done) await addPieces(upload, source, done, options.size);
}

/** What has to be sent, in stretches that are long enough to be parts, as what is left between them is. */
function stretchesOf({ pieces, kept, size }: PatchOptions, least: number): Stretch[] {
  const changed = pieces.map(({ offset, data }) => ({ start: offset, end: offset + data.length }));
  if (kept < size) changed.push({ start: kept, end: size });
  const stretches: Stretch[] = [];
  for (const { start, end } of changed.sort((a, b) => a.start - b.start)) {
    const before = stretches.at(-1);
    const gap = start - (before?.end ?? 0);
    if (before !== undefined && gap < least) before.end = Math.max(before.end, end);
    else stretches.push({ start: gap < least ? 0 : start, end });
    const last = stretches.at(-1);
    if (last !== undefined) last.end = Math.max(last.end, Math.min(size, last.start + least));
  }
  return stretches;
}

/** Cuts a stretch into parts of one length; what would be left over and too short goes along with the last one. */
function* partsOf({ start, end }: Stretch, partBytes: number, leastPartBytes: number): Generator<Stretch> {
  for (let at = start; at < end;) {
    const until = end - at - partBytes < leastPartBytes ? end : at + partBytes;
    yield { start: at, end: until };
    at = until;
  }
}

/** A stretch of the new file: what stays of the old one is fetched, unless one piece covers it all. */
async function contentOf(
  store: Store,
  path: VPath,
  { etag }: Head,
  { pieces, kept }: PatchOptions,
  { start, end }: Stretch,
  signal: Signal,
): Promise<Uint8Array> {
  const data = new Uint8Array(end - start);
  const until = Math.min(end, kept);
  const within = pieces.filter(({ offset, data: { length } }) => offset < end && offset + length > start);
  const isCovered = within.some(
    (piece) => piece.offset <= start && piece.offset + piece.data.length >= until,
  );
  if (start < until && !isCovered) {
    const range = [start, until] as const;
    const { body } = await store.requests.get({ key: store.keys.of(path), range, ifMatch: etag, signal });
    data.set(body);
  }
  for (const piece of within) {
    const from = Math.max(0, start - piece.offset);
    data.set(piece.data.subarray(from, end - piece.offset), piece.offset + from - start);
  }
  return data;
}
