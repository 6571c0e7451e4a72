import { VfsError, wait, type Bytes, type Context, type Flow, type ReadOptions } from "@vfs/core";
import { mustBeFile, READ, unfilled } from "../host/values.ts";
import { lookAtNoLink, openFile, opening, using } from "../confined/opened.ts";
import type { Spot } from "../confined/spot.ts";

/** Reads a file, or a part of it. */
export function* read(
  spot: Spot,
  { offset = 0, length = Infinity }: ReadOptions,
  { signal }: Context,
): Flow<Bytes> {
  const { host, directory } = spot;
  if (offset === 0 && directory.pinned) {
    const whole = yield* opening(spot, () => readWhole(spot, length, signal));
    // It may have grown since it was looked at.
    if (whole !== undefined) return whole.length > length ? whole.slice(0, length) : whole;
  }
  const { fd, stats } = yield* openFile(spot, READ);
  return yield* using(spot, fd, function* () {
    const most = Math.max(0, Math.min(length, stats.size - offset));
    if (most >= 2 ** 32)
      throw new VfsError("EFBIG", { hint: "too large for one array: read it by ranges, or with readStream" });
    const bytes = unfilled(most);
    const count = yield* wait(host.read(fd, bytes, offset));
    return count === most ? bytes : bytes.slice(0, count);
  });
}

/** @returns Undefined for a file of more than `most` bytes. */
function* readWhole(spot: Spot, most: number, signal: AbortSignal | undefined): Flow<Bytes | undefined> {
  // What is in a pipe is lost when it is opened.
  const { size } = mustBeFile(yield* lookAtNoLink(spot));
  return size > most ? undefined : yield* wait(spot.host.readFile(spot.at, size, signal));
}
