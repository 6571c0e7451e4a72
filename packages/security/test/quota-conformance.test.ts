import { conform, delayed, part, type ConformOptions } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, it } from "vitest";
import { quota } from "../src/index.ts";
import { DELAYED_SKIPS, SILENT_DELAYED_SKIPS, SILENT_SKIPS, SKIPS } from "./quota-skips.ts";
import { silent } from "./silent.ts";

const AMPLE = {
  maxFileBytes: 1 << 30,
  maxTotalBytes: 2 ** 40,
  maxFiles: 1_000_000,
  maxDepth: 2000,
  maxNameBytes: 255,
  maxPathBytes: 4096,
};

/** For each stack a quota of its own. */
function options(make: () => Provider, rest: Partial<ConformOptions>): ConformOptions {
  return { make, caps: make().caps, layers: () => [quota(AMPLE)], ...rest };
}

for (const place of ["root", "mount"] as const) {
  describe(`quota › conformance › ${place}`, () => {
    conform(place === "root" ? it : part(it, 0), options(memory, { place, skips: SKIPS }));
  });
  describe(`quota › conformance › ${place}, a store that does not tell how full it is`, () => {
    conform(
      place === "root" ? it : part(it, 1),
      options(() => silent(memory()), { place, skips: SILENT_SKIPS }),
    );
  });
}

for (const seed of [1, 2])
  describe(`quota › conformance › behind random delays, seed ${seed}`, () => {
    conform(
      part(it, seed),
      options(() => delayed(memory(), seed), { skips: DELAYED_SKIPS }),
    );
  });

describe("quota › conformance › behind random delays, a store that does not tell how full it is", () => {
  conform(
    part(it, 0),
    options(() => delayed(silent(memory()), 3), { skips: SILENT_DELAYED_SKIPS }),
  );
});
