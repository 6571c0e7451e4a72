import { isVfsError } from "@vfs/core";
import * as fs from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { folders, freshForEach, root, vfs } from "./fresh.ts";

freshForEach();

let outside: string;

const at = (...names: readonly string[]): string => join(root, ...names);
async function code(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return "no error";
  } catch (reason) {
    return isVfsError(reason) ? reason.code : reason;
  }
}

/** Everything that goes to a file in `/d`, through both faces, each on files of its own. */
const WAYS: Readonly<Record<string, () => unknown>> = {
  stat: () => vfs.stat("/d/f"),
  "sync stat": () => vfs.sync.stat("/d/f"),
  readFile: () => vfs.readFile("/d/f"),
  "sync readFile": () => vfs.sync.readFile("/d/f"),
  writeFile: () => vfs.writeFile("/d/f", "mine"),
  "sync writeFile": () => vfs.sync.writeFile("/d/f", "mine"),
  "writeFile of a new one": () => vfs.writeFile("/d/new", "mine"),
  appendFile: () => vfs.appendFile("/d/f", "mine"),
  unlink: () => vfs.unlink("/d/f"),
  readdir: () => vfs.readdir("/d"),
  "sync readdir": () => vfs.sync.readdir("/d"),
};

describe("local › a directory that has stayed as it is for long", () => {
  beforeEach(async () => {
    outside = folders.make();
    fs.mkdirSync(at("d"));
    fs.writeFileSync(at("d", "f"), "inside");
    fs.writeFileSync(join(outside, "f"), "secret");
    // Where the kernel's clock for files is coarse, a change must be a while ago.
    const old = performance.now() + 150;
    while (performance.now() < old) await vfs.readFile("/d/f");
    for (let i = 0; i < 5; i++) vfs.sync.readFile("/d/f");
  });

  for (const [name, way] of Object.entries(WAYS)) {
    it(`${name} › notices that it was moved out of the root`, async () => {
      const away = join(outside, "d");
      fs.renameSync(at("d"), away);
      expect(await code(way)).toBe("ENOENT");
      expect(fs.readdirSync(away)).toEqual(["f"]);
      expect(fs.readFileSync(join(away, "f"), "utf8")).toBe("inside");
    });

    it(`${name} › notices that a link has taken its place`, async () => {
      fs.renameSync(at("d"), at("aside"));
      fs.symlinkSync(outside, at("d"));
      expect(await code(way)).toBe("ENOENT");
      expect(fs.readdirSync(outside)).toEqual(["f"]);
      expect(fs.readFileSync(join(outside, "f"), "utf8")).toBe("secret");
      expect(fs.readFileSync(at("aside", "f"), "utf8")).toBe("inside");
    });

    it(`${name} › notices that it was removed`, async () => {
      fs.rmSync(at("d"), { recursive: true });
      expect(await code(way)).toBe("ENOENT");
    });
  }

  it("is another one when another takes its place, by one rename or by several", async () => {
    fs.mkdirSync(at("e"));
    fs.writeFileSync(at("e", "f"), "other");
    for (let i = 0; i < 5; i++) expect(await vfs.readFile("/e/f", "utf8")).toBe("other");
    fs.renameSync(at("d"), at("aside"));
    fs.renameSync(at("e"), at("d"));
    expect(await vfs.readFile("/d/f", "utf8")).toBe("other");
    expect(await code(() => vfs.readFile("/e/f"))).toBe("ENOENT");
    expect(await vfs.readFile("/aside/f", "utf8")).toBe("inside");
    fs.rmSync(at("d"), { recursive: true });
    fs.renameSync(at("aside"), at("d"));
    expect(await vfs.readFile("/d/f", "utf8")).toBe("inside");
  });

  it("is found again when it comes back, and when the root moves with it", async () => {
    for (let round = 0; round < 20; round++) {
      fs.renameSync(at("d"), at("aside"));
      expect(await code(() => vfs.readFile("/d/f"))).toBe("ENOENT");
      fs.renameSync(at("aside"), at("d"));
      for (let i = 0; i < 4; i++) expect(await vfs.readFile("/d/f", "utf8")).toBe("inside");
    }
    const moved = join(outside, "root");
    fs.renameSync(root, moved);
    expect(await vfs.readFile("/d/f", "utf8")).toBe("inside");
    await vfs.writeFile("/d/f", "new");
    expect(fs.readFileSync(join(moved, "d", "f"), "utf8")).toBe("new");
  });

  it("is looked for again after each change, also one that comes in the same moment", () => {
    for (let round = 0; round < 2000; round++) {
      for (let i = 0; i < 3; i++) vfs.sync.stat("/d/f");
      fs.renameSync(at("d"), at("aside"));
      expect(vfs.sync.exists("/d/f")).toBe(false);
      fs.renameSync(at("aside"), at("d"));
      expect(vfs.sync.exists("/d/f")).toBe(true);
    }
  });
});
