import { dirname, resolve } from "node:path/posix";
import { isVfsError, run, wait, type Awaitable, type Flow } from "@vfs/core";
import { wrongValue } from "../argument-errors.ts";
import { toOptions, toPath } from "../arguments.ts";
import { encoded } from "../bytes.ts";
import type { Calls, Side, Verbs } from "../side.ts";
import { ask, nothing, systemError } from "../system-errors.ts";

function rename({ verbs }: Side, path: unknown, to: unknown): Awaitable<void> {
  const [from, target] = [toPath(path, "oldPath"), toPath(to, "newPath")];
  return ask(() => verbs.rename(from, target), nothing, "rename", from, target);
}

function link({ verbs }: Side, path: unknown, to: unknown): Awaitable<void> {
  const [from, target] = [toPath(path, "existingPath"), toPath(to, "newPath")];
  return ask(() => verbs.link(from, target), nothing, "link", from, target);
}

const LINK_TYPES: ReadonlySet<unknown> = new Set(["dir", "file", "junction", null, undefined]);

/** The type tells Windows what it links to; here it is only checked. */
function symlink({ verbs }: Side, target: unknown, path: unknown, type: unknown): Awaitable<void> {
  if (!LINK_TYPES.has(type))
    throw wrongValue("type", type, "must be one of: 'dir', 'file', 'junction', null, undefined");
  const [text, at] = [toPath(target, "target"), toPath(path)];
  return ask(() => verbs.symlink(text, at), nothing, "symlink", text, at);
}

function readlink({ verbs, promises }: Side, path: unknown, options: unknown): Awaitable<string | Buffer> {
  const { encoding } = toOptions(options);
  const at = toPath(path, promises ? "oldPath" : "path");
  return ask(
    () => verbs.readlink(at),
    (text) => encoded(text, encoding),
    "readlink",
    at,
  );
}

function unlink({ verbs }: Side, path: unknown): Awaitable<void> {
  const at = toPath(path);
  return ask(() => verbs.unlink(at), nothing, "unlink", at);
}

/** As Node's own walk: its error names the part of the path that is missing. */
function realpath({ verbs }: Side, path: unknown, options: unknown): Awaitable<string | Buffer> {
  const { encoding } = toOptions(options);
  const at = toPath(path);
  const whole = resolve(verbs.cwd(), at);
  return run(resolveAll(verbs, whole, encoding));
}

function* resolveAll(verbs: Verbs, path: string, encoding: unknown): Flow<string | Buffer> {
  try {
    return encoded(yield* wait(verbs.realpath(path)), encoding);
  } catch (reason) {
    if (!isVfsError(reason)) throw reason;
    const missing = yield* firstMissing(verbs, path);
    throw systemError(reason.code, { syscall: missing.syscall, path: missing.path }, reason);
  }
}

/** The shortest part of a path that cannot be looked at: by itself, or because what it links to cannot. */
function* firstMissing(verbs: Verbs, path: string): Flow<{ syscall: string; path: string }> {
  const parts: string[] = [];
  for (let at = path; at !== "/"; at = dirname(at)) parts.unshift(at);
  for (const part of parts)
    for (const syscall of ["lstat", "stat"] as const)
      if (!(yield* canBeSeen(verbs, syscall, part))) return { syscall, path: part };
  return { syscall: "lstat", path };
}

function* canBeSeen(verbs: Verbs, verb: "lstat" | "stat", path: string): Flow<boolean> {
  try {
    return (yield* wait(verbs[verb](path))) !== undefined;
  } catch {
    return false;
  }
}

/** `realpath.native`, and that of `fs.promises`. */
function nativeRealpath({ verbs }: Side, path: unknown, options: unknown): Awaitable<string | Buffer> {
  const { encoding } = toOptions(options);
  const at = toPath(path);
  return ask(
    () => verbs.realpath(at),
    (real) => encoded(real, encoding),
    "realpath",
    at,
  );
}

/** What concerns names: links, and where they lead. */
export const LINKS: Calls = { rename, link, symlink, readlink, unlink, realpath };

export { nativeRealpath };
