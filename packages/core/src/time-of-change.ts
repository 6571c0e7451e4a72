// A microsecond, and a sum of powers of two: what is added stays there.
const STEP_MS = 2 ** -10;

/**
 * When a file is changed, for a store whose clock counts milliseconds: a little later than the change before, if that was
 * in the same one, so that whoever compares times sees each change. Linux does so since 6.13.
 *
 * @see https://docs.kernel.org/filesystems/multigrain-ts.html
 */
export function timeOfChange(beforeMs: number, nowMs: number): number {
  return beforeMs >= nowMs && beforeMs < nowMs + 1 ? beforeMs + STEP_MS : nowMs;
}
