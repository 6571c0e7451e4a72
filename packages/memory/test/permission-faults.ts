import type { Context, ProviderFile } from "@vfs/core";
import { broken, type Fault } from "./broken.ts";

const asRoot = (ctx: Context): Context => ({ ...ctx, identity: undefined });

/** What an open file does, for anybody. */
const ofFile = (file: ProviderFile): ProviderFile => ({
  read: (into, position, ctx) => file.read(into, position, ctx),
  write: (data, position, ctx) => file.write(data, position, ctx),
  truncate: (size, ctx) => file.truncate(size, ctx),
  stat: (ctx) => file.stat(ctx),
  sync: (options, ctx) => file.sync(options, ctx),
  close: (ctx) => file.close(ctx),
  setStat: (changes, ctx) => file.setStat?.(changes, asRoot(ctx)),
});

/** Stores that say they check permissions, and do not everywhere. */
export const PERMISSION_FAULTS: readonly Fault[] = [
  {
    what: "a list that asks nobody",
    make: broken((inner) => ({ list: (path, options, ctx) => inner.list(path, options, asRoot(ctx)) })),
    caughtBy: "identity › reads, writes and lists only what its bits allow",
  },
  {
    what: "a copy that asks nobody",
    make: broken((inner) => ({
      copy: (path, to, options, ctx) => inner.copy(path, to, options, asRoot(ctx)),
    })),
    caughtBy: "identity › copies into another's file without taking it over",
  },
  {
    what: "a stat that asks nobody",
    make: broken((inner) => ({ stat: (path, options, ctx) => inner.stat(path, options, asRoot(ctx)) })),
    caughtBy: "identity › is told the truth by access",
  },
  {
    what: "a remove that asks nobody",
    make: broken((inner) => ({ remove: (path, options, ctx) => inner.remove(path, options, asRoot(ctx)) })),
    caughtBy: "identity › takes names out of a sticky directory only where it owns",
  },
  {
    what: "attributes that anybody may set",
    make: broken((inner) => ({
      setStat: (path, changes, options, ctx) => inner.setStat(path, changes, options, asRoot(ctx)),
    })),
    caughtBy: "identity › changes mode, owners and times as POSIX lets it",
  },
  {
    what: "links that anybody may make",
    make: broken((inner) => ({ link: (path, to, ctx) => inner.link(path, to, asRoot(ctx)) })),
    caughtBy: "identity › gives another name only to what it owns or may read and write",
  },
  {
    what: "files that belong to nobody in particular",
    make: broken((inner) => ({
      write: (path, data, options, ctx) => inner.write(path, data, options, asRoot(ctx)),
    })),
    caughtBy: "identity › owns what it makes, without its umask",
  },
  {
    what: "an open file whose owner is not asked",
    make: broken(
      (inner) => ({
        open: async (path, options, ctx) => {
          return ofFile(await inner.open(path, options, ctx));
        },
      }),
      { sync: false },
    ),
    caughtBy: "identity › keeps what a handle was granted, and asks again for what is the owner's",
  },
];
