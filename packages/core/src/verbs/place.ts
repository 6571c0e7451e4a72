import { chain, type Awaitable } from "../awaitable.ts";
import { VfsError } from "../error.ts";
import { stripPrefix } from "../path.ts";
import type { Scope } from "../scope.ts";

export function cd(scope: Scope, path: string): Awaitable<void> {
  const directory = scope.path(path);
  return chain(scope.send("stat", directory, { follow: true }), ({ type }) => {
    const shown = scope.shown(directory);
    if (type !== "directory") throw new VfsError("ENOTDIR", { syscall: "chdir", path: shown });
    scope.place.cwd = stripPrefix(directory, scope.ctx.root);
  });
}
