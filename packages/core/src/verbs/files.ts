import { chain, type Awaitable } from "../awaitable.ts";
import { bytesOf, isChunk, NO_BYTES, textOf, type Bytes, type Chunk, type Content } from "../bytes.ts";
import { isVfsError, VfsError } from "../error.ts";
import { parseFlags, writesThrough, type Flags } from "../flags.ts";
import { Handle } from "../file-handle.ts";
import { run, wait, type Flow } from "../flow.ts";
import { writeAll, writeAllNow } from "../handle-content.ts";
import {
  checkEncoding,
  type AppendFileOptions,
  type Encoding,
  type ReadFileOptions,
  type WriteFileOptions,
} from "../options.ts";
import type { VPath } from "../path.ts";
import type { ByteSource, StreamWriteOptions } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { feed } from "./sources.ts";

const DEFAULT_FILE_MODE = 0o666;

export function readFile(
  scope: Scope,
  path: string,
  options?: Encoding | ReadFileOptions | null,
): Awaitable<Bytes | string> {
  if (options === undefined || options === null) return scope.send("read", scope.path(path), {});
  const { encoding, signal, start, end, ifMatch } =
    typeof options === "string" ? { encoding: options } : options;
  const asText = checkEncoding(encoding);
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
  const unseen = !scope.door.layered;
  if (options === undefined && isChunk(content)) {
    const args = { data: bytesOf(content), mode: fileMode(scope), unseen };
    return chain(scope.send("write", target, args), nothing);
  }
  const given = typeof options === "string" ? { encoding: options } : (options ?? {});
  const inner = scope.until(given.signal);
  checkEncoding(given.encoding);
  if (given.flag !== undefined && !REPLACING.has(given.flag))
    return writeInto(inner, target, content, given, given.flag);
  const args = writeArgs(inner, given);
  if (isChunk(content))
    return chain(inner.send("write", target, { ...args, data: bytesOf(content), unseen }), nothing);
  const done = feed(content, inner.ctx, {}, (source) =>
    inner.send("writeStream", target, { ...args, source }),
  );
  return chain(done, nothing);
}

/** The flags with which a file is replaced as a whole. */
const REPLACING: ReadonlySet<Flags | undefined> = new Set([undefined, "w", "wx", "w+", "wx+"] as const);

/** What an operation that creates or replaces a file is given. */
export function writeArgs(scope: Scope, options: WriteFileOptions): StreamWriteOptions {
  const { mode, flag, ifMatch, contentType, meta, ttlMs, durable } = options;
  if (!REPLACING.has(flag))
    throw new VfsError("EINVAL", { hint: `a stream is written with flag "w" or "wx", got "${flag}"` });
  const ifNoneMatch = flag?.startsWith("wx") === true ? "*" : options.ifNoneMatch;
  checkTtl(ttlMs);
  return { mode: fileMode(scope, mode), ifMatch, ifNoneMatch, contentType, meta, ttlMs, durable };
}

function checkTtl(ttlMs: number | undefined): void {
  if (ttlMs !== undefined && !(Number.isFinite(ttlMs) && ttlMs > 0))
    throw new RangeError(`ttlMs must be a number of milliseconds above 0, got ${ttlMs}`);
}

/** `writeFile` with a flag that keeps what is in the file. */
function writeInto(
  scope: Scope,
  target: VPath,
  content: Content,
  options: WriteFileOptions,
  flag: Flags,
): Awaitable<void> {
  const { ifMatch, ifNoneMatch, contentType, meta, ttlMs, mode, durable } = options;
  if ((ifMatch ?? ifNoneMatch ?? contentType ?? meta ?? ttlMs) !== undefined)
    throw new VfsError("EINVAL", {
      hint: `flag "${flag}" takes no ifMatch, ifNoneMatch, contentType, meta or ttlMs: those are for replacing a file`,
    });
  if (flag === "a" && isChunk(content))
    return scope.send("append", target, { data: bytesOf(content), mode: fileMode(scope, mode), durable });
  return feed(content, scope.ctx, {}, (source) =>
    run(writeThroughHandle(scope, target, source, options, flag)),
  );
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
  checkEncoding(given.encoding);
  const { mode, durable, signal } = given;
  const args = { data: bytesOf(data), mode: fileMode(scope, mode), durable };
  return scope.until(signal).send("append", scope.path(path), args);
}

export function truncate(scope: Scope, path: string, size = 0): Awaitable<void> {
  if (!Number.isInteger(size) || size < 0)
    throw new RangeError(`size must be an integer of at least 0, got ${size}`);
  return scope.send("truncate", scope.path(path), { size });
}

export function touch(scope: Scope, path: string): Awaitable<void> {
  return run(touchFile(scope, scope.path(path)));
}

function* touchFile(scope: Scope, path: VPath): Flow<void> {
  const now = Date.now();
  try {
    yield* wait(
      scope.send("setStat", path, { follow: true, changes: { atimeMs: now, mtimeMs: now, toNow: true } }),
    );
  } catch (reason) {
    // The store sets the times itself, when something is written: an existing file is left as it is.
    if (isVfsError(reason, "ENOTSUP")) {
      if ((yield* find(scope, path)) !== undefined) return;
    } else if (!isVfsError(reason, "ENOENT")) {
      throw reason;
    }
    // Not `write`: somebody may have made the file meanwhile, and it must keep its content.
    yield* wait(scope.send("append", path, { data: NO_BYTES, mode: fileMode(scope) }));
  }
}

/** What a path leads to, if anything. */
function* find(scope: Scope, path: VPath): Flow<Stat | undefined> {
  try {
    return yield* wait(scope.send("stat", path, { follow: true }));
  } catch (reason) {
    if (isVfsError(reason, "ENOENT")) return undefined;
    throw reason;
  }
}

export function open(
  scope: Scope,
  path: string,
  flags: Flags | number = "r",
  mode?: number,
): Awaitable<Handle> {
  return openAt(scope, scope.path(path), flags, mode);
}

function openAt(scope: Scope, path: VPath, flags: Flags | number, mode?: number): Awaitable<Handle> {
  const args = { flags: parseFlags(flags), mode: fileMode(scope, mode) };
  return chain(scope.send("open", path, args), (file) => new Handle(file, scope, writesThrough(flags)));
}

function* writeThroughHandle(
  scope: Scope,
  path: VPath,
  source: ByteSource,
  { mode, durable }: WriteFileOptions,
  flag: Flags,
): Flow<void> {
  const handle = yield* wait(openAt(scope, path, flag, mode));
  try {
    yield* wait(scope.ctx.sync ? writeAllNow(handle, source as Iterable<Bytes>) : writeAll(handle, source));
    if (durable) yield* wait(handle.sync());
  } finally {
    yield* wait(handle.close());
  }
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

function nothing(): void {}
