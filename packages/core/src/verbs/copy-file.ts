import type { Awaitable } from "../awaitable.ts";
import type { Bytes } from "../bytes.ts";
import type { Door } from "../door.ts";
import { leftToCopy } from "../emulate/attributes.ts";
import { sourceOf } from "../emulate/chunks.ts";
import { isVfsError, VfsError } from "../error.ts";
import { constants } from "../flags.ts";
import { emit, Pull, run, wait, type Emitter, type Flow } from "../flow.ts";
import { isBelow, stripPrefix, type VPath } from "../path.ts";
import type { CopyOptions, StreamWriteOptions } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { chunks } from "./chunks.ts";
import { once } from "./sources.ts";
import { resolveTree } from "./walk.ts";

export function copyFile(scope: Scope, path: string, to: string, mode = 0): Awaitable<void> {
  const from = scope.path(path);
  const target = scope.path(to);
  const ifNoneMatch = (mode & constants.COPYFILE_EXCL) === 0 ? undefined : "*";
  if (scope.door.table.single) return scope.send("copy", from, { ifNoneMatch }, target);
  return run(copyAnywhere(scope, from, target, { ifNoneMatch }));
}

/** Copies a file to wherever the two paths lead: links may take them to other mounts than they seem to be on. */
function* copyAnywhere(scope: Scope, from: VPath, to: VPath, options: CopyOptions): Flow<void> {
  try {
    return yield* wait(scope.send("copy", from, options, to));
  } catch (reason) {
    if (!isVfsError(reason, "EXDEV")) throw reason;
  }
  const { door, ctx } = scope;
  const source = yield* wait(door.realpath(from, ctx));
  const exclusive = options.ifNoneMatch !== undefined;
  const target = yield* exclusive ? resolveTree(scope, to, false) : wait(door.destination(to, ctx));
  if (!sameFile(door, source, target)) return yield* copyAcross(scope, source, target, options);
  if (exclusive)
    throw new VfsError("EEXIST", { syscall: "copyfile", path: scope.shown(from), dest: scope.shown(to) });
}

/** Whether two paths without links on them lead to the same place of one store, which may be mounted twice. */
export function sameFile({ table }: Door, a: VPath, b: VPath): boolean {
  const one = table.find(a);
  const other = table.find(b);
  return one.store === other.store && stripPrefix(a, one.path) === stripPrefix(b, other.path);
}

/** Whether `path` lies below `directory`, as {@link sameFile}. */
export function liesBelow({ table }: Door, path: VPath, directory: VPath): boolean {
  const one = table.find(path);
  const other = table.find(directory);
  return (
    one.store === other.store && isBelow(stripPrefix(path, one.path), stripPrefix(directory, other.path))
  );
}

/** A file that has been looked at and read already. */
export interface ReadFile {
  readonly stat: Stat;
  readonly data: Bytes;
}

/**
 * Copies one file to another mount, with mode and attributes.
 *
 * @param from Without links on it, as `to`.
 * @param onBytes Called with how many bytes more are on their way.
 * @param known What is there to be copied, where that is known.
 */
export function* copyAcross(
  scope: Scope,
  from: VPath,
  to: VPath,
  options: CopyOptions,
  onBytes?: (count: number) => Awaitable<void>,
  known?: ReadFile,
): Flow<void> {
  const stat = known?.stat ?? (yield* wait(scope.send("stat", from, { follow: true })));
  if (stat.type !== "file")
    throw new VfsError(stat.type === "directory" ? "EISDIR" : "EINVAL", {
      syscall: "copyfile",
      path: scope.shown(from),
      dest: scope.shown(to),
    });
  const caps = scope.door.capabilities(to);
  const { mode, contentType, meta, mtimeMs } = stat;
  const args = {
    mode,
    ifNoneMatch: options.ifNoneMatch,
    ...(caps.meta ? { contentType, meta } : {}),
    ...(options.preserveTimestamps ? { mtimeMs } : {}),
  };
  const written = yield* carry(scope, from, to, stat.size, args, onBytes, known?.data);
  const changes = leftToCopy(caps, stat, written, scope.ctx.identity);
  if (changes !== undefined) yield* wait(scope.send("setStat", to, { follow: true, changes }));
}

function* carry(
  scope: Scope,
  from: VPath,
  to: VPath,
  size: number,
  args: StreamWriteOptions,
  onBytes: ((count: number) => Awaitable<void>) | undefined,
  known: Bytes | undefined,
): Flow<Stat> {
  if (known !== undefined || size <= SMALL_BYTES) {
    const data = known ?? (yield* wait(scope.send("read", from, {})));
    const written = yield* wait(scope.send("write", to, { ...args, data, owned: true }));
    yield* wait(onBytes?.(data.length));
    return written;
  }
  const content = chunks(scope, from, { chunkSize: SMALL_BYTES });
  const source = sourceOf(onBytes === undefined ? content : told(content, onBytes), scope.ctx);
  return yield* wait(scope.send("writeStream", to, { ...args, source: once(source), size }));
}

/** The same chunks; each is told when the next one is asked for, which is when it has been taken. */
function* told(content: Emitter<Bytes>, onBytes: (count: number) => Awaitable<void>): Emitter<Bytes> {
  const pull = new Pull(content);
  try {
    for (let bytes = yield* pull.next(); bytes !== undefined; bytes = yield* pull.next()) {
      const { length } = bytes;
      yield emit(bytes);
      yield* wait(onBytes(length));
    }
  } finally {
    yield* pull.end();
  }
}

// Up to here a file is carried in one piece: two calls instead of a stream.
export const SMALL_BYTES: number = 1 << 20;
