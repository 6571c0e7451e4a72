import type { Capabilities } from "@vfs/core";
import { group, type Case } from "../case.ts";
import { fails, same, sameMembers } from "../check.ts";

const hardlinks = ({ write, links: has }: Capabilities): boolean => write && has;

export const hardLinks: Case[] = [
  ...group("link", {
    "makes two names of one file": {
      needs: hardlinks,
      run: async ({ vfs, caps }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/a", "one");
        await vfs.link("/a", "/d/b");
        if (caps.inodes) {
          same((await vfs.stat("/a")).ino, (await vfs.stat("/d/b")).ino, "inode numbers");
          same((await vfs.stat("/a")).nlink, 2, "links");
        }
        await vfs.writeFile("/d/b", "two");
        same(await vfs.readFile("/a", "utf8"), "two", "after a write by the other name");
        await vfs.appendFile("/a", "!");
        same(await vfs.readFile("/d/b", "utf8"), "two!", "after an append by the first name");
        await vfs.writeStream("/a", ["three"]);
        same(await vfs.readFile("/d/b", "utf8"), "three", "after a stream by the first name");
        await vfs.writeFile("/other", "four");
        await vfs.copyFile("/other", "/d/b");
        same(await vfs.readFile("/a", "utf8"), "four", "after a copy onto the other name");
        await vfs.copyFile("/a", "/d/b");
        same(await vfs.readFile("/a", "utf8"), "four", "after a copy of one name onto the other");
        await vfs.unlink("/other");
        await vfs.writeStream("/a", ["three"]);
        await vfs.rename("/a", "/d/b");
        sameMembers(await vfs.readdir("/"), ["a", "d"], "rename of one name onto the other does nothing");
        await vfs.unlink("/a");
        same(await vfs.readFile("/d/b", "utf8"), "three", "after the first name is gone");
        if (caps.inodes) same((await vfs.stat("/d/b")).nlink, 1, "links at last");
      },
    },
    "refuses what cannot have two names": {
      needs: hardlinks,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/f", "x");
        await fails("EPERM", () => vfs.link("/d", "/e"), "a directory");
        await fails("EEXIST", () => vfs.link("/f", "/d"), "onto a directory");
        await fails("EEXIST", () => vfs.link("/f", "/f"), "onto itself");
        await fails("ENOENT", () => vfs.link("/none", "/g"), "of nothing");
        await fails("ENOENT", () => vfs.link("/f", "/no/g"), "into a directory that is not there");
        sameMembers(await vfs.readdir("/"), ["d", "f"], "names");
      },
    },
    "counts its bytes once": {
      needs: ({ write, links: has, usage }) => write && has && usage,
      run: async ({ vfs }) => {
        const before = await vfs.usage("/");
        await vfs.writeFile("/a", new Uint8Array(1000));
        await vfs.link("/a", "/b");
        same((await vfs.usage("/")).bytes - before.bytes, 1000, "bytes with two names");
        await vfs.unlink("/a");
        same((await vfs.usage("/")).bytes - before.bytes, 1000, "bytes with one name");
        await vfs.unlink("/b");
        same((await vfs.usage("/")).bytes - before.bytes, 0, "bytes with no name");
      },
    },
    "is refused where the store has none": {
      needs: ({ write, links: has }) => write && !has,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("ENOTSUP", () => vfs.link("/f", "/g"), "link");
        same(await vfs.readdir("/"), ["f"], "names");
      },
    },
  }),
];
