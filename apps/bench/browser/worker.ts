import { OURS } from "./ours.ts";
import { rawInWorker } from "./raw.ts";
import { fillStore, measureAll } from "./steps.ts";
import type { Open } from "./store.ts";

const STORES: Readonly<Record<string, Open>> = { ...OURS, "raw in a worker": rawInWorker };

addEventListener("message", ({ data: [what, name, part] }: MessageEvent<[string, string, number]>) => {
  void (async () => {
    const startMs = performance.now();
    const open = STORES[name];
    if (open === undefined) throw new Error(`there is no store ${name}`);
    const store = await open();
    if (what === "measure") return measureAll(store, undefined);
    if (what === "fill") return fillStore(store, store.fill, part);
    await store.read("/flat/f4321");
    const took = performance.now() - startMs;
    await store.close();
    return took;
  })().then(
    (value) => postMessage({ value }),
    (error: Error) => postMessage({ error: error.stack ?? error.message }),
  );
});
