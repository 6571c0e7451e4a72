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
      const shown = changes.map((change) => toUserChange(change, names));
      // At once where all names are known, so that whoever did it has not heard back yet.
      const all = shown.some(isPromiseLike) ? Promise.all(shown) : (shown as (StoreChange | undefined)[]);
      inOrder(() =>
        chain(all, (found) => {
          const seen = found.filter((change) => change !== undefined);
          if (seen.length > 0) report.changes(seen);
        }),
      );
    },
    lost: () => inOrder(() => report.lost()),
    failed: (reason) => inOrder(() => report.failed(reason)),
  };
}

/** Undefined for what nobody sees. */
export function toUserChange(change: StoreChange, names: Names): Awaitable<StoreChange | undefined> {
  const { path, oldPath } = change;
  if (path === PARAMETERS || oldPath === PARAMETERS) return undefined;
  return chain(names.toUser(path), (shown) =>
    oldPath === undefined
      ? { ...change, path: shown }
      : chain(names.toUser(oldPath), (old) => ({ ...change, path: shown, oldPath: old })),
  );
}
