import { chain, type Awaitable } from "../awaitable.ts";
import { bytesOf, isChunk, NO_BYTES, textOf, type Bytes, type Chunk, type Content } from "../bytes.ts";
import { isVfsError, VfsError } from "../error.ts";
import { constants, parseFlags, type Flags } from "../flags.ts";
import { Handle } from "../file-handle.ts";
import { run, wait, type Flow } from "../flow.ts";
import type { AppendFileOptions, Encoding, ReadFileOptions, WriteFileOptions } from "../options.ts";
import type { VPath } from "../path.ts";
import type { StreamWriteOptions } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { byteSource, once } from "./sources.ts";

const DEFAULT_FILE_MODE = 0o666;

export function readFile(
  scope: Scope,
  path: string,
  options?: Encoding | ReadFileOptions | null,
): Awaitable<Bytes | string> {
  if (options === undefined || options === null) return scope.send("read", scope.path(path), {});
  const { encoding, signal, start, end, ifMatch } =
    typeof options === "string" ? { encoding: options } : options;
  const asText = isText(encoding);
  const args = { ...byteRange(start, end), ifMatch };
  const data = scope.until(signal).send("read", scope.path(path), args);
  return asText ? chain(data, textOf) : data;
}

export function writeFile(
  scope: Scope,
  path: string,
  content: Content,
  options?: Encoding | WriteFileOptions | null,
): Awaitable<void> {
  const target = scope.path(path);
  if (options === undefined && isChunk(content))
    return chain(scope.send("write", target, { data: bytesOf(content), mode: fileMode(scope) }), nothing);
  const given = typeof options === "string" ? { encoding: options } : (options ?? {});
  const inner = scope.until(given.signal);
  isText(given.encoding);
  const { flag = "w" } = given;
  if (flag !== "w" && flag !== "wx") return run(writeThroughHandle(inner, target, content, given, flag));
  const args = writeArgs(inner, given);
  if (isChunk(content))
    return chain(inner.send("write", target, { ...args, data: bytesOf(content) }), nothing);
  return chain(
    inner.send("writeStream", target, { ...args, source: byteSource(content, inner.ctx) }),
    nothing,
  );
}

/** What an operation that creates or replaces a file is given. */
export function writeArgs(scope: Scope, options: WriteFileOptions): StreamWriteOptions {
  const { mode, flag, ifMatch, contentType, meta, durable } = options;
  const ifNoneMatch = flag === "wx" ? "*" : options.ifNoneMatch;
  return { mode: fileMode(scope, mode), ifMatch, ifNoneMatch, contentType, meta, durable };
}

/** The permission bits that a new file gets. */
function fileMode(scope: Scope, mode: number = DEFAULT_FILE_MODE): number {
  return mode & ~scope.ctx.umask;
}

export function appendFile(
  scope: Scope,
  path: string,
  data: Chunk,
  options?: Encoding | AppendFileOptions | null,
): Awaitable<void> {
  const given = typeof options === "string" ? { encoding: options } : (options ?? {});
  isText(given.encoding);
  const { mode, durable, signal } = given;
  const args = { data: bytesOf(data), mode: fileMode(scope, mode), durable };
  return scope.until(signal).send("append", scope.path(path), args);
}

export function truncate(scope: Scope, path: string, size = 0): Awaitable<void> {
  if (!Number.isInteger(size) || size < 0)
    throw new RangeError(`size must be an integer of at least 0, got ${size}`);
  return scope.send("truncate", scope.path(path), { size });
}

export function copyFile(scope: Scope, path: string, to: string, mode = 0): Awaitable<void> {
  const from = scope.path(path);
  const target = scope.path(to);
  const ifNoneMatch = (mode & constants.COPYFILE_EXCL) === 0 ? undefined : "*";
  const { table } = scope.door;
  if (table.find(from) === table.find(target)) return scope.send("copy", from, { ifNoneMatch }, target);
  return run(copyAcross(scope, from, target, { ifNoneMatch }));
}

/** Copies the content and the mode of one file to another mount. */
export function* copyAcross(scope: Scope, from: VPath, to: VPath, options: StreamWriteOptions): Flow<void> {
  const stat = yield* wait(scope.send("stat", from, { follow: true }));
  if (stat.type !== "file") throw new VfsError(stat.type === "directory" ? "EISDIR" : "EINVAL");
  const { caps } = scope.door.table.find(to);
  const attributes = caps.meta ? { contentType: stat.contentType, meta: stat.meta } : {};
  const args = { mode: stat.mode, ...attributes, ...options };
  const written = yield* carry(scope, from, to, stat.size, args);
  // A file that was there keeps its mode when it is written; a copy has that of its original.
  if (caps.modes && stat.mode !== undefined && written.mode !== stat.mode)
    yield* wait(scope.send("setStat", to, { follow: true, changes: { mode: stat.mode } }));
}

function* carry(scope: Scope, from: VPath, to: VPath, size: number, args: StreamWriteOptions): Flow<Stat> {
  if (size <= SMALL_BYTES) {
    const data = yield* wait(scope.send("read", from, {}));
    return yield* wait(scope.send("write", to, { ...args, data, owned: true }));
  }
  const source = yield* wait(scope.send("readStream", from, { chunkSize: SMALL_BYTES }));
  return yield* wait(scope.send("writeStream", to, { ...args, source: once(source), size }));
}

// Up to here a file is carried in one piece: two calls instead of a stream.
const SMALL_BYTES = 1 << 20;

export function touch(scope: Scope, path: string): Awaitable<void> {
  return run(touchFile(scope, scope.path(path)));
}

function* touchFile(scope: Scope, path: VPath): Flow<void> {
  const now = Date.now();
  const { caps } = scope.door.table.find(path);
  try {
    if (caps.times === "none") yield* wait(scope.send("stat", path, { follow: true }));
    else yield* wait(scope.send("setStat", path, { follow: true, changes: { atimeMs: now, mtimeMs: now } }));
  } catch (reason) {
    if (!isVfsError(reason, "ENOENT")) throw reason;
    const args = { data: NO_BYTES, mode: fileMode(scope) };
    // Not `write`: somebody may have made the file meanwhile, and it must keep its content.
    yield* wait(scope.send("append", path, args));
  }
}

export function open(
  scope: Scope,
  path: string,
  flags: Flags | number = "r",
  mode?: number,
): Awaitable<Handle> {
  const args = { flags: parseFlags(flags), mode: fileMode(scope, mode) };
  return chain(scope.send("open", scope.path(path), args), (file) => new Handle(file, scope));
}

function* writeThroughHandle(
  scope: Scope,
  path: VPath,
  content: Content,
  { mode }: WriteFileOptions,
  flag: Flags,
): Flow<void> {
  const args = { flags: parseFlags(flag), mode: fileMode(scope, mode) };
  const handle = new Handle(yield* wait(scope.send("open", path, args)), scope);
  try {
    if (isChunk(content)) {
      yield* wait(handle.write(content));
    } else {
      const source = byteSource(content, scope.ctx);
      yield* wait(scope.ctx.sync ? writeAllNow(handle, source as Iterable<Bytes>) : writeAll(handle, source));
    }
  } finally {
    yield* wait(handle.close());
  }
}

async function writeAll(handle: Handle, source: AsyncIterable<Bytes> | Iterable<Bytes>): Promise<void> {
  for await (const chunk of source) await handle.write(chunk);
}

function writeAllNow(handle: Handle, source: Iterable<Bytes>): void {
  for (const chunk of source) handle.write(chunk);
}

/** The part of a file between two positions. */
export function byteRange(
  start: number | undefined,
  end: number | undefined,
): { offset?: number; length?: number } {
  if (start === undefined && end === undefined) return {};
  const offset = start ?? 0;
  if (!Number.isInteger(offset) || offset < 0)
    throw new RangeError(`start must be an integer of at least 0, got ${start}`);
  if (end === undefined) return { offset };
  if (!Number.isInteger(end) || end < offset)
    throw new RangeError(`end must be an integer of at least start, got ${end}`);
  return { offset, length: end - offset };
}

/** Whether text is wanted. */
function isText(encoding: string | null | undefined): boolean {
  if (encoding === undefined || encoding === null) return false;
  if (encoding === "utf8" || encoding === "utf-8") return true;
  throw new TypeError(
    `encoding must be "utf8", got "${encoding}"; decode other encodings from the bytes with TextDecoder`,
  );
}

function nothing(): void {}
