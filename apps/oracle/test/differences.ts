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

/** Names of calls in errors: Node's for its own compounds, and what a store does instead. */
const OTHER_CALLS: Readonly<Record<string, readonly string[]>> = {
  // Core looks where the path leads.
  access: ["access", "stat"],
  realpath: ["realpath", "stat"],
  statfs: ["statfs", "stat"],
  readdir: ["scandir", "stat"],
  // Core reads by pages, makes a directory, truncates; Node opens first.
  opendir: ["opendir", "scandir"],
  mkdtemp: ["mkdtemp", "mkdir"],
  truncate: ["open", "truncate"],
  // One operation each of a store.
  futimes: ["futime", "fchmod"],
  fdatasync: ["fdatasync", "fsync"],
  // Node finds a directory only when it reads.
  readFile: ["read", "open"],
  // It removes by the kind of what it has found.
  rm: ["lstat", "rm", "rmdir", "unlink"],
};

/** Whether two errors of one code name the same call and the same paths, as far as Node names them. */
function alike(step: Operation, kernel: Failure, ours: Failure): boolean {
  // Node's own errors have none.
  if (kernel.errno !== ours.errno && kernel.errno !== 0) return false;
  // A path that cannot be is refused before it is known for which call.
  if (ours.syscall === undefined) return true;
  // The root that cannot be removed is the emulation's.
  if (kernel.syscall === undefined) return kernel.code === "EBUSY";
  const calls = OTHER_CALLS[step.op] ?? [];
  if (kernel.syscall !== ours.syscall && !(calls.includes(kernel.syscall) && calls.includes(ours.syscall)))
    return false;
  if (kernel.path === undefined) return true;
  // Node calls the text of the link `path`, and the link `dest`.
  if (step.op === "symlink") return kernel.dest === ours.path;
  // These tell where on the way it ended, or how the name was to be.
  if (step.op === "mkdir" || step.op === "mkdtemp" || step.op === "readdir") return true;
  return kernel.path === ours.path && kernel.dest === ours.dest;
}

/** Whether two outcomes may differ as they do. */
export function known(step: Operation, expected: Outcome, got: Outcome): boolean {
  if (!isFailure(got)) return false;
  // A store that does not know how full it is says so.
  if (!isFailure(expected)) return step.op === "statfs" && got.code === "ENOTSUP";
  if (expected.code === got.code && alike(step, expected, got)) return true;
  return KNOWN.some(({ holds }) => holds(step, expected, got));
}

/**
 * Steps that the kernel has no word for: `cp` onto something that is there. Node decides by itself what becomes of that
 * (it takes a file away first, so that its other names keep the old content, and fails for a link over a file); a store
 * does what the `cp` of a shell does. `@vfs/conformance` says what that is.
 */
export function beyondTheKernel(kernel: Kernel, step: Operation): boolean {
  return step.op === "cp" && kernel.has(step.to);
}
