import type { Capabilities } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { all } from "../samples.ts";

const comparing = ({ write, ifMatch }: Capabilities): boolean => write && ifMatch;

/** A source that tells whether it was read, and whether it was told that it would not be. */
class Witness {
  reads = 0;
  ended = false;

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return {
      next: async () => {
        this.reads++;
        return this.reads > 2 ? { done: true, value: undefined } : { done: false, value: "chunk" };
      },
      return: async () => {
        this.ended = true;
        return { done: true, value: undefined };
      },
    };
  }
}

export const versions: Case[] = [
  ...group("ifMatch", {
    "lets a stream read that version only": {
      needs: comparing,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "first");
        const { etag: ifMatch } = await vfs.stat("/f");
        same((await all(vfs.readStream("/f", { ifMatch }))).length, 1, "chunks of the version");
        await vfs.writeFile("/f", "second");
        await fails("ESTALE", () => all(vfs.readStream("/f", { ifMatch })), "after a change");
        await fails("ESTALE", () => vfs.readFile("/f", { ifMatch }), "readFile after a change");
      },
    },
    "lets a stream write over that version only": {
      needs: comparing,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "first");
        const { etag: ifMatch } = await vfs.stat("/f");
        await vfs.writeStream("/f", ["second"], { ifMatch });
        await fails("ESTALE", () => vfs.writeStream("/f", ["third"], { ifMatch }), "after a change");
        same(await vfs.readFile("/f", "utf8"), "second", "content");
        await fails("ESTALE", () => vfs.writeStream("/none", ["x"], { ifMatch }), "over nothing");
        same(await vfs.exists("/none"), false, "what was not there");
      },
    },
    "lets rm remove that version only": {
      needs: comparing,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "first");
        const { etag: ifMatch } = await vfs.stat("/f");
        await vfs.appendFile("/f", " and more");
        await fails("ESTALE", () => vfs.rm("/f", { ifMatch }), "after a change");
        same(await vfs.readFile("/f", "utf8"), "first and more", "content");
        await vfs.rm("/f", { ifMatch: (await vfs.stat("/f")).etag });
        same(await vfs.exists("/f"), false, "the file");
      },
    },
    "lets one of many replace a version": {
      needs: comparing,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "first");
        const { etag: ifMatch } = await vfs.stat("/f");
        const writers = Array.from({ length: 8 }, (_, i) => vfs.writeFile("/f", `writer ${i}`, { ifMatch }));
        const done = await Promise.allSettled(writers);
        same(done.filter(({ status }) => status === "fulfilled").length, 1, "writers that won");
      },
    },
  }),
  ...group("ifNoneMatch", {
    "lets a stream create only": {
      needs: canWrite,
      run: async ({ vfs }) => {
        same(await vfs.writeStream("/f", ["first"], { ifNoneMatch: "*" }), 5, "bytes");
        await fails("EEXIST", () => vfs.writeStream("/f", ["second"], { ifNoneMatch: "*" }), "over a file");
        await fails("EEXIST", () => vfs.writeStream("/f", ["second"], { flag: "wx" }), "with wx");
        same(await vfs.readFile("/f", "utf8"), "first", "content");
      },
    },
    "lets one of many open, copy or move to a new name": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const wins = async (calls: Promise<unknown>[]): Promise<number> =>
          (await Promise.allSettled(calls)).filter(({ status }) => status === "fulfilled").length;
        const eight = Array.from({ length: 8 }, (_, i) => `/from${i}`);
        for (const path of eight) await vfs.writeFile(path, path);
        same(await wins(eight.map((path) => vfs.copyFile(path, "/copy", 1))), 1, "copies");
        same(await wins(eight.map((path) => vfs.mv(path, "/moved", { force: false }))), 1, "moves");
        const opened = await Promise.allSettled(eight.map(() => vfs.open("/opened", "wx")));
        const handles = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
        for (const handle of handles) await handle.close();
        same(handles.length, 1, "files opened");
        const kept = (await Promise.all(eight.map((path) => vfs.exists(path)))).filter(Boolean);
        same(kept.length, 7, "files that were not moved");
      },
    },
  }),
  ...group("a source", {
    "is not read, and is told so, when nothing can be written": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d");
        await vfs.writeFile("/f", "x");
        const refused = async (what: string, call: (source: Witness) => Promise<unknown>): Promise<void> => {
          const source = new Witness();
          await fails(["EISDIR", "EEXIST", "EINVAL"], () => call(source), what);
          same([source.reads, source.ended], [0, true], `${what}: reads, end`);
        };
        await refused("a directory", (source) => vfs.writeStream("/d", source));
        await refused("writeFile over a directory", (source) => vfs.writeFile("/d", source));
        await refused("wx over a file", (source) => vfs.writeStream("/f", source, { flag: "wx" }));
        let canceled: unknown;
        const stream = new ReadableStream<string>({ cancel: (reason) => void (canceled = reason) });
        const failure = await fails("EISDIR", () => vfs.writeFile("/d", stream), "a stream");
        check(canceled === failure, "the stream is told why");
      },
    },
  }),
  ...group("errors", {
    "are new ones each time, and name the path of their call": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/file", "x");
        for (const call of [
          (path: string) => vfs.stat(path),
          (path: string) => vfs.readFile(path),
          (path: string) => vfs.readdir(path),
          (path: string) => vfs.writeFile(`${path}/below`, "x"),
        ]) {
          const one = await fails(["ENOENT", "ENOTDIR"], () => call("/file/one"), "the first");
          const two = await fails(["ENOENT", "ENOTDIR"], () => call("/file/two"), "the second");
          check(one !== two && one.path !== two.path, `${String(one.path)} and ${String(two.path)} differ`);
          check(two.path?.startsWith("/file/two") === true, `the second names ${String(two.path)}`);
        }
      },
    },
  }),
];
