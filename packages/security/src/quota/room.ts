import { chain, type Awaitable, type Call, type StatFs, type Usage } from "@vfs/core";
import type { Books } from "./books.ts";

/** How full a store is, and how full it may become. */
export function usageWithin({ next, limits, places }: Books, call: Call<"usage">): Awaitable<Usage> {
  return chain(next(call), (usage) => {
    places.heard(call.path, usage);
    const { maxTotalBytes, maxFiles } = limits;
    const all = places.known;
    if (all === undefined) return usage;
    const { bytes, files, limitBytes = Infinity, limitFiles = Infinity } = usage;
    const mostBytes = Math.min(limitBytes, bytes + Math.max(0, maxTotalBytes - all.bytes));
    const mostFiles = Math.min(limitFiles, files + Math.max(0, maxFiles - all.files));
    return {
      ...usage,
      ...(mostBytes < Infinity ? { limitBytes: mostBytes } : {}),
      ...(mostFiles < Infinity ? { limitFiles: mostFiles } : {}),
    };
  });
}

/** How much room there is, where the quota leaves less than the store has. */
export function statfsWithin({ next, limits, places }: Books, call: Call<"statfs">): Awaitable<StatFs> {
  return chain(next(call), (room) => {
    const { maxTotalBytes, maxFiles } = limits;
    const all = places.known;
    if (all === undefined) return room;
    const blocks = Math.floor(Math.max(0, maxTotalBytes - all.bytes) / room.bsize);
    const files = Math.max(0, maxFiles - all.files);
    return {
      ...room,
      bfree: Math.min(room.bfree, blocks),
      bavail: Math.min(room.bavail, blocks),
      ffree: Math.min(room.ffree, files),
    };
  });
}
