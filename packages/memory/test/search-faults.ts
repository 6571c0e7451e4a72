import type { Entry } from "@vfs/core";
import { broken } from "./broken.ts";
import type { Fault } from "./broken.ts";

/** Faults of a store that searches. */
export const SEARCH_FAULTS: readonly Fault[] = [
  {
    what: "a search that looks into one directory only",
    make: broken((inner) => ({
      find: (path, query, ctx) => inner.find(path, { ...query, maxDepth: 1 }, ctx),
    })),
    caughtBy: "search › finds the same whether the store searches or core takes the tree apart",
  },
  {
    what: "a search whose pages have no end",
    make: broken((inner) => ({
      find: (path, query, ctx) => inner.find(path, { ...query, limit: Infinity }, ctx),
    })),
    caughtBy: "find of a store › gives each that fits once, by pages of any size",
  },
  {
    what: "a search that goes on where names were, not where they are",
    make: broken((inner) => ({
      find: (path, { cursor, limit = Infinity, ...query }, ctx) => {
        const from = Number(cursor ?? 0);
        const { items } = inner.find(path, query, ctx) as { items: Entry[] };
        const page = items.slice(from, from + limit);
        return { items: page, cursor: from + limit < items.length ? String(from + limit) : undefined };
      },
    })),
    caughtBy: "find of a store › puts a stat beside each, and goes on while names come and go",
  },
];
