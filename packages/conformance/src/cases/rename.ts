import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { below, bytes } from "../samples.ts";

export const renames: Case[] = [
  ...group("rename", {
    "moves a file, with its content and time": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        const data = bytes(1_100_000);
        await vfs.writeFile("/a", data);
        if (caps.times !== "none") await vfs.utimes("/a", 1_000_000, 1_000_000);
        const before = await vfs.stat("/a");
        await vfs.rename("/a", "/b");
        same(await vfs.readdir("/"), ["b"], "names");
        same(await vfs.readFile("/b"), data, "content");
        const after = await vfs.stat("/b");
        if (caps.times !== "none") same(after.mtimeMs, before.mtimeMs, "time");
        if (caps.inodes) same(after.ino, before.ino, "inode number");
        if (caps.modes) same(after.mode, before.mode, "mode");
      },
    },
    "replaces a file": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/a", "new");
        await vfs.writeFile("/b", "old, and longer");
        await vfs.rename("/a", "/b");
        same(await vfs.readdir("/"), ["b"], "names");
        same(await vfs.readFile("/b", "utf8"), "new", "content");
      },
    },
    "of a directory takes along what was looked up below it": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        await vfs.mkdir("/a/deep/er", { recursive: true });
        await vfs.writeFile("/a/deep/er/f", "first");
        same(await vfs.readFile("/a/deep/er/f", "utf8"), "first", "content before");
        await vfs.rename("/a", "/b");
        if (caps.directories === "real")
          await fails("ENOENT", () => vfs.writeFile("/a/deep/er/g", "nowhere"), "a new file at the old path");
        await vfs.mkdir("/a/deep/er", { recursive: true });
        await vfs.writeFile("/a/deep/er/g", "second");
        await vfs.writeFile("/b/deep/er/h", "third");
        same(await below(vfs, "/a"), ["deep", "deep/er", "deep/er/g"], "what is new at the old path");
        sameMembers(await vfs.readdir("/b/deep/er"), ["f", "h"], "what was moved");
        await vfs.rename("/b/deep/er", "/a/deep/er/moved");
        same(await vfs.readFile("/a/deep/er/moved/f", "utf8"), "first", "content, moved twice");
        await fails("ENOENT", () => vfs.readFile("/b/deep/er/h"), "the path in between");
        await vfs.rename("/a/deep/er/moved", "/b/deep/er");
        same(await vfs.readFile("/b/deep/er/h", "utf8"), "third", "content, moved back");
      },
    },
    "moves a directory with everything in it": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/a/deep/er", { recursive: true });
        await vfs.mkdir("/a/empty");
        await vfs.writeFile("/a/deep/er/f", "content");
        await vfs.writeFile("/ab", "beside");
        await vfs.mkdir("/to");
        same(await vfs.readFile("/a/deep/er/f", "utf8"), "content", "content before");
        await vfs.rename("/a", "/to/moved");
        same(
          await below(vfs, "/"),
          [
            "ab",
            "to",
            "to/moved",
            "to/moved/deep",
            "to/moved/deep/er",
            "to/moved/deep/er/f",
            "to/moved/empty",
          ],
          "tree",
        );
        same(await vfs.readFile("/to/moved/deep/er/f", "utf8"), "content", "content");
        await fails("ENOENT", () => vfs.readFile("/a/deep/er/f"), "the old path");
        await vfs.mkdir("/a");
        same(await vfs.readdir("/a"), [], "a new directory at the old path");
      },
    },
    "of a directory replaces an empty one only": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/a");
        await vfs.writeFile("/a/f", "x");
        await vfs.mkdir("/empty");
        await vfs.mkdir("/full");
        await vfs.writeFile("/full/g", "y");
        await vfs.writeFile("/file", "z");
        await fails("ENOTEMPTY", () => vfs.rename("/a", "/full"), "onto a directory with something in it");
        await fails("ENOTDIR", () => vfs.rename("/a", "/file"), "onto a file");
        await fails("EISDIR", () => vfs.rename("/file", "/empty"), "a file onto a directory");
        same(await below(vfs, "/"), ["a", "a/f", "empty", "file", "full", "full/g"], "tree after refusing");
        await vfs.rename("/a", "/empty");
        same(await below(vfs, "/"), ["empty", "empty/f", "file", "full", "full/g"], "tree");
      },
    },
    "of a directory into itself is EINVAL": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/e", { recursive: true });
        await vfs.writeFile("/d/e/f", "x");
        await fails("EINVAL", () => vfs.rename("/d", "/d/e/d"), "into a directory below");
        await fails("EINVAL", () => vfs.rename("/d", "/d/new"), "to a name below");
        await fails("EINVAL", () => vfs.mv("/d", "/d/new"), "mv to a name below");
        await fails("EINVAL", () => vfs.cp("/d", "/d/e/d", { recursive: true }), "cp to a name below");
        same(await below(vfs, "/"), ["d", "d/e", "d/e/f"], "tree");
        await vfs.mkdir("/de");
        await vfs.rename("/d", "/de/d");
        same(await below(vfs, "/"), ["de", "de/d", "de/d/e", "de/d/e/f"], "tree after moving beside");
      },
    },
    "onto itself does nothing": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/g", "y");
        await vfs.rename("/f", "/f");
        await vfs.rename("/d", "/d");
        await vfs.mv("/f", "/f");
        same(await below(vfs, "/"), ["d", "d/g", "f"], "tree");
        same(await vfs.readFile("/f", "utf8"), "x", "content");
        await fails("ENOENT", () => vfs.rename("/none", "/none"), "nothing onto itself");
      },
    },
    "of nothing, or to nowhere, changes nothing": {
      needs: ({ write, directories }) => write && directories === "real",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("ENOENT", () => vfs.rename("/none", "/f"), "nothing onto a file");
        await fails("ENOENT", () => vfs.rename("/f", "/no/where"), "to a directory that is not there");
        await fails("EBUSY", () => vfs.rename("/", "/g"), "the root");
        await fails(["EBUSY", "EISDIR", "ENOTEMPTY", "EEXIST"], () => vfs.rename("/f", "/"), "onto the root");
        same(await vfs.readFile("/f", "utf8"), "x", "content");
      },
    },
    "that fails while others write loses nothing of theirs": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        const length = times(20, 8);
        await vfs.mkdir("/full/sub", { recursive: true });
        await vfs.mkdir("/d/sub", { recursive: true });
        const work = Array.from({ length }, (_, i) => [
          vfs.writeFile(`/w${i}`, `content ${i}`),
          vfs.rename("/d", "/full").then(
            () => check(false, "the rename must fail"),
            () => undefined,
          ),
          vfs.rename(`/none${i}`, `/w${i}`).then(
            () => check(false, "the rename must fail"),
            () => undefined,
          ),
        ]);
        await Promise.all(work.flat());
        for (let i = 0; i < length; i++)
          same(await vfs.readFile(`/w${i}`, "utf8"), `content ${i}`, `file ${i}`);
      },
    },
    "lets many move at once": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        const length = times(20, 10);
        await vfs.mkdir("/from");
        await vfs.mkdir("/to");
        await Promise.all(Array.from({ length }, (_, i) => vfs.writeFile(`/from/${i}`, `${i}`)));
        await Promise.all(Array.from({ length }, (_, i) => vfs.rename(`/from/${i}`, `/to/${i}`)));
        same(await vfs.readdir("/from"), [], "what is left");
        sameMembers(
          await vfs.readdir("/to"),
          Array.from({ length }, (_, i) => `${i}`),
          "what arrived",
        );
        for (let i = 0; i < length; i++) same(await vfs.readFile(`/to/${i}`, "utf8"), `${i}`, `file ${i}`);
      },
    },
  }),
  ...group("mv", {
    "with force false keeps what is there": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/a", "a");
        await vfs.writeFile("/b", "b");
        await fails("EEXIST", () => vfs.mv("/a", "/b", { force: false }), "onto a file");
        same(await vfs.readFile("/b", "utf8"), "b", "content");
        await vfs.mv("/a", "/c", { force: false });
        sameMembers(await vfs.readdir("/"), ["b", "c"], "names");
      },
    },
    "with force false lets one of many win, and leaves the others where they are": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        for (const kind of ["file", "directory"]) {
          const make = async (path: string): Promise<void> => {
            if (kind === "file") return vfs.writeFile(path, path);
            await vfs.mkdir(path);
            await vfs.writeFile(`${path}/f`, path);
          };
          const sources = Array.from({ length: times(12, 6) }, (_, i) => `/${kind}${i}`);
          for (const path of sources) await make(path);
          const moves = sources.map((path) =>
            vfs.mv(path, `/${kind}`, { force: false }).then(
              () => path,
              (reason: unknown) => fails("EEXIST", () => Promise.reject(reason), "mv").then(() => undefined),
            ),
          );
          const winners = (await Promise.all(moves)).filter((path) => path !== undefined);
          same(winners.length, 1, `winners among each ${kind}`);
          const inner = kind === "file" ? "" : "/f";
          same(await vfs.readFile(`/${kind}${inner}`, "utf8"), winners[0], "content");
          for (const path of sources)
            same(await vfs.exists(`${path}${inner}`), path !== winners[0], `${path} afterwards`);
        }
      },
    },
  }),
];
