import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { bytes, utf8 } from "../samples.ts";

export const appends: Case[] = [
  ...group("appendFile", {
    "creates, then adds to the end": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.appendFile("/log", "one\n");
        await vfs.appendFile("/log", utf8("two\n"));
        await vfs.appendFile("/log", "");
        same(await vfs.readFile("/log", "utf8"), "one\ntwo\n", "content");
      },
    },
    "loses none of 50 that come at once": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await Promise.all(Array.from({ length: 50 }, (_, i) => vfs.appendFile("/log", `line ${i}\n`)));
        const lines = (await vfs.readFile("/log", "utf8")).split("\n").filter(Boolean);
        same(new Set(lines).size, 50, "different lines");
        same(lines.length, 50, "lines");
      },
    },
    "loses none to a file that is replaced meanwhile": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/log", "start\n");
        await Promise.all([
          ...Array.from({ length: 10 }, (_, i) => vfs.appendFile("/log", `before ${i}\n`)),
          vfs.writeFile("/log", "REPLACED\n"),
          ...Array.from({ length: 10 }, (_, i) => vfs.appendFile("/log", `after ${i}\n`)),
        ]);
        const text = await vfs.readFile("/log", "utf8");
        check(
          text.startsWith("REPLACED\n") || text.startsWith("start\n"),
          `it begins with a whole version: ${text.slice(0, 40)}`,
        );
        check(text.includes("REPLACED\n"), "the replacement was not lost");
      },
    },
    "adds to a large file": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const head = bytes(1_500_000, 1);
        const tail = bytes(700_000, 2);
        await vfs.writeFile("/big", head);
        await vfs.appendFile("/big", tail);
        const whole = await vfs.readFile("/big");
        same(whole.length, head.length + tail.length, "size");
        same(whole.slice(0, head.length), head, "head");
        same(whole.slice(head.length), tail, "tail");
      },
    },
    "writes what the bytes are at the call, not what they are later": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const data = bytes(1_000_000);
        const expected = new Uint8Array(2_000_000);
        expected.set(data);
        expected.set(data, data.length);
        await vfs.writeFile("/m", data);
        const written = vfs.appendFile("/m", data);
        data.fill(2);
        await written;
        same(await vfs.readFile("/m"), expected, "content");
      },
    },
  }),
  ...group("truncate", {
    "cuts, and fills up with zeros": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/t", "0123456789");
        await vfs.truncate("/t", 4);
        same(await vfs.readFile("/t", "utf8"), "0123", "cut");
        await vfs.truncate("/t", 8);
        same(await vfs.readFile("/t"), new Uint8Array([48, 49, 50, 51, 0, 0, 0, 0]), "filled up");
        await vfs.truncate("/t");
        same((await vfs.stat("/t")).size, 0, "size");
        await fails("ENOENT", () => vfs.truncate("/none", 1), "a file that is not there");
      },
    },
    "brings back nothing across pieces of a large file": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/t", bytes(2_500_000).fill(7));
        await vfs.truncate("/t", 1_000_001);
        await vfs.truncate("/t", 2_500_000);
        const data = await vfs.readFile("/t");
        check(
          data.subarray(0, 1_000_001).every((byte) => byte === 7),
          "what was kept is unchanged",
        );
        check(
          data.subarray(1_000_001).every((byte) => byte === 0),
          "what was cut away came back",
        );
      },
    },
  }),
  ...group("copyFile", {
    "copies content, and mode where there is one": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        const data = bytes(1_200_000);
        await vfs.writeFile("/a", data);
        if (caps.modes) await vfs.chmod("/a", 0o640);
        await vfs.copyFile("/a", "/b");
        same(await vfs.readFile("/b"), data, "content");
        if (caps.modes) same((await vfs.stat("/b")).mode & 0o777, 0o640, "mode");
      },
    },
    "makes two files that live apart": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/a", bytes(1_200_000).fill(1));
        await vfs.copyFile("/a", "/b");
        await vfs.appendFile("/a", "x");
        await vfs.writeFile("/c", "y");
        await vfs.copyFile("/b", "/c");
        const handle = await vfs.open("/b", "r+");
        await handle.write(new Uint8Array([9]), 0, 1, 1_100_000);
        await handle.close();
        same((await vfs.readFile("/a"))[1_100_000], 1, "a byte of the original");
        same((await vfs.readFile("/b"))[1_100_000], 9, "a byte of the copy");
        same((await vfs.readFile("/c"))[1_100_000], 1, "a byte of the copy's copy");
        same((await vfs.stat("/b")).size, 1_200_000, "size of the copy");
      },
    },
    "replaces, or does not when told": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/a", "new");
        await vfs.writeFile("/b", "old");
        await fails("EEXIST", () => vfs.copyFile("/a", "/b", 1), "COPYFILE_EXCL");
        same(await vfs.readFile("/b", "utf8"), "old", "content after refusing");
        await vfs.copyFile("/a", "/b");
        same(await vfs.readFile("/b", "utf8"), "new", "content");
        await vfs.copyFile("/a", "/a");
        same(await vfs.readFile("/a", "utf8"), "new", "a file over itself");
        await fails("ENOENT", () => vfs.copyFile("/none", "/c"), "a file that is not there");
        same(await vfs.exists("/c"), false, "the copy of nothing");
        await vfs.mkdir("/d");
        await fails("EISDIR", () => vfs.copyFile("/a", "/d"), "onto a directory");
        await fails("EISDIR", () => vfs.copyFile("/d", "/e"), "of a directory");
      },
    },
  }),
  ...group("touch", {
    "makes an empty file, and leaves one that is there as it is": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.touch("/t");
        same((await vfs.stat("/t")).size, 0, "size");
        await vfs.writeFile("/t", "content");
        await vfs.touch("/t");
        same(await vfs.readFile("/t", "utf8"), "content", "content");
      },
    },
    "sets the times to now": {
      needs: ({ write, times }) => write && times !== "none",
      run: async ({ vfs }) => {
        await vfs.writeFile("/t", "x");
        await vfs.utimes("/t", 1000, 1000);
        const before = Date.now() - 2000;
        await vfs.touch("/t");
        check((await vfs.stat("/t")).mtimeMs >= before, "the time is now");
      },
    },
  }),
];
