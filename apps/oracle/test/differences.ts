import type { Kernel } from "./kernel.ts";
import type { Operation } from "./operations.ts";
import { isFailure, type Failure, type Outcome } from "./outcome.ts";

interface KnownDifference {
  /** What differs. */
  readonly what: string;
  /** Why it is to. */
  readonly why: string;
  readonly holds: (step: Operation, kernel: Failure, ours: Failure) => boolean;
}

/**
 * Where a store and the kernel may tell different errors of one failure. Where one succeeds and the other fails, or both
 * succeed with different answers, there are none.
 */
const KNOWN: readonly KnownDifference[] = [
  {
    what: "an empty path, and a name or a path that is too long, is found before anything else that is wrong",
    why: "core checks paths, and where links lead, before it asks a store",
    holds: (_step, _kernel, ours) =>
      ours.code === "ENAMETOOLONG" || (ours.code === "ENOENT" && ours.path === ""),
  },
  {
    what: "of two paths that are both wrong, local may tell of either",
    why: "it walks both before it looks at what lies at their ends: to look earlier would cost a call each time",
    holds: ({ op }, _kernel, { code }) =>
      (op === "link" || op === "copyFile") && ["ENOENT", "ENOTDIR", "ELOOP", "EPERM"].includes(code),
  },
  {
    what: "a `cp` that fails may tell another of several reasons",
    why: "no call of the kernel copies a tree: Node looks at this and that, in an order of its own",
    holds: ({ op }) => op === "cp",
  },
];

/** Whether two outcomes may differ as they do. */
export function known(step: Operation, expected: Outcome, got: Outcome): boolean {
  if (!isFailure(got)) return false;
  // A store that does not know how full it is says so.
  if (!isFailure(expected)) return step.op === "statfs" && got.code === "ENOTSUP";
  return KNOWN.some(({ holds }) => holds(step, expected, got)) || expected.code === got.code;
}

/**
 * Steps that the kernel has no word for: `cp` onto something that is there. Node decides by itself what becomes of that
 * (it takes a file away first, so that its other names keep the old content, and fails for a link over a file); a store
 * does what the `cp` of a shell does. `@vfs/conformance` says what that is.
 */
export function beyondTheKernel(kernel: Kernel, step: Operation): boolean {
  return step.op === "cp" && kernel.has(step.to);
}
