import type { Vfs } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { below, bytes } from "../samples.ts";

async function tree(vfs: Vfs, root: string): Promise<void> {
  await vfs.mkdir(`${root}/a/b`, { recursive: true });
  await vfs.mkdir(`${root}/empty`);
  await vfs.writeFile(`${root}/a/one`, bytes(10_000, 1));
  await vfs.writeFile(`${root}/a/b/two`, bytes(1_300_000, 2));
}

const TREE = ["a", "a/b", "a/b/two", "a/one", "empty"];

export const across: Case[] = [
  ...group("across mounts", {
    "rename and link are EXDEV": {
      needs: canWrite,
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/m");
        await vfs.writeFile("/f", "x");
        await fails("EXDEV", () => vfs.rename("/f", "/m/f"), "rename");
        await fails("EXDEV", () => vfs.link("/f", "/m/f"), "link");
        same(await vfs.readFile("/f", "utf8"), "x", "content");
        same(await vfs.readdir("/m"), [], "names in the mount");
      },
    },
    "cp carries content, mode and, when told, times": {
      needs: canWrite,
      run: async ({ vfs, caps, mountAnother }) => {
        await mountAnother("/m");
        await tree(vfs, "/t");
        if (caps.modes) await vfs.chmod("/t/a/one", 0o640);
        if (caps.times !== "none") await vfs.utimes("/t/a/one", 1_000_000, 1_000_000);
        await vfs.cp("/t", "/m/copy", { recursive: true, preserveTimestamps: true });
        same(await below(vfs, "/m/copy"), TREE, "names");
        same(await vfs.readFile("/m/copy/a/b/two"), bytes(1_300_000, 2), "content");
        const copy = await vfs.stat("/m/copy/a/one");
        if (caps.modes) same(copy.mode & 0o777, 0o640, "mode");
        if (caps.times !== "none") same(copy.mtimeMs, 1_000_000_000, "time");
        await vfs.copyFile("/m/copy/a/one", "/back");
        same(await vfs.readFile("/back"), bytes(10_000, 1), "content of a file that came back");
        await fails("EEXIST", () => vfs.copyFile("/m/copy/a/one", "/back", 1), "COPYFILE_EXCL");
        await vfs.writeFile("/m/over", "old");
        await vfs.cp("/t/a/one", "/m/over");
        if (caps.modes)
          same((await vfs.stat("/m/over")).mode & 0o777, 0o640, "mode of a file that was there");
      },
    },
    "cp into a set-gid directory gives directories the bits of their originals": {
      needs: ({ write, modes }) => write && modes,
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/m");
        await tree(vfs, "/t");
        await vfs.chmod("/t/a", 0o2750);
        for (const to of ["/shared", "/m/shared"]) {
          await vfs.mkdir(to);
          await vfs.chmod(to, 0o2755);
          // The second time all of them are there, and stay as they are.
          for (const bits of [0o755, 0o700]) {
            await vfs.cp("/t", `${to}/t`, { recursive: true });
            same((await vfs.stat(`${to}/t`)).mode & 0o7777, bits, `${to}: the top`);
            same((await vfs.stat(`${to}/t/a`)).mode & 0o7777, 0o2750, `${to}: one with set-gid`);
            same((await vfs.stat(`${to}/t/a/b`)).mode & 0o7777, 0o755, `${to}: one in it without`);
            same((await vfs.stat(`${to}/t/empty`)).mode & 0o7777, 0o755, `${to}: an empty one`);
            await vfs.chmod(`${to}/t`, 0o700);
          }
        }
      },
    },
    "cp takes a tree with a mount in it along": {
      needs: canWrite,
      run: async ({ vfs, mountAnother }) => {
        await tree(vfs, "/t");
        await mountAnother("/t/m");
        await vfs.writeFile("/t/m/inside", "x");
        await vfs.cp("/t", "/copy", { recursive: true });
        same(await below(vfs, "/copy"), [...TREE, "m", "m/inside"], "names");
        same((await vfs.du("/t")).files, 3, "files by du");
      },
    },
    "mv carries a file with its time": {
      needs: canWrite,
      run: async ({ vfs, caps, mountAnother }) => {
        await mountAnother("/m");
        await vfs.writeFile("/f", bytes(1_200_000));
        await vfs.writeFile("/m/f", "old");
        if (caps.modes) await vfs.chmod("/f", 0o640);
        if (caps.times !== "none") await vfs.utimes("/f", 1_000_000, 1_000_000);
        const told: number[] = [];
        await vfs.mv("/f", "/m/f", { onProgress: (done) => void told.push(done) });
        same(await vfs.readdir("/"), ["m"], "what is left");
        same(await vfs.readdir("/m"), ["f"], "what arrived");
        same(await vfs.readFile("/m/f"), bytes(1_200_000), "content");
        const moved = await vfs.stat("/m/f");
        if (caps.modes) same(moved.mode & 0o777, 0o640, "mode");
        if (caps.times !== "none") same(moved.mtimeMs, 1_000_000_000, "time");
        same(told.at(-1), 1_200_000, "progress at the end");
      },
    },
    "mv carries a tree": {
      needs: canWrite,
      run: async ({ vfs, caps, mountAnother }) => {
        await mountAnother("/m");
        await tree(vfs, "/t");
        if (caps.times !== "none") await vfs.utimes("/t/a", 1_000_000, 1_000_000);
        await vfs.mkdir("/m/empty");
        await vfs.mv("/t", "/m/empty");
        same(await below(vfs, "/m"), ["empty", ...TREE.map((name) => `empty/${name}`)], "what arrived");
        if (caps.times !== "none")
          same((await vfs.stat("/m/empty/a")).mtimeMs, 1_000_000_000, "time of a directory");
        same(await vfs.readdir("/"), ["m"], "what is left");
      },
    },
    "mv keeps the rules of rename": {
      needs: canWrite,
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/m");
        await tree(vfs, "/t");
        await vfs.writeFile("/f", "x");
        await vfs.mkdir("/m/full");
        await vfs.writeFile("/m/full/g", "y");
        await vfs.writeFile("/m/file", "z");
        await fails("ENOTEMPTY", () => vfs.mv("/t", "/m/full"), "onto a directory with something in it");
        await fails("ENOTDIR", () => vfs.mv("/t", "/m/file"), "a directory onto a file");
        await fails("EISDIR", () => vfs.mv("/f", "/m/full"), "a file onto a directory");
        await fails("EEXIST", () => vfs.mv("/f", "/m/file", { force: false }), "onto a file without force");
        await fails("EBUSY", () => vfs.mv("/t", "/m"), "onto the mount point");
        same(await below(vfs, "/t"), TREE, "the tree");
        same(await below(vfs, "/m"), ["file", "full", "full/g"], "the mount");
      },
    },
    "mv leaves the original when it cannot finish": {
      needs: canWrite,
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/ro", { readOnly: true });
        await tree(vfs, "/t");
        await fails("EROFS", () => vfs.mv("/t", "/ro/t"), "to a read-only mount");
        same(await below(vfs, "/t"), TREE, "the tree");
        same(await vfs.readFile("/t/a/b/two"), bytes(1_300_000, 2), "content");
        same(await vfs.readdir("/ro"), [], "the mount");
        const controller = new AbortController();
        await mountAnother("/m");
        const onProgress = (): void => controller.abort(new Error("enough"));
        const thrown = await vfs.mv("/t", "/m/t", { signal: controller.signal, onProgress }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        same((thrown as Error | undefined)?.message, "enough", "the signal's reason");
        same(await below(vfs, "/t"), TREE, "the tree after an abort");
        same(await vfs.readdir("/m"), [], "what is left of the copy");
      },
    },
    "a large file tells how far it is": {
      needs: canWrite,
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/m");
        await vfs.writeFile("/f", bytes(3_500_000));
        const told: [number, number | undefined][] = [];
        const onProgress = (done: number, total: number | undefined): void => void told.push([done, total]);
        await vfs.cp("/f", "/m/f", { onProgress });
        check(told.length > 2, `told ${told.length} times`);
        same(told.at(-1), [3_500_000, 3_500_000], "the last time");
        await vfs.mv("/f", "/m/g", { onProgress });
        same(told.at(-1), [3_500_000, 3_500_000], "the last time of mv");
        same(await vfs.readFile("/m/g"), bytes(3_500_000), "content");
      },
    },
    "stat tells which store a file is in": {
      needs: canWrite,
      run: async ({ vfs, provider, caps, mountAnother }) => {
        await mountAnother("/m");
        await vfs.writeFile("/f", "x");
        await vfs.writeFile("/m/g", "x");
        const [one, another] = [await vfs.stat("/f"), await vfs.stat("/m/g")];
        const [outer, inner] = [one.dev, another.dev];
        // As on a host, where two directories may be on one device.
        const isShared = provider.inodeSpace !== undefined && one.ino !== another.ino;
        check(outer !== inner || isShared, "two files are never taken for one");
        same(
          [(await vfs.stat("/")).dev, (await vfs.lstat("/m")).dev],
          [outer, inner],
          "numbers of the roots",
        );
        const handle = await vfs.open("/m/g");
        same((await handle.stat()).dev, inner, "number by a handle");
        await handle.close();
        if (caps.symlinks) {
          await vfs.symlink("m/g", "/l");
          same(
            [(await vfs.stat("/l")).dev, (await vfs.lstat("/l")).dev],
            [inner, outer],
            "numbers by a link",
          );
        }
      },
    },
    "links lead from one to the other": {
      needs: ({ write, symlinks }) => write && symlinks,
      run: async ({ vfs, mountAnother }) => {
        await mountAnother("/m");
        await vfs.writeFile("/f", "root");
        await vfs.mkdir("/m/d");
        await vfs.writeFile("/m/d/g", "mount");
        await vfs.symlink("../../f", "/m/d/up");
        await vfs.symlink("m/d", "/down");
        same(await vfs.readFile("/m/d/up", "utf8"), "root", "out of the mount");
        same(await vfs.readFile("/down/g", "utf8"), "mount", "into the mount");
        same(await vfs.readFile("/down/up", "utf8"), "root", "in and out");
        same(await vfs.realpath("/down/g"), "/m/d/g", "realpath");
        await vfs.writeFile("/down/new", "x");
        same(await vfs.readFile("/m/d/new", "utf8"), "x", "what was written through the link");
        await vfs.mv("/f", "/down/f");
        same(await vfs.readFile("/m/d/f", "utf8"), "root", "what was moved through the link");
        await vfs.mkdir("/m2");
        await vfs.symlink("m2", "/alias");
        await mountAnother("/alias/x");
        same(vfs.mounts().at(-1)?.path.endsWith("/m2/x"), true, "a mount goes behind links");
      },
    },
    "a read-only mount refuses every change, by every door": {
      needs: canWrite,
      run: async ({ vfs, caps, mountAnother }) => {
        await mountAnother("/rw");
        await vfs.writeFile("/rw/f", "content");
        await mountAnother("/ro", { readOnly: true });
        await vfs.writeFile("/f", "x");
        const ro = vfs.view({ readOnly: true });
        const refused: [string, () => Promise<unknown>][] = [
          ["writeFile", () => vfs.writeFile("/ro/f", "x")],
          ["writeFile of a stream", () => vfs.writeFile("/ro/f", new Blob(["x"]))],
          ["writeStream", () => vfs.writeStream("/ro/f", ["x"])],
          ["appendFile", () => vfs.appendFile("/ro/f", "x")],
          ["mkdir", () => vfs.mkdir("/ro/d")],
          ["mkdir recursive", () => vfs.mkdir("/ro/d/e", { recursive: true })],
          ["mkdtemp", () => vfs.mkdtemp("/ro/t-")],
          ["touch", () => vfs.touch("/ro/f")],
          ["open w", () => vfs.open("/ro/f", "w")],
          ["open a", () => vfs.open("/ro/f", "a")],
          ["open r+", () => vfs.open("/ro/f", "r+")],
          ["cp into", () => vfs.cp("/f", "/ro/f")],
          ["copyFile into", () => vfs.copyFile("/f", "/ro/f")],
          ["mv into", () => vfs.mv("/f", "/ro/f")],
          ["rename in it", () => vfs.rename("/ro/a", "/ro/b")],
          ["truncate", () => vfs.truncate("/ro/f")],
          ["unlink", () => vfs.unlink("/ro/f")],
          ["rmdir", () => vfs.rmdir("/ro/d")],
          ["symlink", () => vfs.symlink("x", "/ro/l")],
          ["link", () => vfs.link("/ro/f", "/ro/g")],
          ["a read-only view: writeFile", () => ro.writeFile("/rw/f", "x")],
          ["a read-only view: rm", () => ro.rm("/rw/f")],
          ["a read-only view: mv out", () => ro.mv("/rw/f", "/g")],
          ["a read-only view: open", () => ro.open("/rw/f", "r+")],
          ["a view of a read-only view", () => ro.view({ readOnly: false }).writeFile("/rw/f", "x")],
        ];
        if (caps.modes) refused.push(["chmod", () => vfs.chmod("/ro/f", 0o600)]);
        if (caps.times !== "none") refused.push(["utimes", () => vfs.utimes("/ro/f", 1, 1)]);
        for (const [what, call] of refused) await fails("EROFS", call, what);
        const [written] = await vfs.batch([{ op: "writeFile", path: "/ro/f", data: "x" }]);
        same(written?.ok, false, "batch");
        same(await vfs.readdir("/ro"), [], "names");
        same(await vfs.readFile("/rw/f", "utf8"), "content", "content");
        await fails("EROFS", () => vfs.access("/ro", 2), "access for writing");
        check(vfs.mounts().find(({ path }) => path.endsWith("/ro"))?.readOnly === true, "mounts() says so");
      },
    },
    "mv out of a read-only mount is EROFS and leaves no copy": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/rw");
        await vfs.writeFile("/rw/f", "content");
        const ro = vfs.view({ readOnly: true });
        await fails("EROFS", () => ro.mv("/rw/f", "/g"), "mv");
        same(await vfs.exists("/g"), false, "the copy");
      },
    },
  }),
];
