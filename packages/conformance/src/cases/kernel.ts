import { constants } from "@vfs/core";
import { group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";

/** What the oracle found: where a store did something else than the kernel does. */
export const kernel: Case[] = [
  ...group("mkdir", {
    "takes the permission bits and the sticky one, and no set-id bits": {
      needs: ({ write, modes }) => write && modes,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d", { mode: 0o7777 });
        same((await vfs.stat("/d")).mode & 0o7777, 0o1755, "mode");
        await vfs.mkdir("/e/f", { mode: 0o6700, recursive: true });
        same((await vfs.stat("/e/f")).mode & 0o7777, 0o700, "mode, with recursive");
      },
    },
    "in a set-gid directory makes a set-gid directory": {
      needs: ({ write, modes }) => write && modes,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.chmod("/d", 0o2755);
        await vfs.mkdir("/d/e", { mode: 0o700 });
        same((await vfs.stat("/d/e")).mode & 0o7777, 0o2700, "mode");
      },
    },
    "with recursive says why a link leads nowhere": {
      needs: ({ write, symlinks }) => write && symlinks,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.symlink("nothing", "/l");
        await vfs.symlink("/f/below", "/through");
        await fails("ENOENT", () => vfs.mkdir("/l", { recursive: true }), "to nothing");
        await fails("ENOTDIR", () => vfs.mkdir("/through", { recursive: true }), "through a file");
      },
    },
  }),
  ...group("rm", {
    "with force does not mind an empty path": {
      needs: ({ write }) => write,
      run: async ({ vfs }) => {
        await vfs.rm("", { force: true });
        await fails("ENOENT", () => vfs.rm(""), "without force");
      },
    },
  }),
  ...group("unlink", {
    "of the root says that it is a directory": {
      needs: ({ write }) => write,
      run: async ({ vfs }) => {
        await fails("EISDIR", () => vfs.unlink("/"), "the root");
      },
    },
  }),
  ...group("symlink", {
    "takes a target of 4,095 bytes and no longer one": {
      needs: ({ write, symlinks }) => write && symlinks,
      run: async ({ vfs }) => {
        await vfs.symlink("n".repeat(4095), "/l");
        same((await vfs.readlink("/l")).length, 4095, "length of the target");
        await fails("ENAMETOOLONG", () => vfs.symlink("n".repeat(4096), "/m"), "one more");
        await fails("ENAMETOOLONG", () => vfs.symlink("é".repeat(2048), "/m"), "one more, in bytes");
      },
    },
  }),
  ...group("cp", {
    "of a tree counts the directories in it": {
      needs: ({ write, inodes, directories }) => write && inodes && directories === "real",
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/a/b", { recursive: true });
        await vfs.mkdir("/d/c");
        const before = await vfs.stat("/");
        await vfs.cp("/d", "/copy", { recursive: true });
        same((await vfs.stat("/copy")).nlink, (await vfs.stat("/d")).nlink, "links of the copy");
        same((await vfs.stat("/copy/a")).nlink, (await vfs.stat("/d/a")).nlink, "links below it");
        await vfs.rm("/copy", { recursive: true });
        same((await vfs.stat("/")).nlink, before.nlink, "links of the parent when it is gone");
      },
    },
    "of a directory below itself makes nothing": {
      needs: ({ write }) => write,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await fails("EINVAL", () => vfs.cp("/d", "/d/e/f", { recursive: true }), "below itself");
        await fails("EISDIR", () => vfs.cp("/d", "/e/f"), "without recursive");
        same(await vfs.readdir("/d"), [], "names in it");
        same(await vfs.exists("/e"), false, "the parent of the copy");
      },
    },
  }),
  ...group("copyFile", {
    "onto another name of the same file changes nothing": {
      needs: ({ write, links, times }) => write && links && times === "all",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.link("/f", "/g");
        await vfs.utimes("/f", 1000, 2000);
        await vfs.copyFile("/g", "/f");
        same((await vfs.stat("/f")).mtimeMs, 2_000_000, "time");
        same(await vfs.readFile("/g", "utf8"), "x", "content");
      },
    },
    "of a link to a directory, to a name behind that link, is EISDIR": {
      needs: ({ write, symlinks }) => write && symlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "x");
        await vfs.symlink("d", "/l");
        await fails("EISDIR", () => vfs.copyFile("/l", "/l/f"), "onto a file");
        await fails("EISDIR", () => vfs.copyFile("/l", "/l/new"), "onto nothing");
        same(await vfs.readFile("/d/f", "utf8"), "x", "content");
        same(await vfs.readdir("/d"), ["f"], "names");
      },
    },
    "of an empty file makes one of now": {
      needs: ({ write, times }) => write && times === "all",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "");
        await vfs.utimes("/f", 1000, 2000);
        await vfs.copyFile("/f", "/g");
        await vfs.mkdir("/d");
        await vfs.rename("/f", "/d/f");
        await vfs.cp("/d", "/e", { recursive: true });
        check((await vfs.stat("/g")).mtimeMs > 2_000_000, "the copy has the time of the original");
        check((await vfs.stat("/e/f")).mtimeMs > 2_000_000, "one in a tree has the time of the original");
      },
    },
  }),
  ...group("open", {
    "for appending stays where it is when a position is given": {
      needs: ({ write }) => write,
      run: async ({ vfs }) => {
        const file = await vfs.open("/f", "a+");
        const into = new Uint8Array(4);
        await file.write(new TextEncoder().encode("ab"), 0, 2, 9);
        await file.write(new Uint8Array(0));
        same((await file.read(into, 0, 4, null)).bytesRead, 2, "bytes from the beginning");
        await file.write(new TextEncoder().encode("cd"));
        same((await file.read(into, 0, 4, null)).bytesRead, 0, "bytes after an append without a position");
        await file.close();
        same(await vfs.readFile("/f", "utf8"), "abcd", "content");
      },
    },
    "says of a closed handle that it is closed, whatever it was open for": {
      needs: ({ write }) => write,
      run: async ({ vfs }) => {
        const file = await vfs.open("/f", constants.O_RDONLY | constants.O_CREAT);
        await fails("EINVAL", () => file.truncate(0), "truncate of what is open for reading");
        await file.close();
        await fails("EBADF", () => file.truncate(0), "truncate when it is closed");
      },
    },
  }),
];
