import type { Entry, Page, Stat } from "@vfs/core";

/** A copy that nobody changes any more, whoever gets it. */
export function frozenStat(stat: Stat): Stat {
  const { meta, checksums } = stat;
  return Object.freeze({
    ...stat,
    ...(meta === undefined ? {} : { meta: Object.freeze({ ...meta }) }),
    ...(checksums === undefined ? {} : { checksums: Object.freeze({ ...checksums }) }),
  });
}

export function frozenPage({ items, cursor }: Page<Entry>): Page<Entry> {
  const kept = items.map((entry) =>
    Object.freeze(entry.stat === undefined ? { ...entry } : { ...entry, stat: frozenStat(entry.stat) }),
  );
  return Object.freeze({ items: Object.freeze(kept), ...(cursor === undefined ? {} : { cursor }) });
}
