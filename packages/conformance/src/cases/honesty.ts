import {
  chain,
  isPromiseLike,
  type Awaitable,
  type Context,
  type OpenFlags,
  type Provider,
  type ProviderWatch,
  type ProviderWatchOptions,
  type VPath,
} from "@vfs/core";
import { canWrite, group, type Bench, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { CONTEXT } from "../context.ts";
import { bytes, utf8 } from "../samples.ts";

const SYNC: Context = { ...CONTEXT, sync: true };
const FLAGS: OpenFlags = {
  read: true,
  write: true,
  append: false,
  create: true,
  exclusive: false,
  truncate: false,
};

const p = (path: string): VPath => path as VPath;

export const honesty: Case[] = [
  ...group("caps", {
    "are frozen data that never changes": ({ provider, caps, declared }) => {
      same(provider.caps === provider.caps, true, "the same object each time");
      check(Object.isFrozen(provider.caps) && Object.isFrozen(caps), "frozen");
      same(JSON.parse(JSON.stringify(caps)), JSON.parse(JSON.stringify(declared)), "as the kit was told");
    },
    "of a synchronous store: no call gives a promise": {
      needs: ({ sync, write }) => sync && write,
      run: async ({ provider }) => {
        for (const [name, call] of Object.entries(everyCall(provider))) {
          const value = call();
          if (isPromiseLike(value)) {
            await value.then(undefined, () => undefined);
            check(false, `${name} gave a promise to a caller that cannot wait`);
          }
        }
      },
    },
    "of a store that must wait: the synchronous face refuses before anything is done": {
      needs: ({ sync, write }) => !sync && write,
      run: async ({ vfs }) => {
        for (const call of [
          () => vfs.sync.writeFile("/f", "x"),
          () => vfs.sync.mkdir("/d"),
          () => vfs.sync.readdir("/"),
          () => vfs.sync.open("/f", "w"),
        ])
          await fails("ENOTSUP", call, "a synchronous call");
        same(await vfs.readdir("/"), [], "names");
      },
    },
    "of a store that cannot be written: everything that would change it is EROFS": {
      needs: ({ write }) => !write,
      run: async ({ vfs }) => {
        const before = await vfs.readdir("/", { recursive: true });
        await fails("EROFS", () => vfs.writeFile("/new", "x"), "writeFile");
        await fails("EROFS", () => vfs.mkdir("/new"), "mkdir");
        await fails("EROFS", () => vfs.appendFile("/new", "x"), "appendFile");
        await fails("EROFS", () => vfs.open("/new", "w"), "open");
        await fails("EROFS", () => vfs.writeStream("/new", ["x"]), "writeStream");
        await fails("EROFS", () => vfs.symlink("x", "/new"), "symlink");
        same(await vfs.readdir("/", { recursive: true }), before, "names");
      },
    },
    "of limits: a file that is too large is EFBIG": {
      needs: ({ write, limits }) => write && limits.fileBytes !== undefined && limits.fileBytes < 1 << 26,
      run: async ({ vfs, caps }) => {
        const size = caps.limits.fileBytes ?? 0;
        await vfs.writeFile("/most", new Uint8Array(size));
        await fails("EFBIG", () => vfs.writeFile("/more", new Uint8Array(size + 1)), "writeFile");
        await fails("EFBIG", () => vfs.appendFile("/most", "x"), "appendFile");
        same(await vfs.readdir("/"), ["most"], "names");
      },
    },
  }),
  ...group("sync", {
    "has the same verbs on the same files": {
      needs: ({ sync, write }) => sync && write,
      run: async ({ vfs }) => {
        const { sync } = vfs;
        sync.mkdir("/d/e", { recursive: true });
        sync.writeFile("/d/f", "sync");
        same(await vfs.readFile("/d/f", "utf8"), "sync", "what was written synchronously");
        await vfs.writeFile("/d/g", "async");
        same(sync.readFile("/d/g", "utf8"), "async", "what was written asynchronously");
        same(sync.readdir("/d").sort(), ["e", "f", "g"], "names");
        sync.appendFile("/d/f", "!");
        sync.cp("/d", "/copy", { recursive: true });
        sync.rename("/copy/f", "/copy/h");
        same(sync.readFile("/copy/h", "utf8"), "sync!", "content of a copy");
        same(
          [...sync.find("/copy", { name: "h" })].map(({ path }) => path),
          ["/copy/h"],
          "find",
        );
        same([...sync.grep("/copy", /^sync/)].length, 1, "grep");
        same([...sync.glob("/copy/*")].length, 3, "glob");
        sync.writeStream("/s", ["a", utf8("b")]);
        same(
          [...sync.readStream("/s")].map((chunk) => chunk.length),
          [2],
          "chunks",
        );
        const handle = sync.open("/s", "r+");
        handle.write("X", 0);
        handle.close();
        same(sync.readFile("/s", "utf8"), "Xb", "content after a handle's write");
        same(sync.checksum("/s").length, 64, "checksum");
        same(sync.batch([{ op: "stat", path: "/s" }])[0]?.ok, true, "batch");
        sync.mv("/s", "/moved");
        sync.rm("/copy", { recursive: true });
        same(sync.exists("/copy"), false, "what was removed");
        await fails("ENOENT", () => sync.stat("/none"), "stat of nothing");
        await fails(
          "ENOTSUP",
          () => sync.writeFile("/x", new Blob(["x"])),
          "a source that must be waited for",
        );
        same(sync.exists("/x"), false, "the file that was not written");
      },
    },
  }),
  ...group("errors", {
    "are VfsErrors that do not tell where the store is": {
      needs: canWrite,
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/deep/mount");
        for (const base of ["", "/deep/mount"]) {
          const error = await fails("ENOENT", () => vfs.readFile(`${base}/none/f`), "readFile");
          same(error.path, `${base}/none/f`, "path");
          same(
            (error as Error).message,
            `ENOENT: no such file or directory, open '${base}/none/f'`,
            "message",
          );
        }
      },
    },
  }),
];

const WATCH: ProviderWatchOptions = {
  recursive: true,
  persistent: false,
  report: { changes: () => undefined, lost: () => undefined, failed: () => undefined },
};

function closed(watch: Awaitable<ProviderWatch>): Awaitable<void> {
  return chain(watch, (opened) => opened.close());
}

/** Each method that the provider has, once, in an order that works. */
function everyCall(provider: Bench["provider"]): Record<string, () => unknown> {
  const must = provider as Required<Provider>;
  const { caps } = provider;
  let file: ReturnType<NonNullable<Provider["open"]>> | undefined;
  const opened = (): Awaited<NonNullable<typeof file>> => file as Awaited<NonNullable<typeof file>>;
  const calls: Record<string, [boolean, () => unknown]> = {
    write: [caps.write, () => must.write(p("/linked"), bytes(10), {}, SYNC)],
    "write again": [caps.write, () => must.write(p("/f"), bytes(10), {}, SYNC)],
    mkdir: [caps.write, () => must.mkdir(p("/d"), {}, SYNC)],
    stat: [true, () => provider.stat(p("/f"), {}, SYNC)],
    read: [true, () => provider.read(p("/f"), {}, SYNC)],
    list: [true, () => provider.list(p("/"), {}, SYNC)],
    find: [caps.find, () => must.find(p("/"), {}, SYNC)],
    scan: [caps.scan, () => must.scan(p("/"), { wholeBytes: 100, pageBytes: 100 }, SYNC)],
    writeMany: [caps.writeMany, () => must.writeMany(p("/"), { entries: [] }, SYNC)],
    append: [caps.append, () => must.append(p("/f"), bytes(3), {}, SYNC)],
    truncate: [caps.truncate, () => must.truncate(p("/f"), 5, SYNC)],
    copy: [caps.copy !== "none", () => must.copy(p("/f"), p("/g"), {}, SYNC)],
    rename: [caps.rename !== "none", () => must.rename(p("/f"), p("/h"), {}, SYNC)],
    setStat: [caps.modes, () => must.setStat(p("/d"), { mode: 0o700 }, {}, SYNC)],
    symlink: [caps.symlinks, () => must.symlink(p("/l"), "h", SYNC)],
    readlink: [caps.symlinks, () => must.readlink(p("/l"), SYNC)],
    link: [caps.links, () => must.link(p("/linked"), p("/i"), SYNC)],
    watch: [caps.watch !== "none", () => closed(must.watch(p("/"), WATCH, SYNC))],
    changes: [caps.changes, () => must.changes({}, SYNC)],
    usage: [caps.usage, () => must.usage(SYNC)],
    writeStream: [caps.writeStream, () => must.writeStream(p("/s"), [bytes(10)], {}, SYNC)],
    readStream: [caps.readStream, () => must.readStream(p("/linked"), {}, SYNC)],
    open: [caps.open, () => (file = must.open(p("/o"), { flags: FLAGS }, SYNC))],
    "file.write": [caps.open, () => opened().write(bytes(10), 0, SYNC)],
    "file.read": [caps.open, () => opened().read(new Uint8Array(5), 0, SYNC)],
    "file.truncate": [caps.open, () => opened().truncate(2, SYNC)],
    "file.stat": [caps.open, () => opened().stat(SYNC)],
    "file.sync": [caps.open, () => opened().sync({}, SYNC)],
    "file.close": [caps.open, () => opened().close(SYNC)],
    remove: [caps.write, () => must.remove(p("/d"), { kind: "directory" }, SYNC)],
    flush: [provider.flush !== undefined, () => must.flush(SYNC)],
  };
  return Object.fromEntries(
    Object.entries(calls).flatMap(([name, [has, call]]) => (has ? [[name, call]] : [])),
  );
}
