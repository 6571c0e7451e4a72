import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { below, bytes } from "../samples.ts";
import type { Vfs } from "@vfs/core";

async function tree(vfs: Vfs, root: string): Promise<void> {
  await vfs.mkdir(`${root}/a/b`, { recursive: true });
  await vfs.mkdir(`${root}/empty`);
  await vfs.writeFile(`${root}/top`, "top");
  await vfs.writeFile(`${root}/a/one`, bytes(10_000, 1));
  await vfs.writeFile(`${root}/a/b/two`, bytes(1_200_000, 2));
}

const TREE = ["a", "a/b", "a/b/two", "a/one", "empty", "top"];

export const copies: Case[] = [
  ...group("cp", {
    "copies a tree, with empty directories": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        await tree(vfs, "/t");
        if (caps.modes) {
          await vfs.chmod("/t/a", 0o750);
          await vfs.chmod("/t/top", 0o600);
        }
        await vfs.cp("/t", "/copy", { recursive: true });
        same(await below(vfs, "/copy"), TREE, "names");
        same(await vfs.readFile("/copy/a/b/two"), bytes(1_200_000, 2), "content");
        if (caps.modes) {
          same((await vfs.stat("/copy/a")).mode & 0o777, 0o750, "mode of a directory");
          same((await vfs.stat("/copy/top")).mode & 0o777, 0o600, "mode of a file");
        }
        await vfs.writeFile("/copy/a/one", "changed");
        await vfs.rm("/copy/a/b", { recursive: true });
        same(await below(vfs, "/t"), TREE, "names of the original");
        same(await vfs.readFile("/t/a/one"), bytes(10_000, 1), "content of the original");
      },
    },
    "makes the directories that its destination needs": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await tree(vfs, "/t");
        await vfs.cp("/t/top", "/new/deep/file");
        await vfs.cp("/t", "/other/copy", { recursive: true });
        same(await vfs.readFile("/new/deep/file", "utf8"), "top", "content of a file");
        same(await below(vfs, "/other/copy"), TREE, "names of a tree");
      },
    },
    "goes into a directory that is there": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await tree(vfs, "/t");
        await vfs.mkdir("/to/a", { recursive: true });
        await vfs.writeFile("/to/a/one", "old");
        await vfs.writeFile("/to/mine", "mine");
        await vfs.cp("/t", "/to", { recursive: true });
        same(await below(vfs, "/to"), [...TREE, "mine"].sort(), "names");
        same(await vfs.readFile("/to/a/one"), bytes(10_000, 1), "content of a file that was there");
      },
    },
    "leaves what is there when told": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/a", "new");
        await vfs.writeFile("/b", "old");
        await vfs.cp("/a", "/b", { force: false });
        same(await vfs.readFile("/b", "utf8"), "old", "content with force: false");
        await fails("EEXIST", () => vfs.cp("/a", "/b", { force: false, errorOnExist: true }), "errorOnExist");
        await vfs.cp("/a", "/b");
        same(await vfs.readFile("/b", "utf8"), "new", "content");
      },
    },
    "refuses what makes no sense": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await tree(vfs, "/t");
        await vfs.writeFile("/f", "x");
        await fails("EISDIR", () => vfs.cp("/t", "/copy"), "a directory without recursive");
        await fails("EINVAL", () => vfs.cp("/t", "/t", { recursive: true }), "a directory onto itself");
        await fails("EINVAL", () => vfs.cp("/f", "/f"), "a file onto itself");
        await fails(
          "EINVAL",
          () => vfs.cp("/t", "/t/a/copy", { recursive: true }),
          "a directory into itself",
        );
        await fails("ENOTDIR", () => vfs.cp("/t", "/f", { recursive: true }), "a directory onto a file");
        await fails("EISDIR", () => vfs.cp("/f", "/t"), "a file onto a directory");
        await fails("ENOENT", () => vfs.cp("/none", "/copy", { recursive: true }), "nothing");
        same(await below(vfs, "/t"), TREE, "names");
        same(await vfs.readFile("/f", "utf8"), "x", "content");
      },
    },
    "leaves out what the filter says": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await tree(vfs, "/t");
        const asked: string[] = [];
        await vfs.cp("/t", "/copy", {
          recursive: true,
          filter: async (source, destination) => {
            await Promise.resolve();
            asked.push(`${source} ${destination}`);
            return !source.endsWith("/b") && !source.endsWith("/top");
          },
        });
        same(await below(vfs, "/copy"), ["a", "a/one", "empty"], "names");
        check(
          !asked.some((pair) => pair.startsWith("/t/a/b/")),
          "nothing is asked about below what is left out",
        );
        check(asked.includes("/t/a/one /copy/a/one"), "both paths are given");
      },
    },
    "keeps times when told": {
      needs: ({ write, times }) => write && times !== "none",
      run: async ({ vfs }) => {
        await tree(vfs, "/t");
        for (const path of ["/t/top", "/t/a/one", "/t/a", "/t/empty", "/t"])
          await vfs.utimes(path, 1_000_000, 1_000_000);
        await vfs.cp("/t", "/kept", { recursive: true, preserveTimestamps: true });
        for (const path of ["/kept/top", "/kept/a/one", "/kept/a", "/kept/empty", "/kept"])
          same((await vfs.stat(path)).mtimeMs, 1_000_000_000, `time of ${path}`);
        await vfs.cp("/t/top", "/new");
        check((await vfs.stat("/new")).mtimeMs > 1e12, "a plain copy is new");
      },
    },
    "tells how far it is": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await tree(vfs, "/t");
        const told: (readonly [number, number | undefined])[] = [];
        await vfs.cp("/t", "/copy", {
          recursive: true,
          onProgress: (bytesSoFar, total) => void told.push([bytesSoFar, total]),
        });
        same(told.at(-1), [1_210_003, 1_210_003], "at the end");
        check(
          told.every(([, total]) => total === 1_210_003),
          "the total is known from the beginning",
        );
        check(
          told.every(([done], i) => i === 0 || done >= (told[i - 1]?.[0] ?? 0)),
          "it only grows",
        );
      },
    },
  }),
];
