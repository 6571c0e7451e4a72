import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CheckedPaths } from "../src/confined/checked-paths.ts";
import { LocalProvider } from "../src/local.ts";
import { folders, freshForEach, root, vfs } from "./fresh.ts";

freshForEach();

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const at = (name: string): string => join(root, name);
const code = (action: () => unknown): unknown => {
  try {
    action();
    return "no error";
  } catch (reason) {
    return isVfsError(reason) ? reason.code : reason;
  }
};

const refused = (name: string): Error => Object.assign(new Error(name), { code: name });

function refuse(name: "linkSync", reason: string): void {
  vi.spyOn(fs, name).mockImplementation(() => {
    throw refused(reason);
  });
}

describe("local › rename to where there is nothing", () => {
  const rename = (): void => vfs.sync.mv("/from", "/to", { force: false });

  it("shows the file or nothing, at every moment", () => {
    const seen: string[] = [];
    const look = (): unknown =>
      seen.push(fs.existsSync(at("to")) ? fs.readFileSync(at("to"), "utf8") : "nothing");
    const { renameSync, linkSync, unlinkSync } = fs;
    vi.spyOn(fs, "renameSync").mockImplementation((...how) => (look(), renameSync(...how)));
    vi.spyOn(fs, "linkSync").mockImplementation((...how) => (look(), linkSync(...how)));
    vi.spyOn(fs, "unlinkSync").mockImplementation((...how) => (look(), unlinkSync(...how)));
    syncBuiltinESMExports();
    fs.writeFileSync(at("from"), "content");
    rename();
    expect(seen).not.toContain("");
    expect(fs.readdirSync(root)).toEqual(["to"]);
    fs.writeFileSync(at("from"), "other");
    expect(code(rename)).toBe("EEXIST");
    expect(fs.readFileSync(at("to"), "utf8")).toBe("content");
    expect(fs.readFileSync(at("from"), "utf8")).toBe("other");
  });

  it("moves a link as it is, and a directory", () => {
    fs.symlinkSync("nowhere", at("from"));
    rename();
    expect(fs.readlinkSync(at("to"))).toBe("nowhere");
    fs.unlinkSync(at("to"));
    fs.mkdirSync(at("from/below"), { recursive: true });
    rename();
    expect(fs.readdirSync(at("to"))).toEqual(["below"]);
    expect(fs.readdirSync(root)).toEqual(["to"]);
  });

  it("keeps to that where a file has one name only", () => {
    refuse("linkSync", "EPERM");
    syncBuiltinESMExports();
    fs.writeFileSync(at("from"), "content");
    rename();
    fs.writeFileSync(at("from"), "other");
    expect(code(rename)).toBe("EEXIST");
    expect(fs.readFileSync(at("to"), "utf8")).toBe("content");
  });

  it("that fails takes away nothing that somebody else has put there", () => {
    refuse("linkSync", "EPERM");
    vi.spyOn(fs, "renameSync").mockImplementation(() => {
      fs.unlinkSync(at("to"));
      fs.writeFileSync(at("aside"), "");
      fs.writeFileSync(at("to"), "");
      throw refused("EIO");
    });
    syncBuiltinESMExports();
    fs.writeFileSync(at("from"), "content");
    expect(code(rename)).toBe("EIO");
    expect(fs.readdirSync(root).sort()).toEqual(["aside", "from", "to"]);
  });
});

describe("local › copy of a tree", () => {
  it("replaces no directory that somebody makes meanwhile, though it is empty", () => {
    const { copyFileSync } = fs;
    vi.spyOn(fs, "copyFileSync").mockImplementation((...how) => {
      copyFileSync(...how);
      fs.mkdirSync(at("to"));
    });
    syncBuiltinESMExports();
    fs.mkdirSync(at("from"));
    fs.writeFileSync(at("from/f"), "x");
    expect(code(() => vfs.sync.cp("/from", "/to", { recursive: true }))).toBe("EEXIST");
    expect(fs.readdirSync(at("to"))).toEqual([]);
    expect(fs.readdirSync(root).sort()).toEqual(["from", "to"]);
  });
});

describe("local › a directory that is swapped at the very moment, where there are only paths", () => {
  let byPaths: Vfs;
  let outside: string;

  beforeEach(() => {
    byPaths = createVfs(new LocalProvider(new CheckedPaths(fs.realpathSync(root)), false));
    outside = folders.make();
    fs.mkdirSync(at("d"));
    fs.writeFileSync(at("d/f"), "inside");
    fs.writeFileSync(join(outside, "f"), "secret");
  });

  /** Swaps while `action` runs, and puts it back for whoever looks later. */
  function swapped<T>(action: () => T): T {
    fs.renameSync(at("d"), at("aside"));
    fs.symlinkSync(outside, at("d"));
    try {
      return action();
    } finally {
      fs.unlinkSync(at("d"));
      fs.renameSync(at("aside"), at("d"));
    }
  }

  it("lets nothing out that lies outside", () => {
    const { openSync } = fs;
    let opened = 0;
    vi.spyOn(fs, "openSync").mockImplementation((...how) =>
      opened++ === 0 ? swapped(() => openSync(...how)) : openSync(...how),
    );
    syncBuiltinESMExports();
    expect(byPaths.sync.readFile("/d/f", "utf8")).toBe("inside");
    expect(opened).toBe(2);
  });

  it("is said when it stays so", () => {
    const { mkdirSync } = fs;
    vi.spyOn(fs, "mkdirSync").mockImplementation((...how) => {
      fs.renameSync(at("d"), at("aside"));
      fs.symlinkSync(outside, at("d"));
      return mkdirSync(...how);
    });
    syncBuiltinESMExports();
    expect(code(() => byPaths.sync.mkdir("/d/new"))).toBe("EBUSY");
  });
});
