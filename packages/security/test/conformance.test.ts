import { conform, delayed, part } from "@vfs/conformance";
import { memory } from "@vfs/memory";
import { describe, it } from "vitest";
import { audit, secure } from "../src/index.ts";
import { DELAYED_SKIPS, SKIPS } from "./skips.ts";

/** For each stack its own: a quota stands in one. */
const layers = () => [secure("testing")];

for (const [which, place] of (["layer", "mount", "root"] as const).entries())
  describe(`secure › conformance › ${place}`, () => {
    conform(place === "root" ? it : part(it, which), {
      make: memory,
      caps: memory().caps,
      place,
      skips: SKIPS,
      layers,
    });
  });

for (const seed of [1, 2])
  describe(`secure › conformance › behind random delays, seed ${seed}`, () => {
    const make = () => delayed(memory(), seed);
    conform(part(it, seed), { make, caps: make().caps, skips: DELAYED_SKIPS, layers });
  });

describe("audit › conformance", () => {
  const log = () => audit({ provider: memory(), path: "/log" }, { key: "sixteen bytes or more" });
  conform(part(it, 0), {
    make: memory,
    caps: memory().caps,
    skips: SKIPS,
    layers: () => [log(), ...layers()],
  });
});
