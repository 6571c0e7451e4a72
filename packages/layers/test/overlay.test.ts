import { conform, delayed, part } from "@vfs/conformance";
import { memory } from "@vfs/memory";
import { describe, it } from "vitest";
import { overlay } from "../src/index.ts";
import { OVERLAY_DELAYED_SKIPS, OVERLAY_SKIPS } from "./overlay-skips.ts";

const make = () => overlay(memory(), memory());

for (const [which, place] of (["layer", "mount", "root"] as const).entries())
  describe(`overlay › conformance › ${place}`, () => {
    conform(place === "root" ? it : part(it, which), {
      make,
      caps: make().caps,
      place,
      skips: OVERLAY_SKIPS,
    });
  });

for (const seed of [0, 1, 2])
  describe(`overlay › conformance › behind random delays, seed ${seed}`, () => {
    const late = () => delayed(make(), seed);
    conform(part(it, seed), { make: late, caps: late().caps, skips: OVERLAY_DELAYED_SKIPS });
  });

for (const seed of [3, 4, 5])
  describe(`overlay › conformance › over stores behind random delays, seed ${seed}`, () => {
    const late = () => overlay(delayed(memory(), seed), delayed(memory(), seed + 10));
    conform(part(it, seed - 3), { make: late, caps: late().caps, skips: OVERLAY_DELAYED_SKIPS });
  });
