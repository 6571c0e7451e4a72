import { canWrite, group, type Case } from "../case.ts";
import { alike, check, fails, same } from "../check.ts";
import { all, below, bytes, utf8 } from "../samples.ts";

export const writes: Case[] = [
  ...group("writeFile", {
    "of less over a file that was made longer touches no other file": {
      needs: ({ write }) => write,
      run: async ({ vfs }) => {
        await vfs.writeFile("/grown", "a");
        await vfs.truncate("/grown", 20);
        await vfs.writeFile("/other", "another");
        await vfs.writeFile("/grown", "");
        same(await vfs.readFile("/other", "utf8"), "another", "the file written after it");
        same((await vfs.stat("/grown")).size, 0, "the size of the one");
      },
    },
    "takes everything that has bytes": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const backing = bytes(64);
        const cases: [string, () => Parameters<typeof vfs.writeFile>[1], Uint8Array][] = [
          ["a view with an offset", () => backing.subarray(10, 20), backing.slice(10, 20)],
          ["a DataView", () => new DataView(backing.buffer, 8, 8), backing.slice(8, 16)],
          ["a Uint16Array", () => new Uint16Array(backing.buffer, 4, 4), backing.slice(4, 12)],
          ["an ArrayBuffer", () => backing.buffer.slice(0, 16), backing.slice(0, 16)],
          [
            "a Blob",
            () => new Blob([backing.slice(0, 7), "text"]),
            new Uint8Array([...backing.slice(0, 7), ...utf8("text")]),
          ],
          ["a ReadableStream", () => new Blob([backing]).stream(), backing],
          ["an iterable", () => ["one ", utf8("two"), " three"], utf8("one two three")],
          ["an async iterable", () => later(["ä", "b"]), utf8("äb")],
          ["a source of nothing", () => later([]), new Uint8Array(0)],
        ];
        for (const [what, content, expected] of cases) {
          await vfs.writeFile("/c", content());
          same(await vfs.readFile("/c"), expected, what);
        }
      },
    },
    "replaces a longer file entirely": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", bytes(3_000_000));
        await vfs.writeFile("/f", "short");
        same(await vfs.readFile("/f", "utf8"), "short", "content");
        same((await vfs.stat("/f")).size, 5, "size");
      },
    },
    "needs its directory": {
      needs: ({ write, directories }) => write && directories === "real",
      run: async ({ vfs }) => {
        await fails("ENOENT", () => vfs.writeFile("/no/file", "x"), "writeFile");
        await fails("ENOENT", () => vfs.appendFile("/no/file", "x"), "appendFile");
        await fails("ENOENT", () => vfs.open("/no/file", "w"), "open");
        await fails("ENOENT", () => vfs.writeStream("/no/file", ["x"]), "writeStream");
        same(await vfs.exists("/no"), false, "the directory");
      },
    },
    "makes its directory where directories are implied": {
      needs: ({ write, directories }) => write && directories === "implied",
      run: async ({ vfs }) => {
        await vfs.writeFile("/new/deep/file", "x");
        same((await vfs.stat("/new/deep")).type, "directory", "type");
        same(await vfs.readdir("/new"), ["deep"], "names");
      },
    },
    "over a directory is EISDIR": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "x");
        await fails("EISDIR", () => vfs.writeFile("/d", "x"), "writeFile");
        await fails("EISDIR", () => vfs.writeFile("/", "x"), "writeFile over the root");
        await fails("EISDIR", () => vfs.appendFile("/d", "x"), "appendFile");
        await fails("EISDIR", () => vfs.truncate("/d"), "truncate");
        await fails("EISDIR", () => vfs.writeStream("/d", ["x"]), "writeStream");
        await fails("EISDIR", () => vfs.open("/d", "w"), "open");
        same(await vfs.readdir("/d"), ["f"], "the directory");
      },
    },
    "with wx creates only": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/x", "first", { flag: "wx" });
        await fails("EEXIST", () => vfs.writeFile("/x", "second", { flag: "wx" }), "wx");
        await fails("EEXIST", () => vfs.writeFile("/x", "second", { ifNoneMatch: "*" }), "ifNoneMatch");
        await fails("EEXIST", () => vfs.writeStream("/x", ["second"], { flag: "wx" }), "writeStream");
        await vfs.mkdir("/d");
        await fails("EEXIST", () => vfs.writeFile("/d", "x", { flag: "wx" }), "wx over a directory");
        same(await vfs.readFile("/x", "utf8"), "first", "content");
      },
    },
    "with wx lets one of many win": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const tries = Array.from({ length: 24 }, (_, i) =>
          vfs.writeFile("/one", `writer ${i}`, { flag: "wx" }).then(
            () => i,
            () => -1,
          ),
        );
        const winners = (await Promise.all(tries)).filter((i) => i >= 0);
        same(winners.length, 1, "winners");
        same(await vfs.readFile("/one", "utf8"), `writer ${winners[0]}`, "content");
      },
    },
    "with other flags does what open does": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "0123456789");
        await vfs.writeFile("/f", "ab", { flag: "r+" });
        same(await vfs.readFile("/f", "utf8"), "ab23456789", "r+");
        await vfs.writeFile("/f", "!", { flag: "a" });
        same(await vfs.readFile("/f", "utf8"), "ab23456789!", "a");
        await fails("ENOENT", () => vfs.writeFile("/g", "x", { flag: "r+" }), "r+ on nothing");
        await fails("EINVAL", () => vfs.writeFile("/g", "x", { flag: "q" as "w" }), "an unknown flag");
        same(await vfs.exists("/g"), false, "the file that was not made");
      },
    },
    "with ifMatch writes over that version only": {
      needs: ({ write, ifMatch }) => write && ifMatch,
      run: async ({ vfs }) => {
        await vfs.writeFile("/v", "one");
        const first = await vfs.stat("/v");
        await vfs.writeFile("/v", "two", { ifMatch: first.etag });
        const error = await fails(
          "ESTALE",
          () => vfs.writeFile("/v", "three", { ifMatch: first.etag }),
          "the old etag",
        );
        same(error.reason, "precondition", "reason");
        await fails("ESTALE", () => vfs.readFile("/v", { ifMatch: first.etag }), "reading the old version");
        await fails("ESTALE", () => vfs.rm("/v", { ifMatch: first.etag }), "removing the old version");
        same(await vfs.readFile("/v", "utf8"), "two", "content");
        await vfs.rm("/v", { ifMatch: (await vfs.stat("/v")).etag });
        await fails(
          "ESTALE",
          () => vfs.writeFile("/v", "four", { ifMatch: first.etag }),
          "a file that is gone",
        );
      },
    },
    "with ifMatch is refused where the store has no versions": {
      needs: ({ write, ifMatch }) => write && !ifMatch,
      run: async ({ vfs }) => {
        await vfs.writeFile("/v", "one");
        await fails("ENOTSUP", () => vfs.writeFile("/v", "two", { ifMatch: "x" }), "writeFile");
        await fails("ENOTSUP", () => vfs.readFile("/v", { ifMatch: "x" }), "readFile");
        same(await vfs.readFile("/v", "utf8"), "one", "content");
      },
    },
    "lets many writers work side by side": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        const length = times(100, 30);
        await vfs.mkdir("/many");
        await Promise.all(Array.from({ length }, (_, i) => vfs.writeFile(`/many/${i}`, `content ${i}`)));
        same((await vfs.readdir("/many")).length, length, "files");
        for (let i = 0; i < length; i += 3)
          same(await vfs.readFile(`/many/${i}`, "utf8"), `content ${i}`, `file ${i}`);
      },
    },
    "lets many writers make the same new directories": {
      needs: canWrite,
      run: async ({ vfs, times }) => {
        const [writers, directories] = [times(100, 18), times(10, 3)];
        const one = async (i: number): Promise<void> => {
          await vfs.mkdir(`/new/${i % directories}/deep`, { recursive: true });
          await vfs.writeFile(`/new/${i % directories}/deep/${i}`, `content ${i}`);
        };
        await Promise.all(Array.from({ length: writers }, (_, i) => one(i)));
        const found = await all(vfs.find("/new", { type: "file" }));
        same(found.length, writers, "files");
      },
    },
    "lets a reader see the old content or the new": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const versions = [bytes(300_000, 1).fill(1), bytes(500_000, 2).fill(2)];
        await vfs.writeFile("/w", versions[0] as Uint8Array);
        const progress = { writing: true };
        const write = async (): Promise<void> => {
          for (let i = 1; i <= 20; i++) await vfs.writeFile("/w", versions[i % 2] as Uint8Array);
          progress.writing = false;
        };
        const read = async (): Promise<void> => {
          for (let i = 0; progress.writing || i < 5; i++) {
            const data = await vfs.readFile("/w");
            const whole = versions.some((version) => alike(version, data));
            check(whole, `reader saw ${data.length} bytes that begin with ${data[0]}: neither version`);
            // Who is answered from memory would leave a writer who waits for a timer no turn.
            await new Promise((resolve) => setTimeout(resolve, 0));
          }
        };
        await Promise.all([write(), read(), read()]);
      },
    },
    "keeps the mode of a file that is there": {
      needs: ({ write, modes, keeps }) => write && modes && keeps !== "nothing",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "one", { mode: 0o600 });
        same((await vfs.stat("/f")).mode & 0o7777, 0o600, "mode of the new file");
        await vfs.writeFile("/f", "two", { mode: 0o644 });
        same((await vfs.stat("/f")).mode & 0o7777, 0o600, "mode after writeFile");
        await vfs.writeStream("/f", ["three"]);
        same((await vfs.stat("/f")).mode & 0o7777, 0o600, "mode after writeStream");
      },
    },
    "keeps the inode of a file that is there": {
      needs: ({ write, inodes, keeps }) => write && inodes && keeps === "inode",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "one");
        const { ino } = await vfs.stat("/f");
        await vfs.writeFile("/f", "two");
        same((await vfs.stat("/f")).ino, ino, "inode number after writeFile");
        await vfs.writeStream("/f", ["three"]);
        same((await vfs.stat("/f")).ino, ino, "inode number after writeStream");
      },
    },
    "takes the umask from the mode": {
      needs: ({ write, modes }) => write && modes,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.mkdir("/d");
        same((await vfs.stat("/f")).mode & 0o777, 0o644, "mode of a file");
        same((await vfs.stat("/d")).mode & 0o777, 0o755, "mode of a directory");
        const strict = vfs.view({ umask: 0o077 });
        await strict.writeFile("/g", "x");
        await strict.mkdir("/e");
        same((await vfs.stat("/g")).mode & 0o777, 0o600, "mode of a file under 077");
        same((await vfs.stat("/e")).mode & 0o777, 0o700, "mode of a directory under 077");
      },
    },
    "writes what the bytes are at the call, not what they are later": {
      needs: canWrite,
      run: async ({ vfs }) => {
        for (const length of [100, 1_000_000]) {
          const data = bytes(length);
          const expected = data.slice();
          const written = vfs.writeFile("/m", data);
          data.fill(2);
          await written;
          same(await vfs.readFile("/m"), expected, `${length} bytes`);
        }
      },
    },
    "leaves nothing behind that it does not show": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        for (let i = 0; i < 5; i++) await vfs.writeFile("/d/f", bytes(100_000, i));
        await vfs.writeStream("/d/g", [bytes(100_000)]);
        same(await below(vfs, "/"), ["d", "d/f", "d/g"], "names");
      },
    },
  }),
];

async function* later(parts: readonly string[]): AsyncGenerator<string> {
  for (const part of parts) {
    await Promise.resolve();
    yield part;
  }
}
