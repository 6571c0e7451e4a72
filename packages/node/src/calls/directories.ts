import { isAbsolute, join, relative, resolve } from "node:path/posix";
import type { Dirent } from "node:fs";
import { isVfsError, run, wait, type Awaitable, type Flow } from "@vfs/core";
import { wrongValue } from "../argument-errors.ts";
import { toBoolean, toInteger, toMode, toObject, toOptions, toPath } from "../arguments.ts";
import { encoded } from "../bytes.ts";
import { toDirent } from "../dirents.ts";
import type { Calls, Side, Verbs } from "../side.ts";
import { ask, fsError, nothing, systemError, told } from "../system-errors.ts";

const DEFAULT_MODE = 0o777;

type Names = string[] | Buffer[] | Dirent[];

function readdir({ verbs }: Side, path: unknown, options: unknown): Awaitable<Names> {
  const directory = toPath(path);
  const { encoding, withFileTypes, recursive } = toOptions(options);
  const deep = toBoolean(recursive ?? undefined, "options.recursive");
  if (withFileTypes !== true)
    return ask(
      () => (deep ? verbs.readdir(directory, { recursive: true }) : verbs.readdir(directory)),
      (names) => inEncoding(deep ? names.sort(byLevel) : names.sort(), encoding),
      "scandir",
      directory,
    );
  return ask(
    () => verbs.readdir(directory, { withFileTypes, recursive: deep }),
    (entries) => {
      entries.sort((a, b) => byLevel(a.path, b.path));
      const whole = resolve(verbs.cwd(), directory);
      return entries.map(({ name, type, parentPath }) =>
        toDirent(name, type, asGiven(parentPath, whole, directory), encoding),
      );
    },
    "scandir",
    directory,
  );
}

/** Directory by directory, the upper ones first, as Node walks. */
function byLevel(a: string, b: string): number {
  const [one, other] = [a.split("/"), b.split("/")];
  if (one.length !== other.length) return one.length - other.length;
  const at = one.findIndex((name, index) => name !== other[index]);
  return at === -1 ? 0 : (one[at] as string) < (other[at] as string) ? -1 : 1;
}

function inEncoding(names: string[], encoding: unknown): string[] | Buffer[] {
  if (encoding === undefined || encoding === null || encoding === "utf8") return names;
  return names.map((name) => encoded(name, encoding)) as string[] | Buffer[];
}

/** A path below a directory, in terms of what the caller called the directory. */
function asGiven(path: string, whole: string, given: string): string {
  return path === whole ? given : join(given, path.slice(whole === "/" ? 1 : whole.length + 1));
}

function mkdir(
  { verbs, sync, promises }: Side,
  path: unknown,
  options: unknown,
): Awaitable<string | undefined> {
  const isMode = typeof options === "number" || typeof options === "string";
  const given = isMode ? { mode: options } : toObject(options ?? undefined);
  const directory = toPath(path);
  const recursive = toBoolean((given as { recursive?: unknown }).recursive, "options.recursive");
  const { mode: bits } = given as { mode?: unknown };
  const named = isMode || promises ? "mode" : "options.mode";
  const mode = toMode(bits, named, promises || bits === undefined ? DEFAULT_MODE : undefined) & 0o7777;
  if (!recursive)
    return ask(
      () => verbs.mkdir(directory, { mode }),
      () => undefined,
      "mkdir",
      directory,
    );
  return run(makeAll(verbs, directory, mode, sync));
}

function* makeAll(verbs: Verbs, directory: string, mode: number, sync: boolean): Flow<string | undefined> {
  try {
    const first = yield* wait(verbs.mkdir(directory, { recursive: true, mode }));
    return first === undefined || isAbsolute(directory) ? first : relative(verbs.cwd(), first);
  } catch (reason) {
    if (!isVfsError(reason, "ENOTDIR", "EEXIST", "ENOENT"))
      throw told(reason, { syscall: "mkdir", path: directory });
    const dangling = yield* danglingLink(verbs, directory);
    // Node names the link when it can wait, and what was asked for when it cannot.
    if (dangling === undefined) throw told(reason, { syscall: "mkdir", path: directory });
    const isLast = dangling === resolve(verbs.cwd(), directory);
    if (sync || isLast) throw systemError("ENOENT", { syscall: "mkdir", path: directory }, reason);
    throw systemError("ENOTDIR", { syscall: "mkdir", path: dangling }, reason);
  }
}

/** The first link on a path that leads nowhere. */
function* danglingLink(verbs: Verbs, path: string): Flow<string | undefined> {
  const asked = { throwIfNoEntry: false } as const;
  let at = "/";
  for (const name of resolve(verbs.cwd(), path).split("/").filter(Boolean)) {
    at = join(at, name);
    if ((yield* wait(verbs.lstat(at, asked))) === undefined) return undefined;
    if ((yield* wait(verbs.stat(at, asked))) === undefined) return at;
  }
  return undefined;
}

const RANDOM_LETTERS = 6;

function mkdtemp({ verbs }: Side, prefix: unknown, options: unknown): Awaitable<string | Buffer> {
  const { encoding } = toOptions(options);
  const start = toPath(prefix, "prefix");
  return ask(
    () => verbs.mkdtemp(start),
    (path) => encoded(start + path.slice(-RANDOM_LETTERS), encoding),
    "mkdtemp",
    `${start}XXXXXX`,
  );
}

function rmdir({ verbs }: Side, path: unknown, options: unknown): Awaitable<void> {
  const directory = toPath(path);
  const { recursive } = toObject(options ?? undefined) as { recursive?: unknown };
  if (recursive !== undefined) throw wrongValue("options.recursive", recursive, "is no longer supported");
  return ask(() => verbs.rmdir(directory), nothing, "rmdir", directory);
}

function rm({ verbs }: Side, path: unknown, options: unknown): Awaitable<void> {
  const target = toPath(path);
  const given = toObject(options ?? undefined);
  const force = toBoolean(given["force"], "options.force");
  const recursive = toBoolean(given["recursive"], "options.recursive");
  toInteger(given["retryDelay"] ?? 0, "options.retryDelay", 0, 2147483647);
  toInteger(given["maxRetries"] ?? 0, "options.maxRetries", 0, 4294967295);
  return run(remove(verbs, target, force, recursive));
}

function* remove(verbs: Verbs, path: string, force: boolean, recursive: boolean): Flow<void> {
  try {
    yield* wait(verbs.rm(path, { force, recursive }));
  } catch (reason) {
    if (!recursive && isVfsError(reason, "EISDIR"))
      throw fsError("ERR_FS_EISDIR", "Path is a directory", {
        code: "EISDIR",
        message: "is a directory",
        path,
        syscall: "rm",
      });
    throw told(reason, { syscall: isVfsError(reason, "ENOENT", "ENOTDIR") ? "lstat" : "rm", path });
  }
}

/** What is done with directories and trees. */
export const DIRECTORIES: Calls = { readdir, mkdir, mkdtemp, rmdir, rm };
