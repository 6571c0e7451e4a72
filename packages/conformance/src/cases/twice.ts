import { createVfs, type Layer } from "@vfs/core";
import { canWrite, group, type Bench, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { plant } from "../planted.ts";
import { all, below } from "../samples.ts";

/** A store that is mounted twice, and mounts that come and go. */
export const twice: Case[] = [
  ...group("a store that is mounted twice", {
    "loses nothing that is moved or copied onto itself": {
      needs: canWrite,
      run: async ({ vfs, provider, mount, unmount }) => {
        await vfs.mkdir("/d/e", { recursive: true });
        await vfs.writeFile("/d/f", "content");
        await vfs.mkdir("/alias", { recursive: true });
        await mount("/alias", provider, { keepOpen: true });
        await vfs.mv("/d/f", "/alias/d/f");
        await vfs.copyFile("/d/f", "/alias/d/f");
        same(await vfs.readFile("/d/f", "utf8"), "content", "content");
        await fails("EEXIST", () => vfs.mv("/d/f", "/alias/d/f", { force: false }), "mv without force");
        await fails("EEXIST", () => vfs.copyFile("/d/f", "/alias/d/f", 1), "COPYFILE_EXCL");
        await fails("EINVAL", () => vfs.cp("/d/f", "/alias/d/f"), "cp of a file");
        await fails("EINVAL", () => vfs.cp("/d", "/alias/d/e/d", { recursive: true }), "cp into itself");
        await fails("EINVAL", () => vfs.mv("/d", "/alias/d/e/d"), "mv into itself");
        await vfs.mv("/d/f", "/alias/d/e/f");
        same(await below(vfs, "/d"), ["e", "e/f"], "names");
        await unmount("/alias");
        same(await vfs.readFile("/d/e/f", "utf8"), "content", "content in the end");
      },
    },
  }),
  ...group("across mounts", {
    "mv needs the directory that it moves to": {
      needs: ({ write, directories }) => write && directories === "real",
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/m");
        await vfs.writeFile("/f", "x");
        await fails("ENOENT", () => vfs.mv("/f", "/m/no/such/f"), "mv");
        same(await vfs.readdir("/m"), [], "what it made");
        same(await vfs.readFile("/f", "utf8"), "x", "content");
      },
    },
    "links are judged by where they lead": {
      needs: ({ write, symlinks }) => write && symlinks,
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/m");
        await mountAnother("/ro", { readOnly: true });
        await vfs.writeFile("/m/f", "far");
        await vfs.symlink("m/f", "/l");
        await vfs.copyFile("/l", "/copy");
        same(await vfs.readFile("/copy", "utf8"), "far", "content of a copy");
        await vfs.writeFile("/near", "near");
        await vfs.copyFile("/near", "/l");
        same(await vfs.readFile("/m/f", "utf8"), "near", "what was copied to the link");
        await vfs.symlink("m/new", "/dangling");
        await vfs.copyFile("/near", "/dangling");
        same(await vfs.readFile("/m/new", "utf8"), "near", "what was copied to a link to nothing");
        await vfs.symlink("ro", "/to-ro");
        await fails("EROFS", () => vfs.access("/to-ro", 2), "access");
        await vfs.mkdir("/t");
        await vfs.symlink("../m/f", "/t/l");
        await vfs.cp("/t", "/t2", { recursive: true, dereference: true });
        check((await vfs.lstat("/t2/l")).isFile(), "cp with dereference gives a file");
        same(await vfs.readFile("/t2/l", "utf8"), "near", "its content");
        await vfs.touch("/l");
        check((await vfs.lstat("/l")).isSymbolicLink(), "touch leaves the link");
      },
    },
  }),
  ...group("unmount", {
    "waits for what is under way, and keeps what is streamed": {
      needs: canWrite,
      run: async ({ vfs, mountAnother, unmount }) => {
        await mountAnother("/m");
        await vfs.writeFile("/m/f", "x".repeat(300_000));
        const stream = vfs.readStream("/m/f")[Symbol.asyncIterator]();
        await stream.next();
        await fails("EBUSY", () => unmount("/m"), "while a stream is read");
        await stream.return?.();
        const writes = Array.from({ length: 10 }, (_, i) => vfs.writeFile(`/m/w${i}`, "x"));
        const unmounted = unmount("/m");
        const done = await Promise.allSettled(writes);
        await unmounted;
        for (const one of done) if (one.status === "rejected") throw one.reason;
      },
    },
    "with force ends streams": {
      needs: canWrite,
      run: async ({ vfs, mountAnother, unmount }) => {
        await mountAnother("/m");
        await vfs.writeFile("/m/f", "x".repeat(300_000));
        const stream = vfs.readStream("/m/f", { chunkSize: 1000 })[Symbol.asyncIterator]();
        await stream.next();
        await unmount("/m", { force: true });
        await fails("EBADF", () => stream.next(), "the next chunk");
      },
    },
    "is free again after a search that was left early": {
      needs: canWrite,
      run: async ({ vfs, mountAnother, unmount }) => {
        await mountAnother("/m");
        await vfs.writeFile("/m/f", "needle\n".repeat(100_000));
        for await (const { line } of vfs.grep("/m", "needle")) if (line === 3) break;
        for await (const chunk of vfs.readStream("/m/f")) if (chunk.length > 0) break;
        vfs.readStream("/m/f");
        await unmount("/m");
      },
    },
    "in the middle of a listing leaves out nothing else": {
      needs: canWrite,
      run: async (bench) => {
        const { vfs, mountAnother, unmount } = bench;
        const names = Array.from({ length: 1100 }, (_, i) => `f${i}`);
        await plant(bench, "/d", Object.fromEntries(names.map((name) => [name, ""])));
        const seen: string[] = [];
        for await (const { name } of vfs.opendir("/d")) {
          if (seen.length === 3) await mountAnother("/d/zz");
          if (seen.length === 1050) await unmount("/d/zz");
          seen.push(name);
        }
        same(seen.filter((name) => name !== "zz").sort(), names.sort(), "names");
      },
    },
  }),
  ...group("a tree operation", {
    "does not follow a link that is put in its way": {
      needs: ({ write, symlinks, rename }) => write && symlinks && rename !== "none",
      run: swappedLinks,
    },
    "of rm passes over what others remove": {
      needs: canWrite,
      run: async (bench) => {
        const { vfs } = bench;
        const files = Array.from({ length: 30 }, (_, i) => [`a/b/f${i}`, "x"] as const);
        await plant(bench, "/t", Object.fromEntries(files));
        await vfs.mkdir("/t/c");
        const both = [1, 2, 3].map(() => vfs.rm("/t", { recursive: true, force: true }));
        for (const one of await Promise.allSettled(both)) if (one.status === "rejected") throw one.reason;
        same(await vfs.exists("/t"), false, "the tree");
      },
    },
  }),
  ...group("rename", {
    "onto a directory above is ENOTEMPTY": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/a/b", { recursive: true });
        await vfs.writeFile("/a/b/f", "x");
        await fails("ENOTEMPTY", () => vfs.rename("/a/b/f", "/a"), "a file");
        await fails("ENOTEMPTY", () => vfs.rename("/a/b", "/a"), "a directory");
        same(await below(vfs, "/a"), ["b", "b/f"], "names");
      },
    },
    "of a directory keeps its time and mode": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "x");
        if (caps.modes) await vfs.chmod("/d", 0o711);
        if (caps.times !== "none") await vfs.utimes("/d", 1000, 1000);
        const { mode, mtimeMs } = await vfs.stat("/d");
        await vfs.mkdir("/empty");
        await vfs.rename("/d", "/e");
        if (caps.times !== "none") same((await vfs.stat("/e")).mtimeMs, mtimeMs, "time at a free name");
        await vfs.rename("/e", "/empty");
        if (caps.modes) same((await vfs.stat("/empty")).mode, mode, "mode over an empty directory");
        if (caps.times !== "none")
          same((await vfs.stat("/empty")).mtimeMs, mtimeMs, "time over an empty one");
        same(await below(vfs, "/"), ["empty", "empty/f"], "names");
      },
    },
  }),
];

/** While a tree is worked on, a directory of it is taken away and a link is put in its place. */
async function swappedLinks({ provider }: Bench): Promise<void> {
  await using vfs = createVfs(provider, { keepOpen: true });
  const build = async (): Promise<void> => {
    for (const path of ["/t", "/aside", "/outside"]) await vfs.rm(path, { recursive: true, force: true });
    for (const path of ["/t/d", "/outside"]) await vfs.mkdir(path, { recursive: true });
    await vfs.writeFile("/t/d/f", "inside");
    await vfs.writeFile("/outside/f", "outside");
  };
  const swapAt = (op: string): Layer => {
    let swapped = false;
    return {
      name: "swap",
      slot: "policy",
      // Each file is to be looked at by itself.
      decidesBelow: () => true,
      handle: async (call, next) => {
        if (!swapped && call.op === op && call.path.startsWith("/t/d")) {
          swapped = true;
          await vfs.rename("/t/d", "/aside");
          await vfs.symlink("/outside", "/t/d");
        }
        return next(call);
      },
    };
  };
  const tries: [string, string, (over: typeof vfs) => Promise<unknown>][] = [
    ["rm", "remove", (over) => over.rm("/t", { recursive: true })],
    ["find", "list", (over) => all(over.find("/t"))],
    ["cp", "copy", (over) => over.cp("/t", "/copied", { recursive: true })],
    ["du", "list", (over) => over.du("/t")],
  ];
  for (const [what, op, call] of tries) {
    await build();
    const over = createVfs(provider, { keepOpen: true, layers: [swapAt(op)] });
    await fails("EBUSY", () => call(over), what);
    await over.close();
    same(await vfs.readFile("/outside/f", "utf8"), "outside", `what lies outside, after ${what}`);
  }
  const seen = (await below(vfs, "/")).filter((path) => path.startsWith("copied/d/"));
  same(seen, [], "what was copied from outside");
}
