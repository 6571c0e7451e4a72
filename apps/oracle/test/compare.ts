import { run, type Awaitable, type Flow } from "@vfs/core";
import { beyondTheKernel, known } from "./differences.ts";
import type { Kernel } from "./kernel.ts";
import type { Operation } from "./operations.ts";
import { isFailure, outcomeOf, same, show, type Outcome } from "./outcome.ts";
import { closeAll, perform, side, type Side } from "./perform.ts";
import { picture, type Times } from "./picture.ts";
import type { Store } from "./stores.ts";

/** The first place where a store and the kernel part; undefined when they never do. */
export interface Difference {
  readonly at: number;
  readonly text: string;
}

/** Does every step on both sides, as long as they agree, and then compares the trees. */
function* compare(
  kernel: Kernel,
  store: Store,
  steps: readonly Operation[],
  count: (done: number) => void = () => undefined,
): Flow<Difference | undefined> {
  kernel.clear();
  kernel.replaces = store.replaces;
  const theirs = side(kernel);
  const ours = side(store.files);
  let stampedMs: number | undefined;
  const startMs = Date.now();
  try {
    for (const [at, step] of steps.entries()) {
      if (beyondTheKernel(kernel, step)) continue;
      const expected = yield* attempt(kernel, theirs, step);
      const got = yield* attempt(kernel, ours, step);
      count(1);
      if (!same(expected, got) && !known(step, expected, got))
        return { at, text: `${JSON.stringify(step)}\n  kernel: ${show(expected)}\n  ours:   ${show(got)}` };
      // What half a copy leaves behind is nobody's promise.
      if (step.op === "cp" && (isFailure(expected) || isFailure(got))) return undefined;
      if (step.op === "stamp") stampedMs = kernel.moment();
    }
    return yield* compareTrees(theirs, ours, steps.length, { startMs, stampedMs });
  } finally {
    yield* closeAll(theirs);
    yield* closeAll(ours);
  }
}

function* compareTrees(theirs: Side, ours: Side, at: number, times: Times): Flow<Difference | undefined> {
  const expected = yield* picture(theirs.files, times);
  const got = yield* picture(ours.files, times);
  const parts = [
    ...expected.filter((line) => !got.includes(line)).map((line) => `  kernel: ${line}`),
    ...got.filter((line) => !expected.includes(line)).map((line) => `  ours:   ${line}`),
  ];
  return parts.length === 0 ? undefined : { at, text: `the trees differ:\n${parts.join("\n")}` };
}

function* attempt(kernel: Kernel, at: Side, step: Operation): Flow<Outcome> {
  try {
    return { value: yield* perform(at, step) };
  } catch (reason) {
    return outcomeOf(reason, (path) => kernel.shown(path));
  }
}

/** {@link compare}, to its end. */
export function difference(
  kernel: Kernel,
  store: Store,
  steps: readonly Operation[],
  count?: (done: number) => void,
): Awaitable<Difference | undefined> {
  return run(compare(kernel, store, steps, count));
}
