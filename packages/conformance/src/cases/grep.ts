import { createVfs, VfsError, type GrepOptions, type GrepPattern, type Layer, type Vfs } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { all, linesOf, utf8 } from "../samples.ts";

const MIB = 1 << 20;

async function files(vfs: Vfs, contents: Record<string, string | Uint8Array>): Promise<void> {
  for (const [path, content] of Object.entries(contents)) {
    await vfs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
    await vfs.writeFile(path, content);
  }
}

async function places(vfs: Vfs, pattern: GrepPattern, options?: GrepOptions): Promise<string[]> {
  return (await all(vfs.grep("/", pattern, options))).map(
    ({ path, line, column, length }) => `${path}:${line}:${column}+${length}`,
  );
}

export const greps: Case[] = group("grep", {
  "gives results in path order, the same ones with and without a limit": {
    needs: canWrite,
    run: async ({ vfs }) => {
      const content = "x\nx\n";
      const paths = ["/a/b/z", "/a/c", "/a-b", "/a.b/c", "/b", "/é", "/\ue000", "/😀"];
      await files(vfs, Object.fromEntries(paths.toReversed().map((path) => [path, content])));
      // A directory stands where its name stands, whatever characters the names beside it go on with.
      const order = ["/a/b/z", "/a/c", "/a-b", "/a.b/c", "/b", "/é", "/\ue000", "/😀"];
      const whole = order.flatMap((path) => [`${path}:1`, `${path}:2`]);
      for (const concurrency of [1, 3, 100]) {
        same(await linesOf(vfs.grep("/", "x", { concurrency })), whole, `order of ${concurrency} at once`);
        for (const most of [0, 1, 4, 7, 100])
          same(
            await linesOf(vfs.grep("/", "x", { maxResults: most, concurrency })),
            whole.slice(0, most),
            `the first ${most}`,
          );
      }
      same(await linesOf(vfs.grep("/a", "x", { maxPerFile: 1 })), ["/a/b/z:1", "/a/c:1"], "one of each");
      same(await linesOf(vfs.grep("/a", "x", { filesOnly: true })), ["/a/b/z:1", "/a/c:1"], "files only");
    },
  },
  "finds texts, expressions, any of several, and each match of a line": {
    needs: canWrite,
    run: async ({ vfs }) => {
      await files(vfs, { "/f": "Ab ab\nnone\na.b aab\n\ufeffab\r\n" });
      same(await places(vfs, "ab"), ["/f:1:4+2", "/f:3:6+2", "/f:4:2+2"], "a text");
      same(
        await places(vfs, "AB", { ignoreCase: true }),
        ["/f:1:1+2", "/f:3:6+2", "/f:4:2+2"],
        "in any case",
      );
      same(await places(vfs, "a.b"), ["/f:3:1+3"], "a text with magic");
      same(await places(vfs, "A.B", { ignoreCase: true }), ["/f:3:1+3"], "a text with magic, in any case");
      same(await places(vfs, /ab$/), ["/f:1:4+2", "/f:3:6+2", "/f:4:2+2"], "at the end of a line");
      same(await places(vfs, ["none", /^A/]), ["/f:1:1+1", "/f:2:1+4"], "any of two");
      same(
        await places(vfs, /a/i, { everyMatch: true }),
        ["/f:1:1+1", "/f:1:4+1", "/f:3:1+1", "/f:3:5+1", "/f:3:6+1", "/f:4:2+1"],
        "each match",
      );
      same((await places(vfs, /x*/, { everyMatch: true, maxPerFile: 7 })).length, 7, "matches of nothing");
      same(await places(vfs, "ab", { invert: true }), ["/f:2:1+0"], "lines without it");
      await vfs.writeFile("/g", new Uint8Array([120, 255, 10]));
      same(await places(vfs, "x\ufffd"), ["/g:1:1+2"], "what is no text, as it reads");
      await vfs.rm("/g");
      same(await places(vfs, "b\n"), [], "a text with a line end");
      const sticky = /b/gy;
      sticky.lastIndex = 5;
      same((await places(vfs, sticky)).length, 3, "with the flags g and y");
      same(sticky.lastIndex, 5, "lastIndex of the caller's expression");
      const wrong = async (pattern: GrepPattern, options?: GrepOptions): Promise<unknown> =>
        places(vfs, pattern, options).catch((error: unknown) => (error as Error).name);
      same(await wrong([]), "TypeError", "no pattern");
      same(await wrong(7 as never), "TypeError", "a number");
      same(await wrong("x", { before: -1 }), "RangeError", "less than no lines");
    },
  },
  "is run by the engine that is given": {
    needs: canWrite,
    run: async ({ vfs }) => {
      await files(vfs, { "/f": "one two\nthree\n" });
      const asked: string[] = [];
      const engine: GrepOptions["engine"] = (source, flags) => {
        asked.push(`${source} ${flags}`);
        return { search: (text, from) => (text.includes("two", from) ? [4, 7] : undefined) };
      };
      same(await places(vfs, /T.O/iy, { engine }), ["/f:1:5+3"], "what it finds");
      same(asked, ["T.O ig"], "what it is asked");
      const like: GrepOptions["engine"] = (source, flags) => new RegExp(source, flags);
      same(
        await places(vfs, /[eo]/, { engine: like, everyMatch: true }),
        await places(vfs, /[eo]/, { everyMatch: true }),
        "an engine like RegExp",
      );
      same(
        await places(vfs, "two", { engine: () => check(false, "a text needs no engine") as never }),
        ["/f:1:5+3"],
        "a text",
      );
    },
  },
  "gives the lines around": {
    needs: canWrite,
    run: async ({ vfs }) => {
      await files(vfs, { "/f": "1\n2 x\n3\n4\n5 x\n6 x\n7" });
      const around = async (options: GrepOptions): Promise<string[]> =>
        (await all(vfs.grep("/", "x", options))).map(
          ({ before = [], text, after = [] }) => `${before.join()}[${text}]${after.join()}`,
        );
      same(await around({ before: 1 }), ["1[2 x]", "4[5 x]", "5 x[6 x]"], "in front");
      same(await around({ after: 2 }), ["[2 x]3,4", "[5 x]6 x,7", "[6 x]7"], "behind");
      same(await around({ before: 9, after: 1, maxResults: 2 }), ["1[2 x]3", "1,2 x,3,4[5 x]6 x"], "both");
    },
  },
  "searches the files that are chosen": {
    needs: canWrite,
    run: async ({ vfs }) => {
      const paths = ["/a.ts", "/a.js", "/lib/b.ts", "/lib/x/c.ts", "/out/d.ts", "/out/x/e.ts", "/.h/f.ts"];
      await files(vfs, Object.fromEntries(paths.map((path) => [path, path.endsWith("e.ts") ? "xx" : "x"])));
      const chosen = async (options: GrepOptions): Promise<string[]> =>
        (await all(vfs.grep("/", "x", options))).map(({ path }) => path);
      same(await chosen({ include: "*.js" }), ["/a.js"], "by name");
      same(
        await chosen({ include: ["*.js", "{b,c}.ts"] }),
        ["/a.js", "/lib/b.ts", "/lib/x/c.ts"],
        "by names",
      );
      same(await chosen({ include: "lib/*.ts" }), ["/lib/b.ts"], "by path");
      same(await chosen({ include: "**/x/*" }), ["/lib/x/c.ts", "/out/x/e.ts"], "by path at any depth");
      same(
        await chosen({ name: "*.ts", include: "lib/**" }),
        ["/lib/b.ts", "/lib/x/c.ts"],
        "by name and path",
      );
      same(
        await chosen({ exclude: ["out", ".*", "lib/x"] }),
        ["/a.js", "/a.ts", "/lib/b.ts"],
        "without directories",
      );
      same(await chosen({ exclude: "*.ts" }), ["/a.js"], "without names");
      same(await chosen({ maxFileBytes: 1, include: "out/**" }), ["/out/d.ts"], "not too large");
      same(await chosen({ recursive: false }), ["/a.js", "/a.ts"], "in the directory itself");
    },
  },
  "passes over binary files, or names them, or searches them": {
    needs: canWrite,
    run: async ({ vfs }) => {
      const late = new Uint8Array(9000).fill(10);
      late.set(utf8("needle"), 8994);
      const early = late.slice();
      early[8191] = 0;
      const behind = late.slice();
      behind[8192] = 0;
      await files(vfs, {
        "/behind": behind,
        "/early": early,
        "/other": new Uint8Array(9),
        "/text": "needle\n",
      });
      const found = async (options?: GrepOptions): Promise<string[]> =>
        (await all(vfs.grep("/", "needle", options))).map(
          ({ path, text, binary }) => `${path} ${text}${binary === true ? "binary" : ""}`,
        );
      const texts = ["/behind needle", "/text needle"];
      same(await found(), texts, "passed over");
      same(await found({ binary: "name" }), ["/behind needle", "/early binary", "/text needle"], "named");
      same(
        await found({ binary: "search" }),
        ["/behind needle", "/early needle", "/text needle"],
        "searched",
      );
    },
  },
  "searches large files and long lines in bounded memory": {
    needs: canWrite,
    run: async ({ vfs }) => {
      const filler = `${"x".repeat(999)}\n`.repeat(600);
      const long = "y".repeat(MIB - 3);
      await files(vfs, {
        "/large": `${filler}a needle\n${filler}needle`,
        "/long": `${long}needle needle\n${long}abcneedle\nneedle\r\n`,
      });
      same(await linesOf(vfs.grep("/large", "needle")), ["/large:601", "/large:1202"], "in a large file");
      same(await linesOf(vfs.grep("/large", /^needle/)), ["/large:1202"], "by an expression");
      // Of a line the first 1,048,576 UTF-16 units are searched.
      same(await linesOf(vfs.grep("/long", "needle")), ["/long:3"], "in long lines");
      same(await linesOf(vfs.grep("/long", "abc")), ["/long:2"], "at the end of what is searched");
      same(await linesOf(vfs.grep("/", "needle", { maxFileBytes: MIB })), [], "not in larger files");
    },
  },
  "merges what is mounted below, and hides what lies there": {
    needs: canWrite,
    run: async ({ vfs, mountAnother }) => {
      await files(vfs, { "/a/x": "x", "/m/here/hidden": "x", "/m/z": "x", "/n": "x" });
      await mountAnother("/m/here");
      await files(vfs, { "/m/here/deep/seen": "x" });
      same(await linesOf(vfs.grep("/", "x")), ["/a/x:1", "/m/here/deep/seen:1", "/m/z:1", "/n:1"], "grep");
      const found = (await all(vfs.find("/", { type: "file" }))).map(({ path }) => path).sort();
      same(found, ["/a/x", "/m/here/deep/seen", "/m/z", "/n"], "find");
    },
  },
  "ends with its signal, and when nobody asks for more": {
    needs: canWrite,
    run: async ({ vfs }) => {
      await files(vfs, Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`/f${i}`, "x\n".repeat(9)])));
      const ending = new AbortController();
      const reason = new Error("enough");
      let seen = 0;
      const caught: unknown[] = [];
      try {
        for await (const _ of vfs.grep("/", "x", { signal: ending.signal })) {
          seen++;
          if (seen === 3) ending.abort(reason);
          // What was read already may still come.
          if (seen > 3) await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } catch (error) {
        caught.push(error);
      }
      check(caught[0] === reason || seen === 360, `it ended with ${String(caught[0])} after ${seen}`);
      for await (const _ of vfs.grep("/", "x")) break;
      const aborted = AbortSignal.abort(reason);
      const refused = await all(vfs.grep("/", "x", { signal: aborted })).catch((error: unknown) => error);
      check(refused === reason, "a signal that is aborted already");
    },
  },
  "tells of what goes wrong, and goes on": {
    needs: canWrite,
    run: async ({ vfs, provider }) => {
      await files(vfs, { "/a": "x", "/b": "x", "/c": "x" });
      const errors: VfsError[] = [];
      const seen: string[] = [];
      for await (const { path } of vfs.grep("/", "x", { concurrency: 1, onError: (e) => errors.push(e) })) {
        seen.push(path);
        if (path === "/a") await vfs.rm("/b");
      }
      same(
        [seen.includes("/a"), seen.includes("/c"), errors],
        [true, true, []],
        "what goes away is no failure",
      );
      const closed: Layer = {
        name: "closed",
        slot: "policy",
        decidesBelow: () => true,
        handle: (call, next) => {
          if (call.path === "/c" || call.path === "/d") throw new VfsError("EACCES", { reason: "policy" });
          if (call.path === "/e" && call.op !== "stat") throw new VfsError("EIO");
          return next(call);
        },
      };
      await files(vfs, { "/d/f": "x", "/e": "x", "/f": "x" });
      await using guarded = createVfs(provider, { layers: [closed], keepOpen: true });
      const told: string[] = [];
      const onError = ({ code, path }: VfsError): void => void told.push(`${code} ${path}`);
      same(await linesOf(guarded.grep("/", "x", { onError })), ["/a:1", "/f:1"], "what can be read");
      same(told.sort(), ["EACCES /c", "EACCES /d", "EIO /e"], "what cannot");
      await fails("EIO", () => all(guarded.grep("/", "x")), "a failure that nobody listens to");
      const rest = guarded.grep("/", "x", { exclude: "e" });
      same(await linesOf(rest), ["/a:1", "/f:1"], "what may not be read, when nobody listens");
      await fails("ENOENT", () => all(vfs.grep("/none", "x", { onError: () => undefined })), "below nothing");
    },
  },
});
