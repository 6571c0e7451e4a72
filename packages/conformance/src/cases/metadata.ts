import { group, canWrite, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";

export const metadata: Case[] = [
  ...group("stat", {
    "tells type, size and time": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const before = Date.now() - 2000;
        await vfs.writeFile("/f", "12345");
        await vfs.mkdir("/d");
        const file = await vfs.stat("/f");
        same(
          [file.type, file.size, file.isFile(), file.isDirectory(), file.isSymbolicLink()],
          ["file", 5, true, false, false],
          "the file",
        );
        check(
          file.mtimeMs >= before && file.mtimeMs <= Date.now() + 2000,
          `the time is now: ${file.mtimeMs}`,
        );
        same(file.mtime.getTime(), Math.trunc(file.mtimeMs), "mtime as a Date");
        same(file.mode & 0o170000, 0o100000, "type bits of the file");
        const directory = await vfs.stat("/d");
        same([directory.type, directory.isDirectory()], ["directory", true], "the directory");
        same(directory.mode & 0o170000, 0o040000, "type bits of the directory");
        same((await vfs.stat("/")).type, "directory", "the root");
      },
    },
    "of nothing fails as Node's does, or answers undefined": async ({ vfs }) => {
      const error = await fails("ENOENT", () => vfs.stat("/a/../none"), "stat");
      const { code, errno, syscall, path, message } = error;
      same(
        { code, errno, syscall, path },
        { code: "ENOENT", errno: -2, syscall: "stat", path: "/none" },
        "the error",
      );
      same(message, "ENOENT: no such file or directory, stat '/none'", "the message");
      same(await vfs.stat("/none", { throwIfNoEntry: false }), undefined, "throwIfNoEntry: false");
      same(await vfs.lstat("/none", { throwIfNoEntry: false }), undefined, "lstat, throwIfNoEntry: false");
      same(await vfs.exists("/none"), false, "exists");
      await fails("ENOENT", () => vfs.access("/none"), "access");
      same(await vfs.exists("/"), true, "the root exists");
    },
    "names both paths of a rename in its error": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const error = await fails("ENOENT", () => vfs.rename("/none", "/other"), "rename");
        const { syscall, path, dest, message } = error;
        same({ syscall, path, dest }, { syscall: "rename", path: "/none", dest: "/other" }, "the error");
        same(message, "ENOENT: no such file or directory, rename '/none' -> '/other'", "the message");
      },
    },
    "shows a new etag after each change of content": {
      needs: ({ write, etag }) => write && etag,
      run: async ({ vfs }) => {
        const seen = new Set<string>();
        const note = async (what: string): Promise<void> => {
          const { etag } = await vfs.stat("/f");
          check(typeof etag === "string" && etag !== "", `there is an etag after ${what}`);
          check(!seen.has(etag), `the etag is new after ${what}: ${etag}`);
          seen.add(etag);
        };
        await vfs.writeFile("/f", "aaaa");
        await note("the first write");
        await vfs.writeFile("/f", "bbbb");
        await note("a write of the same size");
        await vfs.writeFile("/f", "aaaa");
        await note("a write of an earlier content");
        await vfs.appendFile("/f", "c");
        await note("an append");
        await vfs.truncate("/f", 2);
        await note("a truncate");
        await vfs.unlink("/f");
        await vfs.writeFile("/f", "aa");
        await note("a removal and a new file");
        same((await vfs.stat("/f")).etag, (await vfs.stat("/f")).etag, "the etag when nothing changed");
      },
    },
    "gives every file a number of its own that stays": {
      needs: ({ write, inodes }) => write && inodes,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        for (const name of ["a", "b", "c"]) await vfs.writeFile(`/d/${name}`, name);
        const numbers = await Promise.all(
          ["/", "/d", "/d/a", "/d/b", "/d/c"].map(async (path) => (await vfs.stat(path)).ino),
        );
        same(new Set(numbers).size, 5, "different numbers");
        check(
          numbers.every((ino) => Number.isSafeInteger(ino) && ino > 0),
          `numbers are positive integers: ${numbers.join()}`,
        );
        await vfs.appendFile("/d/a", "more");
        await vfs.rename("/d", "/e");
        same(
          await Promise.all(["/e", "/e/a", "/e/b"].map(async (path) => (await vfs.stat(path)).ino)),
          [numbers[1], numbers[2], numbers[3]],
          "numbers after a rename",
        );
        same((await vfs.stat("/e/a")).nlink, 1, "links of a file");
      },
    },
    "sees the time move on with each write": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const first = (await vfs.stat("/f")).mtimeMs;
        await new Promise((resolve) => setTimeout(resolve, 20));
        await vfs.writeFile("/f", "y");
        check((await vfs.stat("/f")).mtimeMs > first, "the time moved on");
      },
    },
  }),
  ...group("chmod", {
    "changes the permission bits and nothing else": {
      needs: ({ write, modes }) => write && modes,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.mkdir("/d");
        const before = await vfs.stat("/f");
        await vfs.chmod("/f", 0o640);
        await vfs.chmod("/d", 0o700);
        const after = await vfs.stat("/f");
        same(
          [after.mode & 0o7777, after.mtimeMs, after.size, after.type],
          [0o640, before.mtimeMs, 1, "file"],
          "the file",
        );
        same((await vfs.stat("/d")).mode & 0o7777, 0o700, "the directory");
        await fails("ENOENT", () => vfs.chmod("/none", 0o644), "nothing");
      },
    },
    "is refused where the store keeps no modes": {
      needs: ({ write, modes }) => write && !modes,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("ENOTSUP", () => vfs.chmod("/f", 0o640), "chmod");
      },
    },
  }),
  ...group("utimes", {
    "sets the time of a change": {
      needs: ({ write, times }) => write && times !== "none",
      run: async ({ vfs, caps }) => {
        await vfs.writeFile("/f", "x");
        await vfs.mkdir("/d");
        await vfs.utimes("/f", 1_500_000_000, 1_600_000_000);
        await vfs.utimes("/d", new Date(1_500_000_000_000), new Date(1_600_000_000_000));
        for (const path of ["/f", "/d"]) {
          const { mtimeMs, atimeMs } = await vfs.stat(path);
          same(mtimeMs, 1_600_000_000_000, `mtime of ${path}`);
          if (caps.times === "all") same(atimeMs, 1_500_000_000_000, `atime of ${path}`);
        }
        await vfs.utimes("/f", 0, -1000);
        same((await vfs.stat("/f")).mtimeMs, -1_000_000, "a time before 1970");
      },
    },
    "of nanoseconds gives one file exactly the time of another": {
      needs: ({ write, times }) => write && times !== "none",
      run: async ({ vfs, times }) => {
        await vfs.writeFile("/to", "x");
        // Several changes within one millisecond: their times differ by parts of it.
        for (let i = 0; i < times(8, 3); i++) {
          await vfs.writeFile("/from", `${i}`);
          const from = await vfs.stat("/from", { bigint: true });
          const { atimeNs = 0n, mtimeNs = 0n } = from;
          await vfs.utimes("/to", atimeNs, mtimeNs);
          same((await vfs.stat("/to")).mtimeMs, from.mtimeMs, "time of the copy");
          await using handle = await vfs.open("/to", "r+");
          await handle.utimes(atimeNs + 1_000_000n, mtimeNs - 1_000_000n);
          same((await handle.stat()).mtimeMs, from.mtimeMs - 1, "time set by a handle");
        }
        await vfs.utimes("/to", 0n, -1n);
        check((await vfs.stat("/to")).mtimeMs <= 0, "a time before 1970");
      },
    },
    "is refused where the store sets times itself": {
      needs: ({ write, times }) => write && times === "none",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("ENOTSUP", () => vfs.utimes("/f", 1, 1), "utimes");
      },
    },
  }),
  ...group("chown", {
    "sets the owners, or says that this is not allowed": {
      needs: ({ write, owners }) => write && owners,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const before = await vfs.stat("/f");
        try {
          await vfs.chown("/f", 1234, 5678);
        } catch (reason) {
          // A store of the host's files is bound by what the host allows this process.
          await fails("EPERM", () => Promise.reject(reason), "chown");
          await vfs.chown("/f", before.uid, before.gid);
          const after = await vfs.stat("/f");
          same([after.uid, after.gid], [before.uid, before.gid], "owners after refusing");
          return;
        }
        const { uid, gid } = await vfs.stat("/f");
        same([uid, gid], [1234, 5678], "owners");
        await vfs.chown("/f", -1, 9);
        same([(await vfs.stat("/f")).uid, (await vfs.stat("/f")).gid], [1234, 9], "owners when one is left");
      },
    },
    "is refused where the store keeps no owners": {
      needs: ({ write, owners }) => write && !owners,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("ENOTSUP", () => vfs.chown("/f", 1, 1), "chown");
      },
    },
  }),
  ...group("setMeta", {
    "keeps a content type and attributes": {
      needs: ({ write, meta }) => write && meta,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "a,b", {
          contentType: "text/csv",
          meta: { owner: "ada", "odd key": "ü\n" },
        });
        const written = await vfs.stat("/f");
        same(
          [written.contentType, written.meta],
          ["text/csv", { owner: "ada", "odd key": "ü\n" }],
          "what was written",
        );
        await vfs.setMeta("/f", { meta: { tag: "1" } });
        same(
          [(await vfs.stat("/f")).contentType, (await vfs.stat("/f")).meta],
          ["text/csv", { tag: "1" }],
          "attributes replaced",
        );
        await vfs.setMeta("/f", { contentType: "text/plain" });
        same(
          [(await vfs.stat("/f")).contentType, (await vfs.stat("/f")).meta],
          ["text/plain", { tag: "1" }],
          "content type replaced",
        );
        await vfs.setMeta("/f", { contentType: null, meta: {} });
        same(
          [(await vfs.stat("/f")).contentType, (await vfs.stat("/f")).meta],
          [undefined, {}],
          "both taken away",
        );
        same(await vfs.readFile("/f", "utf8"), "a,b", "content");
      },
    },
    "goes along with a copy and a rename": {
      needs: ({ write, meta }) => write && meta,
      run: async ({ vfs }) => {
        await vfs.writeStream("/f", ["x"], { contentType: "a/b", meta: { k: "v" } });
        await vfs.cp("/f", "/g");
        await vfs.rename("/f", "/h");
        for (const path of ["/g", "/h"]) {
          const { contentType, meta } = await vfs.stat(path);
          same([contentType, meta], ["a/b", { k: "v" }], path);
        }
      },
    },
    "shares nothing with the caller": {
      needs: ({ write, meta }) => write && meta,
      run: async ({ vfs }) => {
        const mine = { k: "v" };
        await vfs.writeFile("/f", "x", { meta: mine });
        mine.k = "changed";
        same((await vfs.stat("/f")).meta, { k: "v" }, "attributes");
      },
    },
    "stays when the content is replaced": {
      needs: ({ write, meta, keeps }) => write && meta && keeps !== "nothing",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "one", { contentType: "a/b", meta: { k: "v" } });
        await vfs.writeFile("/f", "two");
        const { contentType, meta } = await vfs.stat("/f");
        same([contentType, meta], ["a/b", { k: "v" }], "attributes");
      },
    },
    "is refused where the store keeps none": {
      needs: ({ write, meta }) => write && !meta,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x", { contentType: "text/plain" });
        await fails("ENOTSUP", () => vfs.setMeta("/f", { meta: { k: "v" } }), "setMeta");
        await fails("ENOTSUP", () => vfs.writeFile("/g", "x", { meta: { k: "v" } }), "writeFile with meta");
        same(await vfs.exists("/g"), false, "the file that was not written");
      },
    },
  }),
  ...group("stat with bigint", {
    "tells the times in nanoseconds": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const { mtimeMs, mtimeNs, atimeNs, ctimeNs, birthtimeNs } = await vfs.stat("/f", { bigint: true });
        for (const time of [mtimeNs, atimeNs, ctimeNs, birthtimeNs]) same(typeof time, "bigint", "type");
        same(Math.floor(mtimeMs), Number((mtimeNs ?? 0n) / 1_000_000n), "milliseconds of it");
        same((await vfs.lstat("/f", { bigint: true })).mtimeNs, mtimeNs, "by lstat");
        same((await vfs.stat("/f")).mtimeNs, undefined, "unless asked for");
      },
    },
  }),
];
