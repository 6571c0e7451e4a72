import { afterAll, describe, expect, it } from "vitest";
// @boundaries-ignore the planted faults are test material of the store that they are planted in
import { FAULTS as ALL } from "../../../packages/memory/test/faults.ts";
// @boundaries-ignore the same
import { PERMISSION_FAULTS } from "../../../packages/memory/test/permission-faults.ts";
// @boundaries-ignore the same
import { WATCH_FAULTS } from "../../../packages/memory/test/watch-faults.ts";
import { Kernel } from "./kernel.ts";
import { search } from "./search.ts";
import { storeOf } from "./stores.ts";

/** Those of permissions are for `identity.test.ts`; of a watch the kernel tells in other words. */
const ELSEWHERE = new Set([...PERMISSION_FAULTS, ...WATCH_FAULTS]);
const FAULTS = ALL.filter((fault) => !ELSEWHERE.has(fault));

/** What one client alone, asking only what the kernel knows too, cannot see; `@vfs/conformance` does. */
const UNSEEN: ReadonlySet<string> = new Set([
  // Seen by others who are there at the same time.
  "an append that reads, waits and writes",
  "a write that is seen before it is whole",
  // About directories of more than 1,000 entries, or that change under a listing.
  "a list that ends after 1,000 entries",
  "a list that goes on by a position",
  // About what the kernel has not: streams that fail or are of one version, etags, conditions, what caps say.
  "a stream that is written in place",
  "an etag made of the size",
  "caps that promise never to wait",
  "caps that promise etags",
  "caps that promise to honour ifMatch",
  "caps that promise to know how full it is",
  "caps that promise streams of one version",
]);

const MOST_OPERATIONS = 120_000;
/** The longest sequence that any of them shrinks to. */
const MOST_STEPS = 5;

describe("planted faults", () => {
  const kernel = new Kernel();
  afterAll(() => kernel.remove());

  it("all › are seen, or it is said why not", () => {
    const names = FAULTS.map(({ what }) => what);
    expect([...UNSEEN].filter((what) => !names.includes(what))).toEqual([]);
    expect(names.length - UNSEEN.size).toBeGreaterThanOrEqual(15);
  });

  for (const { what, make } of FAULTS.filter((fault) => !UNSEEN.has(fault.what)))
    it(`${what} › is found, and shrinks to a few steps`, { timeout: 120_000 }, async () => {
      const { found } = await search(kernel, () => storeOf(make(), "promises"), {
        operations: MOST_OPERATIONS,
        // The same one each time: here the oracle is tried, not the store.
        seed: 5,
      });
      expect(found).toBeDefined();
      expect(found?.steps.length).toBeLessThanOrEqual(MOST_STEPS);
    });
});
