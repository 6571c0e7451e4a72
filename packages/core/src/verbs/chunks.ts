import type { Bytes } from "../bytes.ts";
import { locate, VfsError } from "../error.ts";
import { emit, wait, type Emitter } from "../flow.ts";
import { isLinkMet } from "../link-met.ts";
import type { VPath } from "../path.ts";
import type { StreamReadOptions } from "../provider.ts";
import type { Scope } from "../scope.ts";

/** The content of a file, chunk by chunk. What fails on the way knows the caller's path, as what fails at once does. */
export function* chunks(scope: Scope, path: VPath, options: StreamReadOptions): Emitter<Bytes> {
  const { signal } = scope.ctx;
  const source = yield* wait(scope.send("readStream", path, options));
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  try {
    for (let step = yield* wait(iterator.next()); !step.done; step = yield* wait(iterator.next())) {
      if (signal?.aborted) throw signal.reason;
      yield emit(step.value);
    }
  } catch (reason) {
    const failure = isLinkMet(reason)
      ? new VfsError("EBUSY", { retryable: true, hint: "a link was put there meanwhile" })
      : reason;
    throw locate(failure, "read", scope.shown(path));
  } finally {
    yield* wait(iterator.return?.());
  }
}
