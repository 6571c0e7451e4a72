import fc from "fast-check";
import { delayed } from "@vfs/conformance";
import { memory } from "@vfs/memory";
import { afterAll, describe, expect, it } from "vitest";
import { unexplained, type Client } from "./concurrent.ts";
import { Kernel } from "./kernel.ts";
import { singleSteps, type Operation } from "./operations.ts";
import { STORES, storeOf, type Store } from "./stores.ts";

const SEED = Number(process.env["VFS_ORACLE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env["VFS_ORACLE_RACES"] ?? 150);

function two(steps: fc.Arbitrary<Operation>): fc.Arbitrary<Client[]> {
  const client = fc.array(steps, { minLength: 1, maxLength: 4, size: "max" });
  return fc.tuple(client, client);
}

const anything = two(singleSteps);
/** On the host an append makes the file, then writes: `node:fs` lets others see it between the two, and so does local. */
const noAppends = two(
  singleSteps.filter(
    (step) => step.op !== "appendFile" && !(step.op === "writeFile" && step.options.flag === "a"),
  ),
);

const MAKERS: readonly (readonly [string, fc.Arbitrary<Client[]>, () => Store])[] = [
  ["memory behind delays", anything, () => storeOf(delayed(memory(), SEED), "promises")],
  ["sqlite", anything, () => STORES.sqlite("promises")],
  ["local", noAppends, () => STORES.local("promises")],
];

describe("two clients at once", () => {
  const kernel = new Kernel();
  afterAll(() => kernel.remove());

  for (const [name, clients, make] of MAKERS)
    it(
      `${name} › some order of their steps explains every answer and the tree`,
      { timeout: 120_000 },
      async () => {
        let last = "";
        const run = await fc.check(
          fc.asyncProperty(clients, async (both) => {
            const store = make();
            try {
              const text = await unexplained(kernel, store.files, both);
              if (text !== undefined) last = `${both.map((one) => JSON.stringify(one)).join("\n")}\n${text}`;
              return text === undefined;
            } finally {
              await store.close();
            }
          }),
          { seed: SEED, numRuns: RUNS },
        );
        expect(
          run.failed
            ? `VFS_ORACLE_SEED=${SEED}\n${last}${run.errorInstance instanceof Error ? run.errorInstance.message : ""}`
            : "",
        ).toBe("");
      },
    );
});
