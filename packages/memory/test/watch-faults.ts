import { broken } from "./broken.ts";
import type { Fault } from "./broken.ts";

/** Faults of who tells what happens. */
export const WATCH_FAULTS: readonly Fault[] = [
  {
    what: "a watch that takes a move for something new",
    make: broken((inner) => ({
      watch: (path, options, ctx) => {
        const { report } = options;
        const changes: typeof report.changes = (all) =>
          report.changes(
            all.map((one) => (one.kind === "renamed" ? { kind: "created", path: one.path } : one)),
          );
        const lost = (): void => report.lost();
        const failed = (reason: unknown): void => report.failed(reason);
        return inner.watch(path, { ...options, report: { changes, lost, failed } }, ctx);
      },
    })),
    caughtBy: "watch › tells the old name of what is renamed",
  },
  {
    what: "a history that tells what was asked from on again",
    make: broken((inner) => ({
      changes: ({ since, limit }, ctx) =>
        inner.changes({ since: since === undefined ? undefined : Math.max(0, since - 1), limit }, ctx),
    })),
    caughtBy: "changes › are those after a revision, which only grows",
  },
  {
    what: "a history that answers for a time to come",
    make: broken((inner) => ({
      changes: (options, ctx) => {
        const now = inner.changes({}, ctx) as { readonly revision: number };
        return options.since !== undefined && options.since > now.revision
          ? { changes: [], revision: options.since, more: false }
          : inner.changes(options, ctx);
      },
    })),
    caughtBy: "changes › from before what is known, or after now, are ESTALE",
  },
];
