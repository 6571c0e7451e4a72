import { wait, type Flow } from "@vfs/core";
import { openFile, using } from "../confined/opened.ts";
import type { Spot } from "../confined/spot.ts";
import { WRITE } from "../host/values.ts";

/** Cuts a file, or fills it up with zeros. */
export function* truncate(spot: Spot, size: number): Flow<void> {
  const { host, store } = spot;
  const { fd } = yield* openFile(spot, WRITE);
  yield* using(spot, fd, function* () {
    yield* wait(host.ftruncate(fd, size));
    if (store.durable) yield* wait(host.fsync(fd));
  });
}
