import { readFileSync } from "node:fs";
import { casesFor, delayed, part, runCase } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { memory } from "../src/index.ts";
import { FAULTS } from "./faults.ts";
import { SEARCH_FAULTS } from "./search-faults.ts";
import { LACKING } from "./lacking.ts";

// Each is the whole kit.
const PATIENTLY = { timeout: 180_000 };

describe("the conformance kit", () => {
  it("finds as many faults as its README says", () => {
    const readme = readFileSync(new URL("../../conformance/README.md", import.meta.url), "utf8");
    expect(readme).toContain(`Each of ${FAULTS.length + SEARCH_FAULTS.length} faults`);
  });

  for (const { what, make, caughtBy } of [...FAULTS, ...SEARCH_FAULTS])
    it(`finds ${what} › ${caughtBy}`, async () => {
      expect(await failures(memory, caughtBy)).toEqual([]);
      expect(await failures(make, caughtBy)).toEqual([caughtBy]);
    });

  for (const [which, [what, make]] of Object.entries(LACKING).entries()) {
    it(`finds nothing wrong where core makes up for memory ${what}`, PATIENTLY, async () => {
      expect(await failures(make)).toEqual([]);
    });
    it(
      `finds nothing wrong where core makes up for memory ${what}, behind random delays`,
      PATIENTLY,
      async () => {
        expect(await failures(() => delayed(make(), 7), undefined, which % 3)).toEqual([]);
      },
    );
  }
});

/** The names of the cases that fail, of all, of one, or of a third. */
async function failures(make: () => Provider, only?: string, third?: number): Promise<string[]> {
  const { caps } = make();
  const failed: string[] = [];
  const chosen = new Set<string>();
  const choose = (name: string) => chosen.add(name);
  for (const { name } of casesFor(caps))
    void (third === undefined ? choose : part(choose, third))(name, async () => {});
  for (const one of casesFor(caps)) {
    if (!chosen.has(one.name) || (only !== undefined && one.name !== only)) continue;
    try {
      await runCase(one, { make, caps });
    } catch (error) {
      if (only === undefined) console.log(one.name, error);
      failed.push(one.name);
    }
  }
  return failed;
}
