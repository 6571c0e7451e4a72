import { CASES, runCase } from "@vfs/conformance";
import { createVfs, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { overlay } from "../src/index.ts";

describe("overlay › of a lower with the remains of a case, all of them removed", () => {
  for (const one of CASES) {
    const { caps } = overlay(memory(), memory());
    if (one.needs?.(caps) === false) continue;
    it(`once more: ${one.name}`, async () => {
      const remains = memory();
      const base = overlay(remains, memory());
      let first: Provider | undefined = base;
      const another = (): Provider => {
        const made = first ?? overlay(memory(), memory());
        first = undefined;
        return made;
      };
      await runCase(one, { make: another, caps });
      await base.commit();
      let over: Provider | undefined = await emptied(remains);
      const make = (): Provider => {
        const made = over ?? overlay(memory(), memory());
        over = undefined;
        return made;
      };
      await expect(runCase(one, { make, caps })).resolves.toBeUndefined();
    });
  }
});

/** An overlay in which everything that the lower has is removed. */
async function emptied(lower: Provider): Promise<Provider> {
  const over = overlay(lower, memory());
  const vfs = createVfs(over, { keepOpen: true });
  for (const name of await vfs.readdir("/")) await vfs.rm(`/${name}`, { recursive: true });
  expect(await vfs.readdir("/")).toEqual([]);
  return over;
}
