import { describe, it } from "vitest";
import { conform, delayed, type Place } from "../src/index.ts";
import { DELAYED_SKIPS, SKIPS } from "./example-skips.ts";
import { mapStore } from "./example-provider.ts";

const { caps } = mapStore();

for (const place of ["root", "mount", "layer"] as Place[])
  describe(`a provider of six methods › conformance › ${place}`, () => {
    conform(it, { make: mapStore, caps, place, skips: SKIPS });
  });

for (const seed of [1, 2, 3])
  describe(`a provider of six methods › conformance › behind random delays, seed ${seed}`, () => {
    const make = () => delayed(mapStore(), seed);
    conform(it, { make, caps: make().caps, skips: DELAYED_SKIPS });
  });
