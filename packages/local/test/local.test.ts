import { readdirSync, realpathSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { conform, part, type Place } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { CAPS } from "../src/caps.ts";
import { CheckedPaths } from "../src/confined/checked-paths.ts";
import { local } from "../src/index.ts";
import { LocalProvider } from "../src/local.ts";
import { Folders } from "./folders.ts";
import { SKIPS } from "./skips.ts";

const WAYS: readonly (readonly [way: string, open: (root: string) => Provider, place: Place])[] = [
  ["root", (root) => local({ root }), "root"],
  ["mount", (root) => local({ root }), "mount"],
  ["layer", (root) => local({ root }), "layer"],
  ["durable", (root) => local({ root, durable: true }), "root"],
  // What hosts without descriptors of places get.
  ["by paths", (root) => new LocalProvider(new CheckedPaths(realpathSync(root)), false), "root"],
];

// The first watch of a process opens a descriptor that all watches share, and that Node never gives back.
watch(tmpdir()).close();

for (const [which, [way, open, place]] of WAYS.entries())
  describe(`local › conformance › ${way}`, () => {
    const folders = new Folders();
    const make = (): Provider => open(folders.make());
    const descriptors = countDescriptors();
    conform(which === 0 ? it : part(it, which % 3), {
      make,
      caps: CAPS,
      place,
      skips: SKIPS,
      cleanup: () => folders.clean(),
    });
    it("descriptors › are all given back after the whole kit", () => {
      expect(countDescriptors()).toBe(descriptors);
    });
  });

function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
