import { createRequire, registerHooks } from "node:module";
import { pipeline } from "node:stream/promises";
import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import fastGlob from "fast-glob";
import type FsExtra from "fs-extra";
import tar from "tar-fs";
import { describe, expect, it } from "vitest";
import { toNodeFs, type NodeFs } from "../src/index.ts";

const newFs = (): NodeFs => toNodeFs(createVfs(memory()));

function newTree(): NodeFs {
  const fs = newFs();
  fs.mkdirSync("/src/deep/er", { recursive: true });
  fs.writeFileSync("/src/a.ts", "a");
  fs.writeFileSync("/src/deep/b.ts", "b".repeat(200_000));
  fs.writeFileSync("/src/deep/er/c.md", "c", { mode: 0o600 });
  fs.writeFileSync("/src/.hidden.ts", "");
  fs.symlinkSync("deep/b.ts", "/src/link.ts");
  fs.utimesSync("/src/a.ts", 1000, 2000);
  return fs;
}

describe("fast-glob", () => {
  it("finds files, with promises, by stream and at once", async () => {
    const fs = newTree();
    const options = { fs, cwd: "/src" };
    const found = ["a.ts", "deep/b.ts", "link.ts"];
    expect((await fastGlob("**/*.ts", options)).sort()).toEqual(found);
    expect(fastGlob.sync("**/*.ts", options).sort()).toEqual(found);
    const streamed: string[] = [];
    for await (const path of fastGlob.stream("**/*.ts", options)) streamed.push(String(path));
    expect(streamed.sort()).toEqual(found);
    const [entry] = await fastGlob("**/c.*", { ...options, stats: true });
    expect(entry?.stats?.size).toBe(1);
    expect(
      await fastGlob("*.ts", { ...options, dot: true, onlyFiles: true, followSymbolicLinks: false }),
    ).toContain(".hidden.ts");
  });
});

describe("tar-fs", () => {
  it("packs a tree and extracts it elsewhere, as it was", async () => {
    const source = newTree();
    const target = newFs();
    target.mkdirSync("/out");
    // The types leave the option out.
    const on = (fs: NodeFs): object => ({ fs });
    await pipeline(tar.pack("/src", on(source)), tar.extract("/out", on(target)));
    expect(target.readFileSync("/out/deep/b.ts", "utf8")).toBe("b".repeat(200_000));
    expect(target.readlinkSync("/out/link.ts")).toBe("deep/b.ts");
    expect(target.statSync("/out/deep/er/c.md").mode & 0o777).toBe(0o600);
    expect(target.statSync("/out/a.ts").mtimeMs).toBe(2_000_000);
    const all = (fs: NodeFs, at: string): unknown => fs.readdirSync(at, { recursive: true });
    expect(all(target, "/out")).toEqual(all(source, "/src"));
  });
});

describe("fs-extra", () => {
  /** The library on a filesystem: what it and those below it take for `fs` is the face. */
  function fsExtraOn(fs: NodeFs): typeof FsExtra {
    const require = createRequire(import.meta.url);
    const own = /\/(?:fs-extra|graceful-fs|jsonfile)\//;
    Reflect.set(globalThis, "faceForFsExtra", fs);
    const hooks = registerHooks({
      resolve: (specifier, context, next) =>
        /^(?:node:)?fs$/.test(specifier) && own.test(context.parentURL ?? "")
          ? { url: "vfs:face", format: "commonjs", shortCircuit: true }
          : next(specifier, context),
      load: (url, context, next) =>
        url === "vfs:face"
          ? { format: "commonjs", source: "module.exports = globalThis.faceForFsExtra", shortCircuit: true }
          : next(url, context),
    });
    try {
      return require("fs-extra") as typeof FsExtra;
    } finally {
      hooks.deregister();
    }
  }

  it("makes, copies, moves and removes trees, and reads and writes JSON", async () => {
    const face = newTree();
    const extra = fsExtraOn(face);
    await extra.outputFile("/new/one/two.txt", "two");
    expect(face.readFileSync("/new/one/two.txt", "utf8")).toBe("two");
    await extra.outputJson("/new/data.json", { name: "Ada" });
    expect(await extra.readJson("/new/data.json")).toEqual({ name: "Ada" });
    expect(extra.readJsonSync("/new/data.json")).toEqual({ name: "Ada" });

    await extra.copy("/src", "/copy", { preserveTimestamps: true });
    expect(face.readFileSync("/copy/deep/b.ts", "utf8")).toBe("b".repeat(200_000));
    expect(face.statSync("/copy/a.ts").mtimeMs).toBe(2_000_000);
    expect(face.lstatSync("/copy/link.ts").isSymbolicLink()).toBe(true);
    extra.copySync("/src", "/copy-sync", { filter: (path) => !path.endsWith(".md") });
    expect(face.existsSync("/copy-sync/deep/er/c.md")).toBe(false);
    expect(face.existsSync("/copy-sync/deep/b.ts")).toBe(true);

    await extra.move("/copy", "/moved/here");
    expect(face.existsSync("/copy")).toBe(false);
    expect(face.readFileSync("/moved/here/a.ts", "utf8")).toBe("a");
    await expect(extra.move("/moved/here", "/src")).rejects.toThrow("dest already exists");

    await extra.emptyDir("/moved");
    expect(face.readdirSync("/moved")).toEqual([]);
    await extra.ensureSymlink("/src/a.ts", "/links/a");
    expect(face.readFileSync("/links/a", "utf8")).toBe("a");
    await extra.ensureLink("/src/a.ts", "/links/hard");
    expect(face.statSync("/src/a.ts").nlink).toBe(2);
    await extra.remove("/src");
    expect(await extra.pathExists("/src")).toBe(false);
    const { bytesRead, buffer } = await extra.read(
      face.openSync("/new/one/two.txt", "r"),
      Buffer.alloc(3),
      0,
      3,
      0,
    );
    expect([bytesRead, buffer.toString()]).toEqual([3, "two"]);
  });
});
