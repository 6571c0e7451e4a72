import type { Provider } from "@vfs/core";
import { afterEach, describe, expect, it } from "vitest";
import { local } from "../src/index.ts";
import { attack } from "./attack.ts";
import { Folders } from "./folders.ts";
import { naive } from "./naive.ts";

const folders = new Folders();
afterEach(() => folders.clean());

describe("local under attack", () => {
  it("never reads, writes, lists, removes or makes anything outside while names are swapped for links", async () => {
    const make = (root: string): Provider => local({ root });
    const { harm, swaps, successes, descriptors } = await attack(folders.make(), make, 50);
    expect(harm).toEqual([]);
    expect(descriptors).toBe(0);
    expect(swaps).toBeGreaterThan(1000);
    expect(successes).toBeGreaterThan(1000);
  }, 120_000);

  it("is attacked in a way that finds the secret where paths are joined", async () => {
    const { harm } = await attack(folders.make(), naive, 15);
    expect(harm.length).toBeGreaterThan(10);
  }, 120_000);
});
