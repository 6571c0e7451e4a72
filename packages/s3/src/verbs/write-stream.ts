import { VfsError, type ByteSource, type Stat, type StreamWriteOptions, type VPath } from "@vfs/core";
import { etagOf, s3Etag, toDescribed } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isUnmet } from "../wire/failure.ts";
import type { Condition } from "../wire/wire.ts";
import { checkAbove, look, meetLink } from "./look.ts";
import { changedError } from "./read.ts";
import { iteratorOf, uploadSource } from "./upload.ts";
import { ofNewFile, wrote } from "./write.ts";
import { parentOf } from "@vfs/core";

type Signal = AbortSignal | undefined;

/** Writes a source: what fits into one request is gathered first, what does not goes in parts as it comes. */
export async function writeStream(
  store: Store,
  path: VPath,
  source: ByteSource,
  options: StreamWriteOptions,
  signal: Signal,
): Promise<Stat> {
  await checkTarget(store, path, options, signal);
  const { ifMatch, ifNoneMatch, size } = options;
  const condition: Condition = { ifMatch: ifMatch === undefined ? undefined : s3Etag(ifMatch), ifNoneMatch };
  const described = toDescribed(ofNewFile(store, path, options));
  const key = store.keys.of(path);
  const rest = iteratorOf(source);
  const { head, isAll } = await gather(rest, store.sizes.writeBytes, signal);
  try {
    if (isAll) {
      const written = await store.requests.put({ key, data: head, ...described, ...condition, signal });
      return wrote(store, path, head.length, described, written);
    }
    const content = { head, rest, size };
    const { written, length } = await uploadSource(store, key, content, described, condition, signal);
    return wrote(store, path, length, described, written);
  } catch (reason) {
    store.known.forget(path);
    if (!isUnmet(reason) || (ifMatch ?? ifNoneMatch) === undefined) throw reason;
    throw ifNoneMatch === undefined ? changedError() : new VfsError("EEXIST");
  }
}

/** What cannot be written is refused before the source is read. */
async function checkTarget(
  store: Store,
  path: VPath,
  options: StreamWriteOptions,
  signal: Signal,
): Promise<void> {
  const { ifMatch, ifNoneMatch } = options;
  const isParentKnown = store.known.isDirectory(parentOf(path));
  const [found] = await Promise.all([
    look(store, path, signal),
    isParentKnown ? undefined : checkAbove(store, path, signal),
  ]);
  if (found?.type === "directory") throw new VfsError(ifNoneMatch === undefined ? "EISDIR" : "EEXIST");
  if (found !== undefined && ifNoneMatch !== undefined) throw new VfsError("EEXIST");
  if (found?.type === "symlink") await meetLink(store, path, path, signal);
  if (ifMatch !== undefined && (found === undefined || etagOf(path, found.head) !== ifMatch))
    throw changedError();
}

/** Reads as much of a source as one request can carry. */
async function gather(
  source: ReturnType<typeof iteratorOf>,
  mostBytes: number,
  signal: Signal,
): Promise<{ head: Uint8Array; isAll: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length <= mostBytes) {
    signal?.throwIfAborted();
    const step = await source.next();
    if (step.done === true) return { head: joined(parts, length), isAll: true };
    // The source may fill the same buffer again for its next chunk.
    parts.push(step.value.slice());
    length += step.value.length;
  }
  return { head: joined(parts, length), isAll: false };
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
