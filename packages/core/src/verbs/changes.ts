import type { Awaitable } from "../awaitable.ts";
import { changeInSight, type ChangesPage, type StoreChange } from "../changes.ts";
import { unsupported } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import type { Mount } from "../mount.ts";
import { checkCount } from "../numbers.ts";
import type { Changes, ChangesVerbOptions } from "../options.ts";
import { addPrefix, type VPath } from "../path.ts";
import type { Scope } from "../scope.ts";
import { resolveTree, transplant } from "./walk.ts";

export function changes(scope: Scope, since?: number, options: ChangesVerbOptions = {}): Awaitable<Changes> {
  const { path = "/", limit, signal } = options;
  checkCount("since", since, 0);
  checkCount("limit", limit, 1);
  return run(changesOf(scope.until(signal), scope.path(path), since, limit));
}

function* changesOf(
  scope: Scope,
  asked: VPath,
  since: number | undefined,
  limit: number | undefined,
): Flow<Changes> {
  const { door } = scope;
  const base = yield* resolveTree(scope, asked, true);
  const mount = door.table.find(base);
  if (!mount.caps.changes) throw unsupported(`${mount.store.provider.name} keeps no history; use watch`);
  if (door.layersDecideBelow(base))
    throw unsupported(
      "a layer may hide a part of it from you, and a history cannot be asked twice; use watch",
    );
  const page = yield* wait(scope.onRealPaths().send("changes", base, { since, limit }));
  return { ...page, changes: toShown(scope, mount, base, asked, page) };
}

/** What of a page the caller can see, in the caller's paths. */
function toShown(
  scope: Scope,
  mount: Mount,
  base: VPath,
  asked: VPath,
  page: ChangesPage,
): Changes["changes"] {
  const { table } = scope.door;
  const isShown = (path: VPath): boolean => table.single || table.find(path) === mount;
  const named = (path: VPath): string => scope.shown(transplant(path, base, asked));
  const whole = (path: VPath): VPath => addPrefix(path, mount.path);
  const inSight = (change: StoreChange): StoreChange | undefined => {
    const oldPath = change.oldPath === undefined ? undefined : whole(change.oldPath);
    return changeInSight({ ...change, path: whole(change.path), oldPath }, { base, recursive: true });
  };
  return page.changes.flatMap((one) => {
    const change = inSight(one);
    if (change === undefined || !isShown(change.path)) return [];
    const { kind, path, oldPath, type, revision = page.revision } = change;
    const from = oldPath === undefined ? {} : { oldPath: named(oldPath) };
    return [{ kind, path: named(path), ...from, type, revision }];
  });
}
