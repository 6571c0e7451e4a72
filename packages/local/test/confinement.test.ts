import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { local } from "../src/index.ts";
import { Folders } from "./folders.ts";

const folders = new Folders();
let root: string;
let outside: string;
let vfs: Vfs;

beforeEach(() => {
  const folder = folders.make();
  root = join(folder, "root");
  outside = join(folder, "outside");
  fs.mkdirSync(root);
  fs.mkdirSync(outside);
  fs.writeFileSync(join(outside, "secret"), "secret");
  vfs = createVfs(local({ root }));
});

afterEach(async () => {
  await vfs.close();
  folders.clean();
});

async function failureOf(action: () => unknown): Promise<Error | undefined> {
  try {
    await action();
    return undefined;
  } catch (reason) {
    return reason as Error;
  }
}

async function code(action: () => unknown): Promise<unknown> {
  const reason = await failureOf(action);
  return isVfsError(reason) ? reason.code : reason;
}

describe("local › links that lie in the host directory", () => {
  it("with an absolute text start at the root of the store", async () => {
    fs.symlinkSync(join(outside, "secret"), join(root, "absolute"));
    fs.symlinkSync("/etc", join(root, "host"));
    fs.symlinkSync("/f", join(root, "inner"));
    fs.writeFileSync(join(root, "f"), "inside");
    expect(await code(() => vfs.readFile("/absolute"))).toBe("ENOENT");
    expect(await code(() => vfs.readdir("/host"))).toBe("ENOENT");
    expect(await code(() => vfs.sync.readFile("/host/passwd"))).toBe("ENOENT");
    expect(await vfs.readFile("/inner", "utf8")).toBe("inside");
  });

  it("with .. do not leave the root", async () => {
    fs.mkdirSync(join(root, "d"));
    fs.symlinkSync("../../../outside/secret", join(root, "d", "up"));
    fs.symlinkSync("../outside", join(root, "beside"));
    fs.symlinkSync("..", join(root, "above"));
    fs.symlinkSync(".", join(root, "here"));
    expect(await code(() => vfs.readFile("/d/up"))).toBe("ENOENT");
    expect(await code(() => vfs.readdir("/beside"))).toBe("ENOENT");
    expect(await code(() => vfs.writeFile("/beside/new", "x"))).toBe("ENOENT");
    expect((await vfs.readdir("/above/here/above")).sort()).toEqual(["above", "beside", "d", "here"]);
    expect(fs.readdirSync(outside)).toEqual(["secret"]);
  });

  it("are given other times and removed as themselves", async () => {
    const link = join(root, "l");
    fs.symlinkSync(join(outside, "secret"), link);
    const before = fs.statSync(join(outside, "secret"));
    expect(await code(() => vfs.chmod("/l", 0o777))).toBe("ENOENT");
    await vfs.lutimes("/l", 5, 5);
    expect(fs.lstatSync(link).mtimeMs).toBe(5000);
    await vfs.rm("/l");
    expect(fs.existsSync(link)).toBe(false);
    expect(fs.statSync(join(outside, "secret"))).toEqual(before);
  });

  it("lead out of no copy and no removal of a tree", async () => {
    fs.mkdirSync(join(root, "t"));
    fs.symlinkSync(outside, join(root, "t", "out"));
    await vfs.cp("/t", "/copy", { recursive: true });
    expect(fs.lstatSync(join(root, "copy", "out")).isSymbolicLink()).toBe(true);
    vfs.sync.rm("/t", { recursive: true });
    await vfs.rm("/copy", { recursive: true });
    expect(fs.readdirSync(root)).toEqual([]);
    expect(fs.readdirSync(outside)).toEqual(["secret"]);
  });
});

describe("local › directories that others move", () => {
  for (const [face, write] of [
    ["asynchronous", (path: string, data: string) => vfs.writeFile(path, data)],
    ["synchronous", (path: string, data: string) => vfs.sync.writeFile(path, data)],
  ] as const) {
    it(`are not followed out of the root by the ${face} face`, async () => {
      await vfs.mkdir("/d");
      await write("/d/one", "1");
      fs.renameSync(join(root, "d"), join(outside, "d"));
      expect(await code(() => write("/d/two", "2"))).toBe("ENOENT");
      fs.mkdirSync(join(root, "d"));
      await write("/d/three", "3");
      expect(fs.readdirSync(join(outside, "d"))).toEqual(["one"]);
      expect(fs.readdirSync(join(root, "d"))).toEqual(["three"]);
    });

    it(`are not followed when one above them moved, by the ${face} face`, async () => {
      await vfs.mkdir("/a/b/c", { recursive: true });
      await write("/a/b/c/one", "1");
      fs.renameSync(join(root, "a"), join(outside, "a"));
      fs.symlinkSync(join(outside, "a"), join(root, "a"));
      expect(await code(() => write("/a/b/c/two", "2"))).toBe("ENOENT");
      expect(await code(() => vfs.readFile("/a/b/c/one"))).toBe("ENOENT");
      expect(fs.readdirSync(join(outside, "a/b/c"))).toEqual(["one"]);
    });
  }

  it("are found under their new names", async () => {
    await vfs.mkdir("/a/b", { recursive: true });
    await vfs.writeFile("/a/b/f", "first");
    fs.renameSync(join(root, "a"), join(root, "z"));
    fs.mkdirSync(join(root, "a/b"), { recursive: true });
    fs.writeFileSync(join(root, "a/b/f"), "second");
    expect(await vfs.readFile("/a/b/f", "utf8")).toBe("second");
    expect(await vfs.readFile("/z/b/f", "utf8")).toBe("first");
    await vfs.rm("/a", { recursive: true });
    expect(await code(() => vfs.readFile("/a/b/f"))).toBe("ENOENT");
  });

  it("may be the root itself, which is followed", async () => {
    await vfs.mkdir("/d");
    await vfs.writeFile("/d/f", "before");
    const moved = `${root}-moved`;
    fs.renameSync(root, moved);
    expect(await vfs.readFile("/d/f", "utf8")).toBe("before");
    await vfs.writeFile("/d/g", "after");
    expect(fs.readdirSync(join(moved, "d")).sort()).toEqual(["f", "g"]);
    // Where the root was lies another one now, with a directory that was inside.
    fs.mkdirSync(root);
    fs.renameSync(join(moved, "d"), join(root, "d"));
    expect(await code(() => vfs.readFile("/d/f"))).toBe("ENOENT");
  });

  it("are found again when the root was moved with them", async () => {
    await vfs.mkdir("/d/below", { recursive: true });
    for (const path of ["/d/f", "/d/below/f"]) await vfs.writeFile(path, "inside");
    fs.renameSync(root, `${root}-moved`);
    fs.mkdirSync(join(root, "d/below"), { recursive: true });
    for (const path of ["/d/f", "/d/below/f"]) {
      expect(await vfs.readFile(path, "utf8")).toBe("inside");
      vfs.sync.writeFile(path, "still inside");
    }
    expect(fs.readdirSync(join(root, "d"))).toEqual(["below"]);
    expect(fs.readFileSync(`${root}-moved/d/below/f`, "utf8")).toBe("still inside");
  });

  it("are not followed out of a root that was moved unnoticed", async () => {
    await vfs.mkdir("/d/below", { recursive: true });
    for (const path of ["/d/f", "/d/below/f"]) await vfs.writeFile(path, "inside");
    const moved = `${root}-moved`;
    fs.renameSync(root, moved);
    fs.mkdirSync(root);
    fs.renameSync(join(moved, "d"), join(root, "d"));
    for (const name of ["d/secret", "d/below/secret"]) fs.writeFileSync(join(root, name), "secret");
    for (const directory of ["/d", "/d/below"]) {
      expect(await code(() => vfs.readFile(`${directory}/secret`))).toBe("ENOENT");
      expect(await code(() => vfs.writeFile(`${directory}/new`, "x"))).toBe("ENOENT");
      expect(await code(() => vfs.sync.stat(`${directory}/secret`))).toBe("ENOENT");
    }
    expect(fs.readdirSync(join(root, "d")).sort()).toEqual(["below", "f", "secret"]);
    expect(fs.readdirSync(join(root, "d/below")).sort()).toEqual(["f", "secret"]);
  });
});

describe("local › root", () => {
  it("may be one of several that show the same file, which all can tell", async () => {
    await vfs.mkdir("/d");
    await vfs.writeFile("/d/f", "x");
    await vfs.writeFile("/g", "x");
    const identity = async (by: Vfs, path: string): Promise<number[]> => {
      const { dev, ino } = await by.stat(path);
      return [dev, ino];
    };
    const again = createVfs(local({ root }));
    const inner = createVfs(local({ root: join(root, "d") }));
    expect(await identity(again, "/d/f")).toEqual(await identity(vfs, "/d/f"));
    expect(await identity(inner, "/f")).toEqual(await identity(vfs, "/d/f"));
    expect(await identity(vfs, "/g")).not.toEqual(await identity(vfs, "/d/f"));
    for (const other of [again, inner]) await other.close();
  });

  it("must be a directory that exists", async () => {
    expect(() => local({ root: "" })).toThrow(TypeError);
    expect(() => local({ root: 7 as unknown as string })).toThrow(TypeError);
    expect(() => local({ root: "a\0b" })).toThrow(TypeError);
    expect(await code(() => local({ root: join(root, "none") }))).toBe("ENOENT");
    expect(await code(() => local({ root: join(outside, "secret") }))).toBe("ENOTDIR");
    expect(await code(() => local({ root: join(outside, "secret", "below") }))).toBe("ENOTDIR");
  });

  it("may be a link and a relative path, looked at once", async () => {
    const link = `${root}-link`;
    fs.symlinkSync(root, link);
    const relative = createVfs(local({ root: link }));
    await relative.writeFile("/f", "x");
    fs.unlinkSync(link);
    fs.symlinkSync(outside, link);
    await relative.writeFile("/g", "x");
    await relative.close();
    expect(fs.readdirSync(root).sort()).toEqual(["f", "g"]);
    const cwd = process.cwd();
    process.chdir(dirname(root));
    try {
      const here = createVfs(local({ root: basename(root) }));
      expect(await here.readFile("/f", "utf8")).toBe("x");
      await here.close();
    } finally {
      process.chdir(cwd);
    }
  });

  it("is in no message", async () => {
    fs.mkdirSync(join(root, "d"));
    fs.writeFileSync(join(root, "d", "f"), "x");
    const calls = [
      () => vfs.readFile("/none"),
      () => vfs.readFile("/d"),
      () => vfs.readdir("/d/f"),
      () => vfs.mkdir("/d"),
      () => vfs.rmdir("/d"),
      () => vfs.unlink("/d"),
      () => vfs.rename("/d", "/d/below"),
      () => vfs.link("/d", "/e"),
      () => vfs.readlink("/d/f"),
      () => vfs.open("/d", "w"),
      () => vfs.writeFile("/d/f/g", "x"),
      () => vfs.copyFile("/d/f", "/d"),
      () => local({ root: join(root, "none") }),
    ];
    for (const call of calls) {
      const reason = await failureOf(call);
      expect(isVfsError(reason)).toBe(true);
      expect(reason?.message).not.toMatch(/proc|outside|tmp/);
    }
  });
});
