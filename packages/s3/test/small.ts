import type { Limits } from "./server/limits.ts";
import type { Sizes } from "../src/store.ts";

/** What stands for a MiB: what large files go through is the same whatever counts as large. */
export const UNIT: number = 1 << 10;

/** What is large here: by units what it is by MiB, but for copies. */
export const SMALL_SIZES: Sizes = {
  readBytes: 8 * UNIT,
  writeBytes: 16 * UNIT,
  leastPartBytes: 5 * UNIT,
  copyBytes: 24 * UNIT,
  pieceBytes: 12 * UNIT,
};

export const PART_BYTES: number = 8 * UNIT;

/** What a server then refuses. */
export const SMALL_LIMITS: Partial<Limits> = {
  leastPartBytes: SMALL_SIZES.leastPartBytes,
  mostCopyBytes: SMALL_SIZES.copyBytes,
};
