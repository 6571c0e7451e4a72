import type { Buffer } from "node:buffer";
import { isVfsError, run, wait, type Awaitable, type Content, type Flow } from "@vfs/core";
import {
  refuseAborted,
  toBits,
  toBoolean,
  toFd,
  toLength,
  toMode,
  toOptions,
  toPath,
  toSignal,
} from "../arguments.ts";
import { decoded, toBytes } from "../bytes.ts";
import { forVfs, toFlags } from "../open-flags.ts";
import type { Calls, Side } from "../side.ts";
import { AbortError, ask, askOr, nothing, same, systemError, told } from "../system-errors.ts";
import { openFile } from "./descriptors.ts";
import { readRest } from "./transfer.ts";

const DEFAULT_MODE = 0o666;

/** The number in something that has an open file: a number, or a `FileHandle`. */
function fdOf(target: unknown): number | undefined {
  if (typeof target === "number") return toFd(target);
  if (typeof target === "object" && target !== null && "fd" in target && typeof target.fd === "number")
    return target.fd;
  return undefined;
}

/** What the caller of `readFile` hears: that something is a directory comes out when it is read. */
function failedRead(reason: unknown, sync: boolean, path: string, signal?: AbortSignal): unknown {
  if (isVfsError(reason, "EISDIR"))
    return systemError("EISDIR", { syscall: "read", path: sync ? undefined : path }, reason);
  return failed(reason, path, signal);
}

function failed(reason: unknown, path: string, signal?: AbortSignal): unknown {
  if (signal?.aborted === true && reason === signal.reason) return new AbortError(signal);
  return told(reason, { syscall: "open", path });
}

function readFile(side: Side, target: unknown, options: unknown): Awaitable<Buffer | string> {
  if (options === undefined && typeof target === "string") return readWhole(side, toPath(target), undefined);
  const given = toOptions(options);
  const { encoding, flag } = given;
  const signal = toSignal(given);
  const fd = fdOf(target);
  const path = fd === undefined ? toPath(target) : "";
  const flags = toFlags(flag ?? "r", side.sync || side.promises ? "flags" : "options.flag");
  refuseAborted(signal);
  if (fd !== undefined)
    return ask(
      () => readRest(side, fd),
      (bytes) => decoded(bytes, encoding),
      "read",
    );
  return flags === 0
    ? readWhole(side, path, encoding, signal)
    : run(readWithFlags(side, path, flags, encoding));
}

function readWhole(
  { verbs, sync }: Side,
  path: string,
  encoding: unknown,
  signal?: AbortSignal,
): Awaitable<Buffer | string> {
  return askOr(
    () => (signal === undefined ? verbs.readFile(path) : verbs.readFile(path, { signal })),
    (bytes) => decoded(bytes as Uint8Array, encoding),
    (reason) => failedRead(reason, sync, path, signal),
  );
}

function* readWithFlags(side: Side, path: string, flags: number, encoding: unknown): Flow<Buffer | string> {
  const fd = yield* opened(side, path, flags, DEFAULT_MODE);
  try {
    return decoded(yield* wait(readRest(side, fd)), encoding);
  } finally {
    yield* wait(side.files.take(fd, side).close());
  }
}

function* opened(side: Side, path: string, flags: number, mode: number): Flow<number> {
  const file = yield* wait(ask(() => openFile(side, path, flags, mode), same, "open", path));
  return side.files.add(file);
}

function writeFile(side: Side, target: unknown, data: unknown, options: unknown): Awaitable<void> {
  return put(side, target, data, options, "w");
}

function appendFile(side: Side, target: unknown, data: unknown, options: unknown): Awaitable<void> {
  return put(side, target, data, options, "a");
}

function put(
  side: Side,
  target: unknown,
  data: unknown,
  options: unknown,
  usual: "w" | "a",
): Awaitable<void> {
  const given = toOptions(options);
  const flush = toBoolean(given["flush"] ?? undefined, "options.flush");
  const signal = toSignal(given);
  const encoding = given["encoding"] as BufferEncoding | undefined;
  const fd = fdOf(target);
  const content = isSource(side, data) ? data : toBytes(data, encoding);
  if (fd !== undefined) {
    refuseAborted(signal);
    return run(writeInto(side, fd, content, encoding, flush));
  }
  const path = toPath(target);
  const flag = given["flag"] ?? usual;
  const flags = toFlags(flag);
  const mode = given["mode"] === undefined ? undefined : toMode(given["mode"], "mode", DEFAULT_MODE) & 0o7777;
  refuseAborted(signal);
  if (flag !== "w" && flag !== "wx" && flag !== "a")
    return run(writeWithFlags(side, path, flags, mode ?? DEFAULT_MODE, content, encoding, flush));
  return askOr(
    () => writeWhole(side, path, flag, content, { mode, durable: flush, signal, encoding }),
    nothing,
    (reason) => failed(reason, path, signal),
  );
}

interface WriteOptions {
  readonly mode: number | undefined;
  readonly durable: boolean;
  readonly signal: AbortSignal | undefined;
  readonly encoding: BufferEncoding | undefined;
}

/** Replaces or creates a file in one step, or adds to it in one. */
function writeWhole(
  { verbs }: Side,
  path: string,
  flag: "w" | "wx" | "a",
  content: Uint8Array | Source,
  { encoding, ...options }: WriteOptions,
): Awaitable<void> {
  if (content instanceof Uint8Array) {
    if (flag === "a") return verbs.appendFile(path, content, options);
    if (flag === "w" && options.mode === undefined && !options.durable && options.signal === undefined)
      return verbs.writeFile(path, content);
    return verbs.writeFile(path, content, { ...options, flag });
  }
  return verbs.writeFile(path, encodedSource(content, encoding) as Content, { ...options, flag });
}

type Source = AsyncIterable<unknown> | Iterable<unknown>;

/** Whether it is content that comes piece by piece: `fs.promises` takes that too. */
function isSource({ promises }: Side, data: unknown): data is Source {
  if (!promises || typeof data !== "object" || data === null || ArrayBuffer.isView(data)) return false;
  return Symbol.asyncIterator in data || Symbol.iterator in data;
}

async function* encodedSource(source: Source, encoding?: BufferEncoding): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield toBytes(chunk, encoding);
}

function* writeWithFlags(
  side: Side,
  path: string,
  flags: number,
  mode: number,
  content: Uint8Array | Source,
  encoding: BufferEncoding | undefined,
  flush: boolean,
): Flow<void> {
  const fd = yield* opened(side, path, flags, mode);
  try {
    yield* writeInto(side, fd, content, encoding, flush);
  } finally {
    yield* wait(side.files.take(fd, side).close());
  }
}

function* writeInto(
  side: Side,
  fd: number,
  content: Uint8Array | Source,
  encoding: BufferEncoding | undefined,
  flush: boolean,
): Flow<void> {
  const file = side.files.get(fd, side, "write");
  const done = (): Awaitable<unknown> =>
    content instanceof Uint8Array ? file.write(content) : writeEach(file, content, encoding);
  yield* wait(ask(done, nothing, "write"));
  if (flush) yield* wait(ask(() => file.sync(), nothing, "fsync"));
}

async function writeEach(
  file: { write(data: Uint8Array): Awaitable<unknown> },
  source: Source,
  encoding: BufferEncoding | undefined,
): Promise<void> {
  for await (const chunk of source) await file.write(toBytes(chunk, encoding));
}

const EXCLUSIVE = 1;
const CLONE_OR_FAIL = 4;

function copyFile({ verbs }: Side, path: unknown, to: unknown, mode: unknown): Awaitable<void> {
  const [from, target] = [toPath(path, "src"), toPath(to, "dest")];
  const bits = toBits(mode);
  if ((bits & CLONE_OR_FAIL) !== 0)
    throw systemError("ENOTSUP", { syscall: "copyfile", path: from, dest: target });
  return ask(() => verbs.copyFile(from, target, bits & EXCLUSIVE), nothing, "copyfile", from, target);
}

/** As Node does it: what fails, fails where the file is opened. */
function truncate(side: Side, target: unknown, length: unknown): Awaitable<void> {
  const size = toLength(length);
  const path = toPath(target);
  return ask(() => run(truncateFile(side, path, size)), nothing, "open", path);
}

function* truncateFile({ verbs, sync }: Side, path: string, size: number): Flow<void> {
  const { now, later } = yield* wait(verbs.open(path, forVfs(toFlags("r+"))));
  const file = sync ? now : later;
  try {
    yield* wait(file.truncate(size));
  } finally {
    yield* wait(file.close());
  }
}

/** What is done with whole files. */
export const FILES: Calls = { readFile, writeFile, appendFile, copyFile, truncate };
