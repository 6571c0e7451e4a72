import { createVfs, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { overlay } from "../src/index.ts";
import { BEGINNING, picture, steps, take, type Handles, type Step } from "./overlay-steps.ts";
import { failing, isPowerCut, type Power } from "./overlay-stores.ts";

/** Grows a lower, changes it through an overlay, and lets the power go while that is committed, until it is done. */
async function commitInPieces(
  before: readonly Step[],
  after: readonly Step[],
  meanwhile: readonly Step[],
  each: number,
): Promise<number> {
  const lower = memory();
  const upper = memory();
  const plain = createVfs(memory());
  const below = createVfs(lower, { keepOpen: true });
  const none: Handles = new Map();
  for (const step of [...BEGINNING, ...before])
    await Promise.all([take(plain, step, none), take(below, step, none)]);
  const first = overlay(lower, upper, { keepLower: true });
  const over = createVfs(first);
  for (const step of after) {
    await take(plain, step, none);
    await take(over, step, none);
  }
  await over.close();
  const left = [...meanwhile];
  let cuts = 0;
  // A little more each time, so that it ends.
  while (!(await commits(lower, upper, { left: each + cuts }))) {
    cuts++;
    // The next one finds everything as it looked, and can be worked with.
    const next = overlay(lower, upper, { keepLower: true });
    const vfs = createVfs(next);
    expect(await picture(vfs)).toEqual(await picture(plain));
    for (const one of left.splice(-1))
      expect([one, await take(vfs, one, none)]).toEqual([one, await take(plain, one, none)]);
    expect(await picture(vfs)).toEqual(await picture(plain));
    await vfs.close();
  }
  expect(await picture(below)).toEqual(await picture(plain));
  return cuts;
}

/** Whether a commit came to its end before the power was gone. */
async function commits(lower: Provider, upper: Provider, power: Power): Promise<boolean> {
  const over = overlay(failing(lower, power), failing(upper, power), { keepLower: true });
  try {
    await over.commit();
  } catch (reason) {
    if (!isPowerCut(reason)) throw reason;
    return false;
  }
  await over.close?.();
  return true;
}

const withoutHandles = (all: readonly Step[]): Step[] =>
  all.filter(({ op }) => !/open|handle|close/i.test(op));

describe("overlay › of a power cut", () => {
  it("commit › can be called again, wherever it ended, and nothing looks different meanwhile", async () => {
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(
        steps(6),
        steps(12),
        steps(5),
        fc.nat({ max: 6 }),
        async (before, after, more, each) => {
          cuts += await commitInPieces(
            withoutHandles(before),
            withoutHandles(after),
            withoutHandles(more),
            each,
          );
        },
      ),
      { numRuns: 400, seed: 20_260_114 },
    );
    expect(cuts).toBeGreaterThan(300);
  });

  it("a change › is there or it is not, and the store goes on", async () => {
    await fc.assert(
      fc.asyncProperty(steps(6), steps(12), fc.nat({ max: 40 }), async (before, after, left) => {
        const lower = memory();
        const upper = memory();
        const none: Handles = new Map();
        const below = createVfs(lower, { keepOpen: true });
        for (const step of [...BEGINNING, ...withoutHandles(before)]) await take(below, step, none);
        const base = await picture(below);
        const power: Power = { left };
        const vfs = createVfs(overlay(lower, failing(upper, power), { keepLower: true }), { keepOpen: true });
        const seen: unknown[] = [base];
        let last: Step | undefined;
        try {
          for (const step of withoutHandles(after).filter(
            ({ op }) => !/rm|mv|cp|mkdirs|writeStream/.test(op),
          )) {
            last = step;
            await take(vfs, step, none);
            seen.push(await picture(vfs));
          }
        } catch (reason) {
          if (!isPowerCut(reason)) throw reason;
        }
        const again = createVfs(overlay(lower, upper, { keepLower: true }));
        const found = await picture(again);
        // Of the last one, whose end nobody heard of, either.
        if (last !== undefined) {
          await take(again, last, none);
          seen.push(await picture(again));
        }
        const same = (one: unknown): boolean => JSON.stringify(one) === JSON.stringify(found);
        expect(seen.slice(-2).some(same)).toBe(true);
        expect(await picture(below)).toEqual(base);
      }),
      { numRuns: 400, seed: 20_260_114 },
    );
  });
});
