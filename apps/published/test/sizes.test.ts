import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { weigh } from "../src/bundle.ts";
import { ROOT } from "../src/packages.ts";

const KB = 1000;

/**
 * What is weighed: code as a user writes it, what is not counted, and how much it may be, minified and with gzip.
 *
 * Wanted were 20 kB for core and 8 for memory. What every verb needs (door, router, mounts, files, directories, attributes)
 * is 20 kB; the rest are verbs and what makes up for what stores lack: search 5, emulation 5, watching 4.5, copies and moves
 * 3.5, handles and streams 3, batches, digests, trees and snapshots 2.5. None of it can be loaded when it is first used, as
 * `vfs.sync` has the same verbs and cannot wait for a module, and `watch` tells what happens from the call on. In memory
 * the snapshots that it keeps, which do not wait either, are 2.5 of 10.5.
 */
const BUDGETS = [
  {
    what: "`createVfs` of `@vfs/core`",
    code: 'export { createVfs } from "@vfs/core";',
    external: [],
    kB: 46,
  },
  { what: "all of `@vfs/core`", code: 'export * from "@vfs/core";', external: [], kB: 48 },
  {
    what: "`@vfs/memory`, beside core",
    code: 'export * from "@vfs/memory";',
    external: ["@vfs/core"],
    kB: 11,
  },
] as const;

describe("sizes", () => {
  for (const { what, code, external, kB } of BUDGETS)
    it(`${what} is ${kB} kB at the most`, async () => {
      const { bytes, imports } = await weigh(code, external);
      expect(bytes).toBeLessThanOrEqual(kB * KB);
      // A budget that is far off is none.
      expect(bytes).toBeGreaterThan(kB * KB * 0.9);
      expect(imports.filter((name) => !external.includes(name as never))).toEqual([]);
    });

  it("are told in the guide of browsers", () => {
    const guide = readFileSync(join(ROOT, "docs", "browser.md"), "utf8");
    for (const { what, kB } of BUDGETS)
      expect(guide.replaceAll(/ +/g, " ")).toContain(`| ${what} | ${kB} kB |`);
  });
});
