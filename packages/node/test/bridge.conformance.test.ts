import { conform, delayed, part, type Place } from "@vfs/conformance";
import { capabilities, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { SyncBridge } from "../src/index.ts";
import { bridgeTo } from "./bridge-to.ts";
import { BRIDGE_SKIPS } from "./bridge-skips.ts";

// One thread for all cases: a store of its own for each. The first store stays, and with it the thread.
let bridge: SyncBridge;
beforeAll(async () => {
  bridge = await bridgeTo("delayed-memory");
});
afterAll(() => bridge.close());

// Nobody is told of changes through a bridge while they sleep: core looks again and again.
const caps = capabilities({
  ...delayed(memory()).caps,
  sync: true,
  scan: false,
  watch: "none",
  snapshots: false,
});

for (const [seed, place] of [
  [1, "root"],
  [2, "mount"],
  [3, "layer"],
] as [number, Place][])
  describe(`syncBridge › conformance › to memory behind random delays, ${place}`, () => {
    const make = (): Promise<Provider> => bridge.another(seed);
    conform(place === "root" ? it : part(it, seed - 2), { make, caps, place, skips: BRIDGE_SKIPS });
  });
