import { chain, type Awaitable } from "../awaitable.ts";
import { VfsError } from "../error.ts";
import { tooLong } from "../path.ts";
import type { Scope } from "../scope.ts";

// `PATH_MAX` without its NUL, as on Linux.
const LONGEST_TARGET = 4095;

export function realpath(scope: Scope, path: string): Awaitable<string> {
  return chain(scope.door.realpath(scope.path(path), scope.ctx), (real) => scope.shown(real));
}

export function symlink(scope: Scope, target: string, path: string): Awaitable<void> {
  if (typeof target !== "string")
    throw new TypeError(`the target of a link must be a string, got ${typeof target}`);
  const at = scope.path(path);
  const shown = scope.shown(at);
  if (target === "")
    throw new VfsError("ENOENT", { syscall: "symlink", path: shown, hint: "the target is empty" });
  if (target.includes("\0"))
    throw new VfsError("EINVAL", { syscall: "symlink", path: shown, hint: "the target contains NUL" });
  if (tooLong(target, LONGEST_TARGET))
    throw new VfsError("ENAMETOOLONG", {
      syscall: "symlink",
      path: shown,
      hint: `a target has at most ${LONGEST_TARGET} bytes`,
    });
  if (!target.isWellFormed())
    throw new VfsError("EILSEQ", {
      syscall: "symlink",
      path: shown,
      hint: "the target must be well-formed Unicode",
    });
  return scope.send("symlink", at, { target });
}

export function readlink(scope: Scope, path: string): Awaitable<string> {
  return scope.send("readlink", scope.path(path), {});
}

export function link(scope: Scope, path: string, to: string): Awaitable<void> {
  return scope.send("link", scope.path(path), {}, scope.path(to));
}
