import { Buffer } from "./buffer.ts";
import {
  bytesOf,
  close,
  O,
  open,
  operate,
  operateBoth,
  operateOpen,
  pathOf,
  readInto,
  readRest,
  writeFrom,
} from "./fs-calls.ts";
import { fsError } from "./fs-errors.ts";
import { Dirent, Stats, type FileType, type Told } from "./fs-stats.ts";
import { ask } from "./host.ts";
import { setImmediate } from "./timers.ts";

// Node's `fs`, on the live files of the session: every function is there as `...Sync`, in `promises`, and with a callback.

type Options = {
  readonly encoding?: string | null;
  readonly flag?: string | number;
  readonly mode?: number;
  readonly recursive?: boolean;
  readonly force?: boolean;
  readonly withFileTypes?: boolean;
  readonly throwIfNoEntry?: boolean;
};

/** Options, of which a text is the encoding and a number the mode. */
function optionsOf(given: unknown): Options {
  if (typeof given === "string") return { encoding: given };
  if (typeof given === "number") return { mode: given };
  return typeof given === "object" && given !== null ? given : {};
}

/** Opens a file, unless it is a descriptor already, and closes what it has opened. */
function withFd<T>(
  file: unknown,
  flag: string | number,
  mode: number | undefined,
  use: (fd: number) => T,
): T {
  if (typeof file === "number") return use(file);
  const fd = open(file, flag, mode);
  try {
    return use(fd);
  } finally {
    close(fd);
  }
}

function readFile(file: unknown, options?: unknown): Buffer | string {
  const { encoding, flag = "r" } = optionsOf(options);
  const bytes = withFd(file, flag, undefined, (fd) => readRest(fd, fd === 0 ? 65_536 : fstat(fd).size));
  return encoding === undefined || encoding === null || encoding === "buffer"
    ? bytes
    : bytes.toString(encoding);
}

function writeAll(fd: number, data: unknown, encoding: string | null | undefined): void {
  const bytes = bytesOf(data, encoding);
  for (let done = 0; done < bytes.length;) done += writeFrom(fd, bytes.subarray(done));
}

function writeFile(file: unknown, data: unknown, options?: unknown): void {
  const { encoding, flag = "w", mode } = optionsOf(options);
  withFd(file, flag, mode, (fd) => writeAll(fd, data, encoding));
}

function appendFile(file: unknown, data: unknown, options?: unknown): void {
  writeFile(file, data, { flag: "a", ...optionsOf(options) });
}

function fstat(fd: number): Stats {
  return new Stats(operateOpen("fstat", fd) as Told);
}

function lookAt(op: "stat" | "lstat", path: unknown, options: unknown): Stats | undefined {
  const answer = ask(op, pathOf(path));
  if (!("code" in answer)) return new Stats(answer.value as Told);
  const isMissing = answer.code === "ENOENT" || answer.code === "ENOTDIR";
  if (isMissing && optionsOf(options).throwIfNoEntry === false) return undefined;
  throw fsError(answer, op, String(path));
}

function exists(path: unknown): boolean {
  try {
    return !("code" in ask("stat", pathOf(path)));
  } catch {
    return false;
  }
}

function readdir(path: unknown, options?: unknown): (string | Dirent)[] {
  const { withFileTypes = false, recursive = false } = optionsOf(options);
  const root = pathOf(path);
  const found: (string | Dirent)[] = [];
  const list = (below: string): void => {
    const directory = below === "" ? root : `${root}/${below}`;
    for (const [name, type] of operate("readdir", directory) as [string, FileType][]) {
      const relative = below === "" ? name : `${below}/${name}`;
      found.push(withFileTypes ? new Dirent(name, directory, type) : relative);
      if (recursive && type === "directory") list(relative);
    }
  };
  list("");
  return found;
}

function mkdir(path: unknown, options?: unknown): string | undefined {
  const { recursive = false, mode = 0o777 } = optionsOf(options);
  if (!recursive) return void operate("mkdir", path, mode);
  let first: string | undefined;
  let at = "";
  for (const name of pathOf(path).split("/").filter(Boolean)) {
    at += `/${name}`;
    const answer = ask("mkdir", at, mode);
    if (!("code" in answer)) first ??= at;
    else if (lookAt("stat", at, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw fsError(
        answer.code === "EEXIST" ? { ...answer, code: "ENOTDIR" } : answer,
        "mkdir",
        String(path),
      );
  }
  return first;
}

function rm(path: unknown, options?: unknown): void {
  const { recursive = false, force = false } = optionsOf(options);
  const stats = lookAt("lstat", path, { throwIfNoEntry: !force });
  if (stats === undefined) return;
  if (!stats.isDirectory()) return void operate("unlink", path);
  if (!recursive)
    throw Object.assign(
      new Error(`Path is a directory: rm returned EISDIR (is a directory) ${String(path)}`),
      {
        code: "ERR_FS_EISDIR",
        path,
      },
    );
  rmdir(path, { recursive: true });
}

function rmdir(path: unknown, options?: unknown): void {
  if (optionsOf(options).recursive === true)
    for (const entry of readdir(path, { withFileTypes: true }) as Dirent[]) {
      const child = `${entry.parentPath}/${entry.name}`;
      if (entry.isDirectory()) rmdir(child, options);
      else operate("unlink", child);
    }
  operate("rmdir", path);
}

function copyFile(from: unknown, to: unknown): void {
  withFd(from, "r", undefined, (source) =>
    withFd(to, "w", fstat(source).mode & 0o777, (target) => {
      const block = Buffer.alloc(1 << 20);
      for (let got = 0; (got = readInto(source, block)) > 0;) writeAll(target, block.subarray(0, got), null);
    }),
  );
}

function cp(from: unknown, to: unknown, options?: unknown): void {
  const stats = lookAt("lstat", from, {}) as Stats;
  if (stats.isSymbolicLink()) return void operate("symlink", to, operate("readlink", from));
  if (!stats.isDirectory()) return copyFile(from, to);
  if (optionsOf(options).recursive !== true)
    throw Object.assign(new Error(`Recursive option not enabled, cannot copy a directory: ${String(from)}`), {
      code: "ERR_FS_EISDIR",
    });
  const [source, target] = [pathOf(from), pathOf(to)];
  if (`${target}/`.startsWith(`${source}/`))
    throw fsError({ code: "EINVAL", message: "" }, "cp", String(from), String(to));
  mkdir(to, { recursive: true });
  for (const name of readdir(source))
    cp(`${source}/${name as string}`, `${target}/${name as string}`, options);
}

function mkdtemp(prefix: unknown): string {
  for (;;) {
    const path = `${String(prefix)}${Math.random().toString(36).slice(2, 8).padEnd(6, "0")}`;
    if (exists(path)) continue;
    mkdir(path, { mode: 0o700 });
    return path;
  }
}

/** A part of an array: as Node takes it, in an object or in a row. */
function partOf(bytes: Uint8Array, offset: unknown, length: unknown): Uint8Array {
  const start = Number(offset ?? 0);
  return bytes.subarray(start, length === undefined || length === null ? undefined : start + Number(length));
}

function read(
  fd: number,
  bytes: Uint8Array,
  offset?: unknown,
  length?: unknown,
  position?: number | null,
): number {
  if (typeof offset !== "object" || offset === null)
    return readInto(fd, partOf(bytes, offset, length), position);
  const given = offset as { offset?: number; length?: number; position?: number };
  return readInto(fd, partOf(bytes, given.offset, given.length), given.position);
}

function write(
  fd: number,
  data: unknown,
  offset?: unknown,
  length?: unknown,
  position?: number | null,
): number {
  if (typeof data === "string")
    return writeFrom(fd, bytesOf(data, length as string | undefined), offset as number | null | undefined);
  return writeFrom(fd, partOf(bytesOf(data), offset, length), position);
}

/** Times as seconds, as milliseconds since 1970 inside. */
function timeMs(time: unknown): number {
  return time instanceof Date ? time.getTime() : Number(time) * 1000;
}

/** Everything that can be done, by its name in `promises`. */
const operations: Record<string, (...args: never[]) => unknown> = {
  readFile,
  writeFile,
  appendFile,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  rmdir,
  open,
  close,
  read,
  write,
  fstat,
  stat: (path: unknown, options: unknown) => lookAt("stat", path, options),
  lstat: (path: unknown, options: unknown) => lookAt("lstat", path, options),
  access: (path: unknown, mode: unknown = 0) => void operate("access", path, Number(mode)),
  realpath: (path: unknown) => operate("realpath", path),
  readlink: (path: unknown) => operate("readlink", path),
  symlink: (target: unknown, path: unknown) => void operate("symlink", path, String(target)),
  rename: (from: unknown, to: unknown) => operateBoth("rename", from, to),
  link: (existing: unknown, path: unknown) => operateBoth("link", existing, path),
  unlink: (path: unknown) => void operate("unlink", path),
  chmod: (path: unknown, mode: number) => void operate("chmod", path, mode),
  truncate: (path: unknown, length = 0) => void operate("truncate", path, length),
  utimes: (path: unknown, atime: unknown, mtime: unknown) =>
    void operate("utimes", path, timeMs(atime), timeMs(mtime), false),
  lutimes: (path: unknown, atime: unknown, mtime: unknown) =>
    void operate("utimes", path, timeMs(atime), timeMs(mtime), true),
  ftruncate: (fd: number, length = 0) => void operateOpen("ftruncate", fd, length),
  fchmod: (fd: number, mode: number) => void operateOpen("fchmod", fd, mode),
  futimes: (fd: number, atime: unknown, mtime: unknown) =>
    void operateOpen("futimes", fd, timeMs(atime), timeMs(mtime)),
  fsync: (fd: number) => void operateOpen("fsync", fd),
  fdatasync: (fd: number) => void operateOpen("fsync", fd),
};

const constants: Record<string, number> = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, COPYFILE_EXCL: 1 };
for (const [name, bits] of Object.entries(O)) constants[`O_${name}`] = bits;

const promises: Record<string, unknown> = { constants };

/** Node's `fs`. */
export const fs: Record<string, unknown> = { promises, constants, Stats, Dirent, existsSync: exists };

for (const [name, operation] of Object.entries(operations)) {
  const act = operation as (...args: unknown[]) => unknown;
  fs[`${name}Sync`] = act;
  promises[name] = async (...args: unknown[]) => act(...args);
  fs[name] = (...args: unknown[]) => {
    const callback = args.pop();
    if (typeof callback !== "function")
      throw Object.assign(new TypeError('The "cb" argument must be of type function'), {
        code: "ERR_INVALID_ARG_TYPE",
      });
    void callBack(act, args, callback as (error: unknown, value?: unknown) => void);
  };
}

/** Calls back once everything that is under way is done, as Node does. What the callback throws ends the code. */
async function callBack(
  act: (...args: unknown[]) => unknown,
  args: readonly unknown[],
  callback: (error: unknown, value?: unknown) => void,
): Promise<void> {
  await Promise.resolve();
  try {
    const value = act(...args);
    setImmediate(() => callback(null, value));
  } catch (error) {
    setImmediate(() => callback(error));
  }
}
