import { createVfs, type Layer, type VfsSync } from "@vfs/core";
import { memory } from "@vfs/memory";
import { quota } from "@vfs/security";
import { sideBySide } from "../measure.ts";
import { atMost, type Bench } from "../row.ts";

const KIB = new Uint8Array(1024).fill(65);
const PATHS = Array.from({ length: 100 }, (_, i) => `/some/folder/file${i}`);

const NOTHING: Layer = { name: "nothing", slot: "quota", handle: (call, next) => next(call) };

/** What a quota costs, beside a layer that does nothing. */
export const quotas: Bench = {
  name: "quota over memory: files of 1 KiB, 100 of them in a folder",
  run: async () => {
    const plain = store(NOTHING);
    const limited = store(
      quota({ maxFileBytes: 1 << 20, maxTotalBytes: 20 << 20, maxFiles: 100_000, maxDepth: 5 }),
    );
    let i = 0;
    const path = (): string => PATHS[i++ % PATHS.length] ?? "";
    const [write = 0, limitedWrite = 0, stat = 0, limitedStat = 0] = await sideBySide(
      () => plain.writeFile(path(), KIB),
      () => limited.writeFile(path(), KIB),
      () => plain.stat(path()),
      () => limited.stat(path()),
    );
    return [
      atMost("what it adds to a write of 1 KiB", limitedWrite - write, 150, "ns"),
      atMost("what it adds to a stat", limitedStat - stat, 30, "ns"),
    ];
  },
};

function store(layer: Layer): VfsSync {
  const vfs = createVfs(memory(), { layers: [layer] }).sync;
  vfs.mkdir("/some/folder", { recursive: true });
  for (const path of PATHS) vfs.writeFile(path, KIB);
  return vfs;
}
