import type { Vfs } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { fails, same } from "../check.ts";
import { bytes, utf8 } from "../samples.ts";

async function project(vfs: Vfs): Promise<void> {
  await vfs.mkdir("/p/src/deep", { recursive: true });
  await vfs.mkdir("/p/.git");
  await vfs.writeFile("/p/readme.txt", "Hello\r\nworld of hellos\r\n");
  await vfs.writeFile("/p/src/a.ts", "const a = 1;\n// hello\n");
  await vfs.writeFile("/p/src/deep/b.ts", "hello()\nhello hello\n\nlast hello");
  await vfs.writeFile("/p/src/data.bin", new Uint8Array([...utf8("hello"), 0, 1, 2]));
  await vfs.writeFile("/p/.git/config", "hello");
}

export const wholeTrees: Case[] = [
  ...group("du", {
    "adds up bytes, files and directories": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await project(vfs);
        same(await vfs.du("/p"), { bytes: 90, files: 5, directories: 3 }, "a tree");
        same(await vfs.du("/p/src/a.ts"), { bytes: 22, files: 1, directories: 0 }, "a file");
        const nothing = await fails("ENOENT", () => vfs.du("/p/none"), "nothing");
        same([nothing.syscall, nothing.path], ["stat", "/p/none"], "what was called");
        await fails(["ENOTDIR", "ENOENT"], () => vfs.du("/p/src/a.ts/none"), "below a file");
      },
    },
  }),
  ...group("tree", {
    "gives nested directories sorted by name": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await project(vfs);
        const root = await vfs.tree("/p");
        same(
          root.children?.map(({ name, type }) => `${name} ${type}`),
          [".git directory", "readme.txt file", "src directory"],
          "children",
        );
        same(
          root.children?.[2]?.children?.map(({ path, size }) => `${path} ${size}`),
          ["/p/src/a.ts 22", "/p/src/data.bin 8", "/p/src/deep 0"],
          "grandchildren",
        );
        same((await vfs.tree("/p", { maxDepth: 1 })).children?.[2]?.children, [], "one level");
        same((await vfs.tree("/p", { maxDepth: 0 })).children, [], "no level");
        same((await vfs.tree("/p/src/a.ts")).size, 22, "of a file");
        await fails("ENOENT", () => vfs.tree("/p/none"), "of nothing");
      },
    },
  }),
  ...group("ls", {
    "gives entries sorted by name, with stats": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await project(vfs);
        same(
          (await vfs.ls("/p/src")).map(({ name, stat }) => `${name} ${stat?.type}`),
          ["a.ts file", "data.bin file", "deep directory"],
          "entries",
        );
      },
    },
  }),
  ...group("checksum", {
    "is SHA-256 unless told": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/abc", "abc");
        same(
          await vfs.checksum("/abc"),
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
          "of abc",
        );
        await vfs.writeFile("/empty", "");
        same(
          await vfs.checksum("/empty", "sha256"),
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "of nothing",
        );
        const data = bytes(1_000_003);
        await vfs.writeFile("/big", data);
        const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
        same(
          await vfs.checksum("/big"),
          Array.from(expected, (byte) => byte.toString(16).padStart(2, "0")).join(""),
          "of a large file",
        );
        let length = 0;
        const own = {
          update: (part: Uint8Array) => (length += part.length),
          digest: () => new Uint8Array([1, 255]),
        };
        same(await vfs.checksum("/big", () => own), "01ff", "of one's own algorithm");
        same(length, data.length, "bytes that it was given");
        await fails("EISDIR", () => vfs.checksum("/"), "of a directory");
      },
    },
  }),
  ...group("batch", {
    "tells of each item what became of it": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const results = await vfs.batch(
          [
            { op: "mkdir", path: "/d", recursive: true },
            { op: "writeFile", path: "/f", data: "content" },
            { op: "readFile", path: "/none" },
            { op: "rm", path: "/none", force: true },
            { op: "nonsense" as "stat", path: "/f" },
          ],
          { concurrency: 1 },
        );
        same(
          results.map(({ ok }) => ok),
          [true, true, false, true, false],
          "outcomes",
        );
        await fails("ENOENT", () => Promise.reject((results[2] as { error: Error }).error), "the third");
        same(await vfs.readFile("/f", "utf8"), "content", "content");
        const read = await vfs.batch([
          { op: "readFile", path: "/f", encoding: "utf8" },
          { op: "stat", path: "/f" },
        ]);
        same(
          [read[0]?.ok && read[0].value, read[1]?.ok && (read[1].value as { size: number }).size],
          ["content", 7],
          "values",
        );
      },
    },
    "begins no more after a failure when told": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const items = Array.from({ length: 20 }, (_, i) =>
          i === 5
            ? ({ op: "unlink", path: "/none" } as const)
            : ({ op: "writeFile", path: `/f${i}`, data: "x" } as const),
        );
        const results = await vfs.batch(items, { concurrency: 1, stopOnError: true });
        same(
          results.map(({ ok }) => ok),
          items.map((_, i) => i < 5),
          "outcomes",
        );
        const last = results[19];
        await fails("ECANCELED", () => Promise.reject((last as { error: Error }).error), "the last");
        same((await vfs.readdir("/")).length, 5, "files");
        same((await vfs.batch([])).length, 0, "an empty batch");
      },
    },
    "works on many at once": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const items = Array.from(
          { length: 60 },
          (_, i) => ({ op: "writeFile", path: `/f${i}`, data: `${i}` }) as const,
        );
        const results = await vfs.batch(items, { concurrency: 25 });
        same(
          results.every(({ ok }) => ok),
          true,
          "all went well",
        );
        same((await vfs.readdir("/")).length, 60, "files");
        for (const i of [0, 30, 59]) same(await vfs.readFile(`/f${i}`, "utf8"), `${i}`, `file ${i}`);
      },
    },
  }),
];
