import { conform, delayed, type Place } from "@vfs/conformance";
import { describe, it } from "vitest";
import { memory } from "../src/index.ts";
import { DELAYED_SKIPS, SKIPS } from "./skips.ts";

for (const place of ["root", "mount", "layer"] as Place[])
  describe(`memory › conformance › ${place}`, () => {
    conform(it, { make: memory, caps: memory().caps, place, skips: SKIPS });
  });

for (const seed of [1, 2, 3])
  describe(`memory › conformance › behind random delays, seed ${seed}`, () => {
    const make = () => delayed(memory(), seed);
    conform(it, { make, caps: make().caps, skips: DELAYED_SKIPS });
  });
