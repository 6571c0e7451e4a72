import { createVfs, type Layer, type Vfs } from "@vfs/core";
import { cache, trace } from "@vfs/layers";
import { memory } from "@vfs/memory";
import { sideBySide } from "../measure.ts";
import { told, type Bench, type Row } from "../row.ts";

const KIB = new Uint8Array(1024).fill(65);
const PATH = "/m/some/folder/file";

/** What a layer adds to a call on memory, in a mount: a store where it saves nothing. */
export const layers: Bench = {
  name: "layers: what they add to a call on memory",
  run: async () => {
    let events = 0;
    const nothing = await mounted({ name: "nothing", slot: "trace", handle: (call, next) => next(call) });
    const faces: [string, Vfs][] = [
      ["a layer that does nothing", nothing],
      ["trace", await mounted(trace({ onEvent: () => void events++ }))],
      ["cache", await mounted(cache({ ttlMs: Infinity }))],
    ];
    const bare = await mounted();
    const calls: [string, (vfs: Vfs) => unknown][] = [
      ["stat", (vfs) => vfs.sync.stat(PATH)],
      ["read of 1 KiB", (vfs) => vfs.sync.readFile(PATH)],
      ["write of 1 KiB", (vfs) => vfs.sync.writeFile(PATH, KIB)],
    ];
    const rows: Row[] = [];
    for (const [what, call] of calls) {
      const all = [bare, ...faces.map(([, vfs]) => vfs)];
      const [without = Number.NaN, ...times] = await sideBySide(...all.map((vfs) => () => call(vfs)));
      for (const [i, [name]] of faces.entries())
        rows.push(
          told(
            `${name}: ${what}, ${Math.round(without)} ns without`,
            (times[i] ?? Number.NaN) - without,
            "ns",
          ),
        );
    }
    return rows;
  },
};

async function mounted(...mine: Layer[]): Promise<Vfs> {
  const vfs = createVfs(memory());
  await vfs.mount("/m", memory(), { layers: mine });
  await vfs.mkdir("/m/some/folder", { recursive: true });
  await vfs.writeFile(PATH, KIB);
  return vfs;
}
