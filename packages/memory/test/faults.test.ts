import { casesFor, delayed, runCase } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { memory } from "../src/index.ts";
import { FAULTS } from "./faults.ts";
import { SEARCH_FAULTS } from "./search-faults.ts";
import { LACKING } from "./lacking.ts";

// Each is the whole kit.
const PATIENTLY = { timeout: 180_000 };

describe("the conformance kit", () => {
  for (const { what, make, caughtBy } of [...FAULTS, ...SEARCH_FAULTS])
    it(`finds ${what} › ${caughtBy}`, async () => {
      expect(await failures(memory, caughtBy)).toEqual([]);
      expect(await failures(make, caughtBy)).toEqual([caughtBy]);
    });

  for (const [what, make] of Object.entries(LACKING)) {
    it(`finds nothing wrong where core makes up for memory ${what}`, PATIENTLY, async () => {
      expect(await failures(make)).toEqual([]);
    });
    it(
      `finds nothing wrong where core makes up for memory ${what}, behind random delays`,
      PATIENTLY,
      async () => {
        expect(await failures(() => delayed(make(), 7))).toEqual([]);
      },
    );
  }
});

/** The names of the cases that fail, of all or of one. */
async function failures(make: () => Provider, only?: string): Promise<string[]> {
  const { caps } = make();
  const failed: string[] = [];
  for (const one of casesFor(caps)) {
    if (only !== undefined && one.name !== only) continue;
    try {
      await runCase(one, { make, caps });
    } catch (error) {
      if (only === undefined) console.log(one.name, error);
      failed.push(one.name);
    }
  }
  return failed;
}
