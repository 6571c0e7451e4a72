import fc from "fast-check";
import { difference } from "./compare.ts";
import type { Kernel } from "./kernel.ts";
import { operations, type Operation } from "./operations.ts";
import type { Store } from "./stores.ts";

// Enough to build something up, few enough to shrink soon.
const LONGEST_SEQUENCE = 80;
const SEQUENCES_AT_ONCE = 50;

/** The shortest sequence found after which a store and the kernel differ. */
export interface Found {
  readonly seed: number;
  readonly steps: readonly Operation[];
  readonly text: string;
}

export interface Search {
  /** Do at least so many operations. */
  readonly operations: number;
  readonly seed: number;
}

/** Looks for a sequence after which a store and the kernel differ, and shrinks it. */
export async function search(
  kernel: Kernel,
  make: () => Store,
  { operations: wanted, seed: first }: Search,
): Promise<{ done: number; found: Found | undefined }> {
  const progress = { done: 0 };
  const sequences = fc.array(operations, { maxLength: LONGEST_SEQUENCE, size: "max" });
  for (let seed = first; progress.done < wanted; seed++) {
    let last = "";
    const run = await fc.check(
      fc.asyncProperty(sequences, async (steps) => {
        const text = await differenceOf(kernel, make, steps, (count) => {
          progress.done += count;
        }).catch((reason: unknown) => `it threw ${reason instanceof Error ? reason.stack : String(reason)}`);
        if (text !== undefined) last = text;
        return text === undefined;
      }),
      { seed, numRuns: SEQUENCES_AT_ONCE },
    );
    if (run.failed)
      return { done: progress.done, found: { seed, steps: run.counterexample?.[0] ?? [], text: last } };
  }
  return { done: progress.done, found: undefined };
}

/** What differs after some steps on a fresh store; undefined when nothing does. */
async function differenceOf(
  kernel: Kernel,
  make: () => Store,
  steps: readonly Operation[],
  count?: (done: number) => void,
): Promise<string | undefined> {
  const store = make();
  try {
    return (await difference(kernel, store, steps, count))?.text;
  } finally {
    await store.close();
  }
}

/**
 * Everything that is needed to see it again.
 *
 * @param apart How far the seed was from the one of the whole run.
 */
export function report(what: string, { seed, steps, text }: Found, apart: number): string {
  const lines = steps.map((step) => `  ${JSON.stringify(step)}`);
  return [`${what} differs from the kernel (VFS_ORACLE_SEED=${seed - apart}) after`, ...lines, text].join(
    "\n",
  );
}
