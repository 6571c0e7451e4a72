import type { Context, VPath } from "@vfs/core";
import { broken, type Fault, type Full } from "./broken.ts";
import { PERMISSION_FAULTS } from "./permission-faults.ts";
import { WATCH_FAULTS } from "./watch-faults.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const FAULTS: readonly Fault[] = [
  {
    what: "a rename that leaves the original",
    make: broken((inner) => ({
      rename: (path, to, _options, ctx) => inner.copy(path, to, { recursive: true }, ctx),
    })),
    caughtBy: "rename › moves a file, with its content and time",
  },
  {
    what: "a rename that takes everything of the same beginning along",
    make: broken(
      (inner) => ({
        rename: async (path, to, options, ctx) => {
          await inner.rename(path, to, options, ctx);
          const parent = (path.slice(0, path.lastIndexOf("/")) || "/") as VPath;
          const { items } = await inner.list(parent, {}, ctx);
          for (const { name } of items)
            if (name.startsWith(path.slice(path.lastIndexOf("/") + 1))) {
              const from = `${parent === "/" ? "" : parent}/${name}` as VPath;
              await inner.rename(from, (to + from.slice(path.length)) as VPath, options, ctx);
            }
        },
      }),
      { sync: false },
    ),
    caughtBy: "rename › moves a directory with everything in it",
  },
  {
    what: "a rename onto a directory with something in it",
    make: broken(
      (inner) => ({
        rename: async (path, to, options, ctx) => {
          const found = await Promise.resolve(to)
            .then((at) => inner.stat(at, {}, ctx))
            .catch(() => undefined);
          if (found?.type === "directory" && path !== to && !to.startsWith(`${path}/`))
            await inner.remove(to, { kind: "directory", recursive: true }, ctx);
          return inner.rename(path, to, options, ctx);
        },
      }),
      { sync: false },
    ),
    caughtBy: "rename › of a directory replaces an empty one only",
  },
  {
    what: "an append that reads, waits and writes",
    make: broken(
      (inner) => ({
        append: async (path, data, options, ctx) => {
          const old = await Promise.resolve(path)
            .then((at) => inner.read(at, {}, ctx))
            .catch(() => new Uint8Array(0));
          await turn();
          await inner.write(path, new Uint8Array([...old, ...data]), options, ctx);
        },
      }),
      { sync: false },
    ),
    caughtBy: "appendFile › loses none of 50 that come at once",
  },
  {
    what: "a write that is seen before it is whole",
    make: broken(
      (inner) => ({
        write: async (path, data, options, ctx) => {
          const half = data.subarray(0, data.length >> 1);
          await inner.write(path, half, options, ctx);
          await turn();
          return inner.write(path, data, { ...options, ifNoneMatch: undefined, ifMatch: undefined }, ctx);
        },
      }),
      { sync: false },
    ),
    caughtBy: "writeFile › lets a reader see the old content or the new",
  },
  {
    what: "a stream that is written in place",
    make: broken(
      (inner) => ({
        writeStream: async (path, source, options, ctx) => {
          await inner.write(path, new Uint8Array(0), options, ctx);
          for await (const chunk of source) await inner.append(path, chunk, {}, ctx);
          return inner.stat(path, {}, ctx);
        },
      }),
      { sync: false },
    ),
    caughtBy: "writeStream › leaves the old file when the source fails",
  },
  {
    what: "a write that leaves a temporary name",
    make: broken(
      (inner) => ({
        write: async (path, data, options, ctx) => {
          const temporary = `${path}.tmp` as VPath;
          await inner.write(temporary, data, {}, ctx);
          return inner.write(path, data, options, ctx);
        },
      }),
      { sync: false },
    ),
    caughtBy: "writeFile › leaves nothing behind that it does not show",
  },
  {
    what: "a write that keeps the caller's memory",
    make: broken((inner) => ({
      write: (path, data, options, ctx) => inner.write(path, data, { ...options, owned: true }, ctx),
    })),
    caughtBy: "readFile › shares no memory with the caller",
  },
  {
    what: "a range that is one byte too long",
    make: broken((inner) => ({
      read: (path, options, ctx) =>
        inner.read(
          path,
          options.length === undefined ? options : { ...options, length: options.length + 1 },
          ctx,
        ),
    })),
    caughtBy: "readFile › gives ranges, short at the end and empty behind it",
  },
  {
    what: "a list that ends after 1,000 entries",
    make: broken(
      (inner) => ({
        list: async (path, options, ctx) => {
          const page = await inner.list(path, options, ctx);
          return { ...page, items: page.items.slice(0, 1000) };
        },
      }),
      { sync: false },
    ),
    caughtBy: "readdir › gives all of 1,100 entries",
  },
  {
    what: "a list that goes on by a position",
    make: broken(
      (inner) => ({
        list: async (path, { cursor, limit = Infinity, ...options }, ctx) => {
          const { items } = await inner.list(path, options, ctx);
          const from = Number(cursor ?? 0);
          const next = from + limit;
          return { items: items.slice(from, next), ...(next < items.length ? { cursor: `${next}` } : {}) };
        },
      }),
      { sync: false },
    ),
    caughtBy: "list › by pages keeps what stays while others come and go",
  },
  {
    what: "a removal of a directory with something in it",
    make: broken((inner) => ({
      remove: (path, options, ctx) => inner.remove(path, { ...options, recursive: true }, ctx),
    })),
    caughtBy: "rmdir › removes an empty directory only",
  },
  {
    what: "a link that is read as what it stands for, without asking",
    make: broken((inner) => ({
      read: (path, options, ctx) => {
        const { type } = inner.stat(path, {}, ctx) as { type: string };
        if (type !== "symlink") return inner.read(path, options, ctx);
        return inner.read(inner.readlink(path, ctx) as VPath, options, ctx);
      },
    })),
    caughtBy: "symlink › cannot lead out of a view",
  },
  {
    what: "an etag made of the size",
    make: broken((inner) => ({
      stat: (path, options, ctx) => {
        const stat = inner.stat(path, options, ctx) as { size: number; type: string };
        return { ...stat, etag: stat.type === "file" ? `${stat.size}` : undefined } as never;
      },
    })),
    caughtBy: "stat › shows a new etag after each change of content",
  },
  {
    what: "a file that is lost with its name",
    make: broken((inner) => ({
      open: (path, options, ctx: Context) => {
        const file = inner.open(path, options, ctx) as Awaited<ReturnType<Full["open"]>>;
        const read = file.read.bind(file);
        file.read = (into, position, readCtx) => {
          inner.stat(path, {}, readCtx);
          return read(into, position, readCtx);
        };
        return file;
      },
    })),
    caughtBy: "open › goes on after the name is gone",
  },
  {
    what: "caps that promise never to wait",
    make: broken((inner) => ({ stat: async (path, options, ctx) => inner.stat(path, options, ctx) })),
    caughtBy: "caps › of a synchronous store: no call gives a promise",
  },
  {
    what: "caps that promise etags",
    make: broken((inner) => ({
      stat: (path, options, ctx) =>
        ({ ...(inner.stat(path, options, ctx) as object), etag: undefined }) as never,
    })),
    caughtBy: "stat › shows a new etag after each change of content",
  },
  {
    what: "caps that promise to honour ifMatch",
    make: broken((inner) => ({
      write: (path, data, options, ctx) => inner.write(path, data, { ...options, ifMatch: undefined }, ctx),
    })),
    caughtBy: "writeFile › with ifMatch writes over that version only",
  },
  {
    what: "caps that promise to honour ifNoneMatch",
    make: broken((inner) => ({
      write: (path, data, options, ctx) =>
        inner.write(path, data, { ...options, ifNoneMatch: undefined }, ctx),
    })),
    caughtBy: "writeFile › with wx creates only",
  },
  {
    what: "caps that promise modes",
    make: broken(() => ({ setStat: () => undefined })),
    caughtBy: "chmod › changes the permission bits and nothing else",
  },
  {
    what: "caps that promise that a file keeps its inode",
    make: broken((inner) => ({
      write: (path, data, options, ctx) => {
        if (options.ifMatch === undefined && options.ifNoneMatch === undefined)
          try {
            inner.remove(path, { kind: "file" }, ctx);
          } catch {
            // It is new.
          }
        return inner.write(path, data, options, ctx);
      },
    })),
    caughtBy: "writeFile › keeps the inode of a file that is there",
  },
  {
    what: "caps that promise two names for `a` and `A`",
    make: broken((inner) => ({
      write: (path, data, options, ctx) => inner.write(path.toLowerCase() as VPath, data, options, ctx),
      read: (path, options, ctx) => inner.read(path.toLowerCase() as VPath, options, ctx),
    })),
    caughtBy: "names › `a` and `A` are two names",
  },
  {
    what: "caps that promise stable inode numbers",
    make: broken((inner) => {
      let last = 0;
      return {
        stat: (path, options, ctx) =>
          ({ ...(inner.stat(path, options, ctx) as object), ino: ++last }) as never,
      };
    }),
    caughtBy: "stat › gives every file a number of its own that stays",
  },
  {
    what: "caps that promise recursive listings",
    make: broken(() => ({}), { listRecursive: true }),
    caughtBy: "list › with recursive gives directories before what is in them",
  },
  {
    what: "caps that promise to know how full it is",
    make: broken(() => ({ usage: () => ({ bytes: 0, files: 0 }) })),
    caughtBy: "usage › follows what is stored",
  },
  {
    what: "caps that promise streams of one version",
    make: broken((inner) => ({
      readStream: (path, { chunkSize = 65_536 }, ctx) =>
        (function* () {
          const { size } = inner.stat(path, { follow: true }, ctx) as { size: number };
          for (let at = 0; at < size; at += chunkSize)
            yield inner.read(path, { offset: at, length: chunkSize }, ctx) as Uint8Array<ArrayBuffer>;
        })(),
    })),
    caughtBy: "readStream › gives one version, or fails",
  },
  ...PERMISSION_FAULTS,
  ...WATCH_FAULTS,
];
