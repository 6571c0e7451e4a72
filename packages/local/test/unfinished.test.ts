import { isVfsError } from "@vfs/core";
import { execFileSync, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Temporaries } from "../src/unfinished/temporaries.ts";
import { freshForEach, root, vfs } from "./fresh.ts";

const children: ChildProcess[] = [];

freshForEach();
beforeEach(() => {
  fs.mkdirSync(join(root, "d"));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(script: string, ...args: string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(`children/${script}.ts`, import.meta.url)), [root, ...args]);
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

const inDirectory = (): string[] => fs.readdirSync(join(root, "d"));
const code = async (action: () => Promise<unknown>): Promise<string> => {
  try {
    await action();
    return "no error";
  } catch (reason) {
    return isVfsError(reason) ? reason.code : "another error";
  }
};

describe("local › what is not finished", () => {
  it("is in no listing, and no path leads to it", async () => {
    let name = "";
    const source = async function* (): AsyncGenerator<string> {
      yield "x".repeat(200_000);
      [name = ""] = inDirectory();
      expect(await vfs.readdir("/d")).toEqual([]);
      expect(vfs.sync.readdir("/", { recursive: true })).toEqual(["d"]);
      const path = `/d/${name}`;
      for (const call of [
        () => vfs.readFile(path),
        () => vfs.stat(path),
        () => vfs.writeFile(path, "x"),
        () => vfs.appendFile(path, "x"),
        () => vfs.unlink(path),
        () => vfs.rename(path, "/stolen"),
        () => vfs.rename("/d", path),
        () => vfs.mkdir(path),
        () => vfs.readdir(path),
        () => vfs.writeFile(`${path}/below`, "x"),
      ])
        expect(await code(call)).toBe("ENOENT");
    };
    await vfs.writeStream("/d/f", source());
    expect(name).toMatch(/^\.vfs-tmp-/);
    expect(inDirectory()).toEqual(["f"]);
  });

  it("leaves names alone that only look like it", async () => {
    const names = [".vfs-tmp-", ".vfs-tmp-notes", ".vfs-mv-0123456789abcdef", "x.vfs-tmp-0"];
    for (const name of names) await vfs.writeFile(`/d/${name}`, name);
    expect((await vfs.readdir("/d")).sort()).toEqual([...names].sort());
  });

  it("goes when the source fails, when the place is gone, and when it cannot be put there", async () => {
    const failing = function* (): Generator<string> {
      yield "x";
      throw new Error("the source broke");
    };
    await expect(vfs.writeStream("/d/f", failing())).rejects.toThrow("the source broke");
    expect(() => vfs.sync.writeStream("/d/f", failing())).toThrow("the source broke");
    const blocking = function* (): Generator<string> {
      yield "x";
      fs.mkdirSync(join(root, "d/f/full"), { recursive: true });
    };
    expect(await code(() => vfs.writeStream("/d/f", blocking()))).toBe("EISDIR");
    expect(inDirectory()).toEqual(["f"]);
    const removing = function* (): Generator<string> {
      yield "x";
      fs.rmSync(join(root, "d"), { recursive: true });
    };
    expect(await code(() => vfs.writeStream("/d/g", removing()))).toBe("ENOENT");
  });

  it("of a tree goes too when something in it cannot be copied", async () => {
    fs.mkdirSync(join(root, "t/sub"), { recursive: true });
    fs.writeFileSync(join(root, "t/f"), "x");
    execFileSync("mkfifo", [join(root, "t/sub/pipe")]);
    expect(await code(() => vfs.cp("/t", "/d/t", { recursive: true }))).toBe("ENXIO");
    expect(inDirectory()).toEqual([]);
    fs.unlinkSync(join(root, "t/sub/pipe"));
    await vfs.cp("/t", "/d/t", { recursive: true });
    expect(fs.readdirSync(join(root, "d"), { recursive: true, encoding: "utf8" }).sort()).toEqual([
      "t",
      "t/f",
      "t/sub",
    ]);
  });
});

describe("local › what a killed process left", () => {
  it("is in no listing, and goes with the next change after one", async () => {
    const child = start("endless-writer");
    await once(child, "message");
    const [left = ""] = inDirectory();
    // Its process still runs: it is let be.
    expect(await vfs.readdir("/d")).toEqual([]);
    await vfs.writeFile("/other", "x");
    expect(inDirectory()).toEqual([left]);
    await kill(child);
    expect(inDirectory()).toEqual([left]);
    expect(await vfs.readdir("/d")).toEqual([]);
    // A store that is only read is not written.
    expect(await vfs.readFile("/other", "utf8")).toBe("x");
    expect(inDirectory()).toEqual([left]);
    await vfs.writeFile("/other", "y");
    expect(inDirectory()).toEqual([]);
  });

  for (const [what, action, remains] of [
    ["rmdir", () => vfs.rmdir("/d"), false],
    ["rename onto it", () => vfs.rename("/e", "/d"), true],
  ] as const)
    it(`is no reason against ${what}`, async () => {
      fs.mkdirSync(join(root, "e"));
      const child = start("endless-writer");
      await once(child, "message");
      expect(await code(action)).toBe("ENOTEMPTY");
      await kill(child);
      await action();
      expect(fs.existsSync(join(root, "d"))).toBe(remains);
    });

  it("on another machine is let be for a day", async () => {
    const foreign = (old: boolean, directory = false): string => {
      const name = new Temporaries().next().replace(/^\.vfs-tmp-[0-9a-f]{8}/, ".vfs-tmp-00000000");
      const path = join(root, "d", name);
      if (directory) fs.mkdirSync(join(path, "sub"), { recursive: true });
      else fs.writeFileSync(path, "x");
      if (old) fs.utimesSync(path, 1000, 1000);
      return name;
    };
    const young = foreign(false);
    foreign(true);
    foreign(true, true);
    expect(await vfs.readdir("/d")).toEqual([]);
    await vfs.mkdir("/e");
    expect(inDirectory()).toEqual([young]);
  });

  it("by a process whose number another one has by now goes too", async () => {
    const name = new Temporaries().next().replace(/-\d+-([0-9a-f]{12})-/, "-1-$1-");
    fs.writeFileSync(join(root, "d", name), "x");
    await vfs.readdir("/d");
    await vfs.mkdir("/e");
    expect(inDirectory()).toEqual([]);
  });

  for (const way of ["async", "sync", "stream", "copy"])
    it(`is a whole version, and none that was acknowledged is lost: ${way}`, async () => {
      for (const until of [1, 2, 3, 5, 8]) {
        fs.rmSync(join(root, "d/f"), { force: true });
        const child = start("writer", way);
        let acknowledged = 0;
        await new Promise<void>((resolve) =>
          child.on("message", (version: number) => {
            acknowledged = version;
            if (version >= until) resolve();
          }),
        );
        await kill(child);
        const text = await vfs.readFile("/d/f", "utf8");
        const version = Number(text.slice(0, text.indexOf("\n")));
        expect(text === `${version}\n`.repeat(40_000)).toBe(true);
        expect(version).toBeGreaterThanOrEqual(acknowledged);
        expect(await vfs.readdir("/d")).toEqual(["f"]);
      }
      await vfs.readdir("/");
      await vfs.writeFile("/last", "x");
      expect(inDirectory()).toEqual(["f"]);
      expect(fs.readdirSync(root).filter((name) => name.startsWith(".vfs-tmp-"))).toEqual([]);
    }, 60_000);
});

describe("local › on a file system without hard links", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  it("a file is still made only where there is nothing", async () => {
    const refuse = Object.assign(new Error("EPERM"), { code: "EPERM" });
    vi.spyOn(fs, "link").mockImplementation((_path, _to, done) => done(refuse));
    vi.spyOn(fs, "linkSync").mockImplementation(() => {
      throw refuse;
    });
    syncBuiltinESMExports();
    expect(await code(() => vfs.link("/d", "/e"))).toBe("EPERM");
    const tries = Array.from({ length: 10 }, (_, i) =>
      code(() => vfs.writeFile("/d/one", `writer ${i}`, { flag: "wx" })),
    );
    expect((await Promise.all(tries)).sort()).toEqual([...Array<string>(9).fill("EEXIST"), "no error"]);
    vfs.sync.writeFile("/d/two", "x", { flag: "wx", mode: 0o640 });
    expect(await vfs.readFile("/d/one", "utf8")).toMatch(/^writer \d$/);
    expect(fs.statSync(join(root, "d/two")).mode & 0o777).toBe(0o640);
    expect(inDirectory().sort()).toEqual(["one", "two"]);
  });
});
