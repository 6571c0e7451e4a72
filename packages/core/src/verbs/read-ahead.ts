import { attempt, chain, isPromiseLike, type Awaitable } from "../awaitable.ts";
import type { Bytes } from "../bytes.ts";
import { emit, Pull, wait, type Emitter } from "../flow.ts";
import type { Scope } from "../scope.ts";
import { WHOLE_BYTES, type Candidate } from "./grep-files.ts";

/** A file with what was read of it. */
export interface Read extends Candidate {
  /** All of it, unless it is too large: then it is to be read by chunks. */
  readonly data?: Bytes | undefined;
  readonly failure?: { readonly reason: unknown };
}

const USUAL_CONCURRENCY = 8;

/**
 * Reads files before it is their turn, some at once, and gives them in the order in which they came. Who cannot wait gets
 * one after another.
 */
export function* readAhead(
  caller: Scope,
  files: Emitter<Candidate>,
  concurrency: number = USUAL_CONCURRENCY,
): Emitter<Read> {
  const ended = new AbortController();
  const { sync, signal } = caller.ctx;
  const signals = signal === undefined ? [ended.signal] : [signal, ended.signal];
  // What is read ahead for nobody is given up.
  const scope = sync ? caller : caller.until(AbortSignal.any(signals));
  const pull = new Pull(files);
  const queue: Awaitable<Read>[] = [];
  try {
    for (let file = yield* pull.next(); file !== undefined || queue.length > 0;) {
      if (file !== undefined) {
        queue.push(read(scope, file));
        file = yield* pull.next();
        if (queue.length < concurrency && queue.some(isPromiseLike)) continue;
      }
      const [first] = queue;
      if (first === undefined) continue;
      const next = yield* wait(first);
      queue.shift();
      yield emit(next);
    }
  } finally {
    ended.abort();
    for (const begun of queue) yield* wait(begun);
    yield* pull.end();
  }
}

/** Fails never: whoever is in front of it may be searched for long yet. */
function read(scope: Scope, file: Candidate): Awaitable<Read> {
  if (file.data !== undefined || (file.size ?? 0) > WHOLE_BYTES) return file;
  return attempt<Read>(
    () =>
      chain(scope.send("read", file.path, { length: WHOLE_BYTES + 1 }), (data) =>
        data.length > WHOLE_BYTES ? file : { ...file, size: data.length, data },
      ),
    (reason) => ({ ...file, failure: { reason } }),
  );
}
