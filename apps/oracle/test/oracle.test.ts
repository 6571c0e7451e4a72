import { afterAll, describe, expect, it } from "vitest";
import { Kernel } from "./kernel.ts";
import { report, search } from "./search.ts";
import { STORES, type Face } from "./stores.ts";

const WANTED = Number(process.env["VFS_ORACLE_OPS"] ?? 210_000);
const SEED = Number(process.env["VFS_ORACLE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** A run that was asked for may take long; the usual one takes less than a minute. */
const PATIENCE_MS = Math.max(120_000, WANTED);

/** Which part of all operations goes to each store and face. */
const SHARES: readonly (readonly [keyof typeof STORES, Face, number])[] = [
  ["memory", "sync", 0.34],
  ["memory", "promises", 0.17],
  ["overlay", "sync", 0.04],
  ["overlay", "promises", 0.02],
  ["sqlite", "sync", 0.22],
  ["sqlite", "promises", 0.1],
  ["local", "sync", 0.1],
  ["local", "promises", 0.01],
];

describe("oracle", () => {
  const kernel = new Kernel();
  let total = 0;
  afterAll(() => {
    kernel.remove();
    // What the run has to show for itself.
    process.stdout.write(`oracle: ${total} operations against the kernel, VFS_ORACLE_SEED=${SEED}\n`);
  });

  for (const [at, [name, face, share]] of SHARES.entries())
    it(`${name}, ${face} › every operation does what the kernel does`, { timeout: PATIENCE_MS }, async () => {
      const wanted = Math.ceil(WANTED * share);
      // Each has sequences of its own.
      const apart = at * 1_000_000;
      const { done, found } = await search(kernel, () => STORES[name](face), {
        operations: wanted,
        seed: SEED + apart,
      });
      total += done;
      expect(found === undefined ? "" : report(`${name}, ${face}`, found, apart)).toBe("");
      expect(done).toBeGreaterThanOrEqual(wanted);
    });

  it("all › at least as many operations as were wanted", () => {
    expect(total).toBeGreaterThanOrEqual(WANTED);
  });
});
