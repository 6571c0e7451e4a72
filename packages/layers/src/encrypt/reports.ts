import { chain, isPromiseLike, type Awaitable, type StoreChange, type WatchReport } from "@vfs/core";
import type { Names } from "./names.ts";
import { PARAMETERS } from "./parameters.ts";

/** A report of what happens in the store, told under the names that the user knows, in order. */
export function translated(report: WatchReport, names: Names): WatchReport {
  let last: PromiseLike<unknown> | undefined;
  const inOrder = (tell: () => Awaitable<void>): void => {
    const told = last === undefined ? tell() : last.then(tell);
    if (!isPromiseLike(told)) return;
    const done: PromiseLike<unknown> = told.then(
      () => (last = last === done ? undefined : last),
      (reason: unknown) => report.failed(reason),
    );
    last = done;
  };
  return {
    changes: (changes) => {
      // At once where all names are known, so that whoever did it has not heard back yet.
      const all = toUserChanges(changes, names);
      inOrder(() =>
        chain(all, (seen) => {
          if (seen.length > 0) report.changes(seen);
        }),
      );
    },
    lost: () => inOrder(() => report.lost()),
    failed: (reason) => inOrder(() => report.failed(reason)),
  };
}

/** The changes that are to be seen, as the user knows them. */
export function toUserChanges(changes: readonly StoreChange[], names: Names): Awaitable<StoreChange[]> {
  return changes.reduce<Awaitable<StoreChange[]>>(
    (told, change) =>
      chain(told, (all) =>
        chain(toUserChange(change, names), (shown) => (shown === undefined ? all : [...all, shown])),
      ),
    [],
  );
}

/** Undefined for what nobody sees. */
function toUserChange(change: StoreChange, names: Names): Awaitable<StoreChange | undefined> {
  const { path, oldPath } = change;
  if (path === PARAMETERS || oldPath === PARAMETERS) return undefined;
  return chain(names.toUser(path), (shown) =>
    oldPath === undefined
      ? { ...change, path: shown }
      : chain(names.toUser(oldPath), (old) => ({ ...change, path: shown, oldPath: old })),
  );
}
