import { conform, delayed, part } from "@vfs/conformance";
import { describe, it } from "vitest";
import { memory } from "../src/index.ts";
import { DELAYED_SKIPS, SKIPS } from "./skips.ts";

for (const [which, place] of (["layer", "mount", "root"] as const).entries())
  describe(`memory › conformance › ${place}`, () => {
    conform(place === "root" ? it : part(it, which), {
      make: memory,
      caps: memory().caps,
      place,
      skips: SKIPS,
    });
  });

for (const seed of [0, 1, 2])
  describe(`memory › conformance › behind random delays, seed ${seed}`, () => {
    const make = () => delayed(memory(), seed);
    conform(part(it, seed), { make, caps: make().caps, skips: DELAYED_SKIPS });
  });
