import { createVfs, type Vfs } from "@vfs/core";
import { fork } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { local } from "../src/index.ts";
import { Folders } from "./folders.ts";

const folders = new Folders();
let root: string;
let vfs: Vfs;

beforeEach(() => {
  root = folders.make();
  vfs = createVfs(local({ root }));
});

afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  await vfs.close();
  folders.clean();
});

const at = (name: string): string => join(root, name);

describe("local › appends of several processes", () => {
  it("do not come between one another", async () => {
    const blockBytes = 3 << 20;
    const blocks = 8;
    const script = fileURLToPath(new URL("children/appender.ts", import.meta.url));
    fs.writeFileSync(at("f"), "");
    const children = ["a", "b", "c"].map((letter) =>
      fork(script, [root, letter, String(blockBytes), String(blocks)]),
    );
    await Promise.all(children.map((child) => once(child, "exit")));
    const bytes = fs.readFileSync(at("f"));
    expect(bytes.length).toBe(3 * blocks * blockBytes);
    for (let start = 0; start < bytes.length; start += blockBytes) {
      const block = bytes.subarray(start, start + blockBytes);
      expect(block.equals(Buffer.alloc(blockBytes, block[0]))).toBe(true);
    }
  }, 60_000);
});

describe("local › a link that is swapped for a file", () => {
  it("is no reason to fail once the file is there", () => {
    fs.writeFileSync(at("f"), "content");
    const { openSync } = fs;
    let swaps = 0;
    vi.spyOn(fs, "openSync").mockImplementation((path, ...how) => {
      if (!String(path).endsWith("/f") || swaps++ % 2 === 1) return openSync(path, ...how);
      fs.renameSync(at("f"), at("aside"));
      fs.symlinkSync("aside", at("f"));
      try {
        return openSync(path, ...how);
      } finally {
        fs.renameSync(at("aside"), at("f"));
      }
    });
    syncBuiltinESMExports();
    expect(vfs.sync.readFile("/f", "utf8")).toBe("content");
    vfs.sync.truncate("/f", 3);
    const handle = vfs.sync.open("/f", "r");
    expect(handle.stat().size).toBe(3);
    handle.close();
    expect(swaps).toBe(6);
  });
});
