import { delayed } from "@vfs/conformance";
import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overlay } from "../src/index.ts";
import { BEGINNING, picture, steps, take, type Handles, type Step } from "./overlay-steps.ts";

const RUNS = { numRuns: 400, seed: 20_260_114 };

async function grown(provider: Provider, more: readonly Step[]): Promise<Vfs> {
  const vfs = createVfs(provider, { keepOpen: true });
  const handles: Handles = new Map();
  for (const step of [...BEGINNING, ...more]) await take(vfs, step, handles);
  for (const handle of handles.values()) await handle.close();
  return vfs;
}

/** The same steps on an overlay over a tree and on a store that began with that tree. */
async function compare(
  before: readonly Step[],
  after: readonly (readonly Step[])[],
  between: "reopen" | "commit",
  late: (provider: Provider) => Provider,
): Promise<void> {
  const plain = await grown(memory(), before);
  const lower = memory();
  const below = await grown(lower, before);
  const untouched = await picture(below);
  const upper = late(memory());
  let over = overlay(late(lower), upper, { keepLower: true });
  for (const part of after) {
    const vfs = createVfs(over);
    const handles: Handles = new Map();
    const others: Handles = new Map();
    for (const step of part)
      expect([step, await take(vfs, step, handles)]).toEqual([step, await take(plain, step, others)]);
    for (const handle of [...handles.values(), ...others.values()]) await handle.close();
    expect(await picture(vfs)).toEqual(await picture(plain));
    const committed = between === "commit";
    if (committed) await over.commit();
    expect(await picture(below)).toEqual(committed ? await picture(plain) : untouched);
    expect(await picture(vfs)).toEqual(await picture(plain));
    expect(committed ? await isEmpty(over) : true).toBe(true);
    await vfs.close();
    over = overlay(late(lower), upper, { keepLower: true });
  }
  await over.commit();
  expect(await picture(below)).toEqual(await picture(plain));
  await over.close?.();
}

async function isEmpty(over: ReturnType<typeof overlay>): Promise<boolean> {
  for await (const _ of over.diff()) return false;
  return true;
}

describe("overlay › of random operations", () => {
  it("is what a store is that began with the lower, also when it is opened again, and after commit", async () => {
    const holds = fc.assert(
      fc.asyncProperty(steps(8), fc.array(steps(15), { minLength: 1, maxLength: 3 }), (before, after) =>
        compare(before, after, "reopen", (store) => store),
      ),
      RUNS,
    );
    await expect(holds).resolves.toBeUndefined();
  });

  it("is what a store is that began with the lower, however often it is committed", async () => {
    const holds = fc.assert(
      fc.asyncProperty(steps(8), fc.array(steps(12), { minLength: 2, maxLength: 3 }), (before, after) =>
        compare(before, after, "commit", (store) => store),
      ),
      RUNS,
    );
    await expect(holds).resolves.toBeUndefined();
  });

  it("is the same over stores that answer late", async () => {
    const holds = fc.assert(
      fc.asyncProperty(steps(5), fc.array(steps(10), { minLength: 1, maxLength: 2 }), (before, after) =>
        compare(before, after, "reopen", (store) => delayed(store, 5)),
      ),
      { ...RUNS, numRuns: 60 },
    );
    await expect(holds).resolves.toBeUndefined();
  });
});
