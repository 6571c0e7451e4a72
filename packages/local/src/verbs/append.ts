import { isVfsError, VfsError, wait, type AppendOptions, type Flow } from "@vfs/core";
import { lookAtNoLink, makeFile, openFile, opening, using } from "../confined/opened.ts";
import type { Spot } from "../confined/spot.ts";
import { syncDirectory, syncNode } from "../confined/sync.ts";
import { APPEND, mustBeFile, WRITE } from "../host/values.ts";
import { isDurable, USUAL_MODE } from "./write.ts";

// How often somebody else may make the file, or take it away, between two looks at it.
const ATTEMPTS = 16;

/** Adds to the end of a file, or makes one. */
export function* append(spot: Spot, data: Uint8Array, options: AppendOptions): Flow<void> {
  for (let left = ATTEMPTS; left > 0; left--) {
    const found = yield* lookAtNoLink(spot);
    try {
      if (found === undefined) return yield* appendToNew(spot, data, options);
      mustBeFile(found);
      return yield* appendToOld(spot, data, options);
    } catch (reason) {
      if (!isVfsError(reason, found === undefined ? "EEXIST" : "ENOENT")) throw reason;
    }
  }
  throw new VfsError("EBUSY", { retryable: true, hint: "the file is made and removed again and again" });
}

function* appendToOld(spot: Spot, data: Uint8Array, { durable }: AppendOptions): Flow<void> {
  const { host, at, directory } = spot;
  if (directory.pinned) yield* opening(spot, () => wait(host.appendFile(at, data)));
  else yield* appendTo(spot, (yield* openFile(spot, WRITE | APPEND)).fd, data);
  if (isDurable(spot, durable)) yield* syncNode(host, at);
}

function* appendToNew(spot: Spot, data: Uint8Array, options: AppendOptions): Flow<void> {
  const { mode = USUAL_MODE, durable } = options;
  yield* appendTo(spot, (yield* makeFile(spot, WRITE | APPEND, mode)).fd, data);
  if (!isDurable(spot, durable)) return;
  yield* syncNode(spot.host, spot.at);
  yield* syncDirectory(spot.host, spot.directory);
}

function* appendTo(spot: Spot, fd: number, data: Uint8Array): Flow<void> {
  yield* using(spot, fd, () => wait(spot.host.write(fd, data, null)));
}
