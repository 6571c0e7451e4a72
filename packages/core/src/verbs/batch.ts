import { attempt, chain, type Awaitable } from "../awaitable.ts";
import type { Bytes, Chunk, Content } from "../bytes.ts";
import { VfsError } from "../error.ts";
import { run, type Flow } from "../flow.ts";
import type { Time } from "../numbers.ts";
import type {
  Abortable,
  AppendFileOptions,
  CpOptions,
  MetaChanges,
  MkdirVerbOptions,
  MvOptions,
  ReadFileOptions,
  RmOptions,
  WriteFileOptions,
} from "../options.ts";
import { Pool } from "../pool.ts";
import type { Scope } from "../scope.ts";
import type { Stats } from "../stats.ts";
import { cp } from "./copy.ts";
import { mkdir } from "./directories.ts";
import { copyFile } from "./copy-file.ts";
import { appendFile, readFile, touch, truncate, writeFile } from "./files.ts";
import { link, symlink } from "./links.ts";
import { chmod, lstat, setMeta, stat, utimes } from "./metadata.ts";
import { mv, rename } from "./move.ts";
import { rm, rmdir, unlink } from "./remove.ts";

/** One thing to do: the name of a verb, and what it is given. */
export type BatchItem =
  | ({ readonly op: "readFile"; readonly path: string } & Omit<ReadFileOptions, "signal">)
  | ({ readonly op: "writeFile"; readonly path: string; readonly data: Content } & Omit<
      WriteFileOptions,
      "signal"
    >)
  | ({ readonly op: "appendFile"; readonly path: string; readonly data: Chunk } & Omit<
      AppendFileOptions,
      "signal"
    >)
  | { readonly op: "truncate"; readonly path: string; readonly size?: number | undefined }
  | ({ readonly op: "mkdir"; readonly path: string } & MkdirVerbOptions)
  | ({ readonly op: "rm"; readonly path: string } & Omit<RmOptions, "signal">)
  | { readonly op: "rmdir" | "unlink" | "touch" | "stat" | "lstat"; readonly path: string }
  | { readonly op: "rename" | "copyFile" | "link"; readonly path: string; readonly to: string }
  | ({ readonly op: "mv"; readonly path: string; readonly to: string } & Omit<MvOptions, "signal">)
  | ({ readonly op: "cp"; readonly path: string; readonly to: string } & Omit<CpOptions, "signal">)
  | { readonly op: "symlink"; readonly path: string; readonly target: string }
  | { readonly op: "chmod"; readonly path: string; readonly mode: number }
  | {
      readonly op: "utimes";
      readonly path: string;
      readonly atime: Time;
      readonly mtime: Time;
    }
  | ({ readonly op: "setMeta"; readonly path: string } & MetaChanges);

/** What a verb of a batch answered: content, a stat, the first directory made; undefined for the others. */
export type BatchValue = Bytes | string | Stats | undefined;

/** What became of one item. What was not begun fails with `ECANCELED`. */
export type BatchResult =
  | { readonly ok: true; readonly value: BatchValue }
  | { readonly ok: false; readonly error: unknown };

export interface BatchOptions extends Abortable {
  /** How many at the same time, 8 unless told. With 1 they are done one after another, in order. */
  readonly concurrency?: number | undefined;
  /** Begin no more after the first that fails. */
  readonly stopOnError?: boolean | undefined;
}

export function batch(
  scope: Scope,
  items: readonly BatchItem[],
  options: BatchOptions = {},
): Awaitable<BatchResult[]> {
  const { concurrency = 8, stopOnError = false, signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new RangeError(`concurrency must be an integer of at least 1, got ${concurrency}`);
  return run(doAll(scope.until(signal), items, concurrency, stopOnError));
}

function* doAll(
  scope: Scope,
  items: readonly BatchItem[],
  concurrency: number,
  stopOnError: boolean,
): Flow<BatchResult[]> {
  const results: BatchResult[] = [];
  const pool = new Pool(concurrency);
  let stopped = false;
  for (const [index, item] of items.entries()) {
    yield* pool.add(() => {
      // Asked when its turn comes: an earlier one may have failed while this one waited.
      if (stopped) {
        results[index] = { ok: false, error: notBegun(item) };
        return undefined;
      }
      return chain(settle(scope, item), (result) => {
        results[index] = result;
        stopped ||= stopOnError && !result.ok;
      });
    });
  }
  yield* pool.drain();
  return results;
}

function settle(scope: Scope, item: BatchItem): Awaitable<BatchResult> {
  return attempt<BatchResult>(
    () => {
      if (scope.ctx.signal?.aborted) throw scope.ctx.signal.reason;
      return chain(doOne(scope, item), (value) => ({ ok: true, value }));
    },
    (error) => ({ ok: false, error }),
  );
}

function doOne(scope: Scope, item: BatchItem): Awaitable<BatchValue> {
  switch (item.op) {
    case "readFile":
      return readFile(scope, item.path, item);
    case "writeFile":
      return nothing(writeFile(scope, item.path, item.data, item));
    case "appendFile":
      return nothing(appendFile(scope, item.path, item.data, item));
    case "truncate":
      return nothing(truncate(scope, item.path, item.size));
    case "mkdir":
      return mkdir(scope, item.path, item);
    case "rm":
      return nothing(rm(scope, item.path, item));
    case "rmdir":
      return nothing(rmdir(scope, item.path));
    case "unlink":
      return nothing(unlink(scope, item.path));
    case "touch":
      return nothing(touch(scope, item.path));
    case "stat":
      return stat(scope, item.path);
    case "lstat":
      return lstat(scope, item.path);
    case "rename":
      return nothing(rename(scope, item.path, item.to));
    case "copyFile":
      return nothing(copyFile(scope, item.path, item.to));
    case "link":
      return nothing(link(scope, item.path, item.to));
    case "mv":
      return nothing(mv(scope, item.path, item.to, item));
    case "cp":
      return nothing(cp(scope, item.path, item.to, item));
    case "symlink":
      return nothing(symlink(scope, item.target, item.path));
    case "chmod":
      return nothing(chmod(scope, item.path, item.mode));
    case "utimes":
      return nothing(utimes(scope, item.path, item.atime, item.mtime));
    case "setMeta":
      return nothing(setMeta(scope, item.path, item));
    default:
      throw new TypeError(`batch has no operation "${(item as { op: string }).op}"`);
  }
}

function nothing(done: Awaitable<void>): Awaitable<undefined> {
  return chain(done, () => undefined);
}

function notBegun(item: BatchItem): VfsError {
  const hint = "not begun, because an earlier item of the batch failed";
  return new VfsError("ECANCELED", { syscall: item.op, path: item.path, hint });
}
