import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { below } from "../samples.ts";

export const directories: Case[] = [
  ...group("mkdir", {
    "makes one directory": {
      needs: canWrite,
      run: async ({ vfs }) => {
        same(await vfs.mkdir("/d"), undefined, "answer");
        same((await vfs.stat("/d")).isDirectory(), true, "is a directory");
        same(await vfs.readdir("/d"), [], "names in it");
        await fails("EEXIST", () => vfs.mkdir("/d"), "again");
        await fails("EEXIST", () => vfs.mkdir("/"), "the root");
        await vfs.writeFile("/f", "x");
        await fails("EEXIST", () => vfs.mkdir("/f"), "over a file");
        same(await vfs.readFile("/f", "utf8"), "x", "the file");
      },
    },
    "needs its parent": {
      needs: ({ write, directories: kind }) => write && kind === "real",
      run: async ({ vfs }) => {
        await fails("ENOENT", () => vfs.mkdir("/a/b"), "mkdir");
        same(await vfs.exists("/a"), false, "the parent");
      },
    },
    "with recursive makes all that is missing, and says which came first": {
      needs: ({ write, directories: kind }) => write && kind === "real",
      run: async ({ vfs }) => {
        same(await vfs.mkdir("/a/b/c", { recursive: true }), "/a", "first one made");
        same(await vfs.mkdir("/a/b/d/e", { recursive: true }), "/a/b/d", "first one made below");
        same(await vfs.mkdir("/a/b/c", { recursive: true }), undefined, "when all are there");
        same(await vfs.mkdir("/", { recursive: true }), undefined, "the root");
        same(await below(vfs, "/"), ["a", "a/b", "a/b/c", "a/b/d", "a/b/d/e"], "tree");
        await vfs.writeFile("/a/f", "x");
        await fails(["EEXIST", "ENOTDIR"], () => vfs.mkdir("/a/f", { recursive: true }), "over a file");
      },
    },
    "survives many who make the same": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        await Promise.all(
          Array.from({ length: times(12, 6) }, () => vfs.mkdir("/p/q/r/s", { recursive: true })),
        );
        same(await below(vfs, "/"), ["p", "p/q", "p/q/r", "p/q/r/s"], "tree");
      },
    },
    "keeps an empty directory": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/empty");
        await vfs.mkdir("/full");
        await vfs.writeFile("/full/f", "x");
        await vfs.unlink("/full/f");
        sameMembers(await vfs.readdir("/"), ["empty", "full"], "names");
      },
    },
  }),
  ...group("mkdtemp", {
    "makes directories with new names": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/tmp");
        const made = await Promise.all(Array.from({ length: 10 }, () => vfs.mkdtemp("/tmp/work-")));
        same(new Set(made).size, 10, "different names");
        check(
          made.every((path) => /^\/tmp\/work-[a-zA-Z0-9]{6}$/.test(path)),
          `names end in six characters: ${made[0]}`,
        );
        same((await vfs.readdir("/tmp")).length, 10, "directories");
      },
    },
  }),
  ...group("rmdir", {
    "removes an empty directory only": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/e", { recursive: true });
        await vfs.writeFile("/f", "x");
        await fails("ENOTEMPTY", () => vfs.rmdir("/d"), "a directory with something in it");
        await fails("ENOTDIR", () => vfs.rmdir("/f"), "a file");
        await fails("ENOENT", () => vfs.rmdir("/none"), "nothing");
        await vfs.rmdir("/d/e");
        await vfs.rmdir("/d");
        same(await vfs.readdir("/"), ["f"], "what is left");
        await fails("EBUSY", () => vfs.rmdir("/"), "the root");
      },
    },
  }),
  ...group("unlink", {
    "removes a file, no directory": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/f", "x");
        await fails(["EISDIR", "EPERM"], () => vfs.unlink("/d"), "a directory");
        await fails("ENOENT", () => vfs.unlink("/none"), "nothing");
        await vfs.unlink("/f");
        same(await vfs.readdir("/"), ["d"], "what is left");
      },
    },
  }),
  ...group("rm", {
    "removes a tree when told, and nothing beside it": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/t/a/b", { recursive: true });
        await vfs.writeFile("/t/a/b/f", "x");
        await vfs.writeFile("/t2", "x");
        await fails("EISDIR", () => vfs.rm("/t"), "a directory without recursive");
        same((await below(vfs, "/t")).length, 3, "the tree after refusing");
        await vfs.rm("/t", { recursive: true });
        same(await vfs.readdir("/"), ["t2"], "what is left");
        await fails("ENOENT", () => vfs.stat("/t/a/b/f"), "a file of the tree");
        await vfs.rm("/t2");
        same(await vfs.readdir("/"), [], "what is left at last");
      },
    },
    "with recursive takes a file as well, and says what is wrong with a path": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "x");
        await vfs.writeFile("/d/g", "x");
        const nothing = await fails("ENOENT", () => vfs.rm("/none", { recursive: true }), "nothing");
        same([nothing.syscall, nothing.path], ["lstat", "/none"], "what was called");
        await fails(["ENOTDIR", "ENOENT"], () => vfs.rm("/d/f/below", { recursive: true }), "below a file");
        same((await vfs.readdir("/d")).toSorted(), ["f", "g"], "what is there after that");
        await vfs.rm("/d/f", { recursive: true });
        same(await vfs.readdir("/d"), ["g"], "what is left");
        await vfs.rm("/d/", { recursive: true });
        same(await vfs.readdir("/"), [], "what is left at last");
      },
    },
    "with force does not mind that there is nothing": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await fails("ENOENT", () => vfs.rm("/none"), "without force");
        await vfs.rm("/none", { force: true });
        await vfs.rm("/none/below", { force: true, recursive: true });
      },
    },
    "leaves the root": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("EBUSY", () => vfs.rm("/", { recursive: true }), "the root");
        same(await vfs.readFile("/f", "utf8"), "x", "content");
      },
    },
    "makes room for something new of the same name": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/n/a", { recursive: true });
        await vfs.writeFile("/n/a/f", "old");
        await vfs.rm("/n", { recursive: true });
        await vfs.writeFile("/n", "file");
        same(await vfs.readFile("/n", "utf8"), "file", "content");
        await vfs.rm("/n");
        await vfs.mkdir("/n/a", { recursive: true });
        same(await vfs.readdir("/n/a"), [], "the new directory");
      },
    },
  }),
];
