import { describe, it } from "vitest";
import { conform, delayed, part } from "../src/index.ts";
import { DELAYED_SKIPS, SKIPS } from "./example-skips.ts";
import { mapStore } from "./example-provider.ts";

const { caps } = mapStore();

for (const [which, place] of (["layer", "mount", "root"] as const).entries())
  describe(`a provider of six methods › conformance › ${place}`, () => {
    conform(place === "root" ? it : part(it, which), { make: mapStore, caps, place, skips: SKIPS });
  });

for (const seed of [0, 1, 2])
  describe(`a provider of six methods › conformance › behind random delays, seed ${seed}`, () => {
    const make = () => delayed(mapStore(), seed);
    conform(part(it, seed), { make, caps: make().caps, skips: DELAYED_SKIPS });
  });
