import { createVfs } from "@vfs/core";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { local } from "../src/index.ts";
import { freshForEach, root, vfs } from "./fresh.ts";

freshForEach();
beforeEach(() => {
  fs.mkdirSync(join(root, "d"));
});

describe("local › durable", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  /** What was synced while `action` ran: a file, or a directory. */
  async function synced(action: () => unknown): Promise<string> {
    const seen: string[] = [];
    const look = (fd: number): unknown => seen.push(fs.fstatSync(fd).isDirectory() ? "directory" : "file");
    const { fsync, fsyncSync, fdatasync, fdatasyncSync } = fs;
    vi.spyOn(fs, "fsync").mockImplementation((fd, done) => {
      look(fd);
      fsync(fd, done);
    });
    vi.spyOn(fs, "fsyncSync").mockImplementation((fd) => {
      look(fd);
      fsyncSync(fd);
    });
    vi.spyOn(fs, "fdatasync").mockImplementation((fd, done) => {
      seen.push("content");
      fdatasync(fd, done);
    });
    vi.spyOn(fs, "fdatasyncSync").mockImplementation((fd) => {
      seen.push("content");
      fdatasyncSync(fd);
    });
    syncBuiltinESMExports();
    try {
      await action();
    } finally {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    }
    return seen.join(" ");
  }

  it("syncs the file before it is put in its place, and its directory after, when a call asks for it", async () => {
    expect(await synced(() => vfs.writeFile("/d/f", "x"))).toBe("");
    expect(await synced(() => vfs.writeFile("/d/f", "x", { durable: true }))).toBe("file directory");
    expect(await synced(() => vfs.sync.writeFile("/d/f", "x", { durable: true }))).toBe("file directory");
    expect(await synced(() => vfs.writeStream("/d/f", ["x"], { durable: true }))).toBe("file directory");
    expect(await synced(() => vfs.appendFile("/d/f", "x", { durable: true }))).toBe("file");
    expect(await synced(() => vfs.appendFile("/d/new", "x", { durable: true }))).toBe("file directory");
  });

  it("holds for every change when the store is opened so", async () => {
    const durable = createVfs(local({ root, durable: true }));
    expect(await synced(() => durable.writeFile("/d/f", "x"))).toBe("file directory");
    expect(await synced(() => durable.mkdir("/e"))).toBe("directory");
    expect(await synced(() => durable.rename("/d/f", "/e/f"))).toBe("directory directory");
    expect(await synced(() => durable.link("/e/f", "/d/f"))).toBe("directory directory");
    expect(await synced(() => durable.writeFile("/d/f", "in place"))).toBe("file");
    expect(await synced(() => durable.copyFile("/e/f", "/g"))).toBe("file directory");
    expect(await synced(() => durable.truncate("/g", 1))).toBe("file");
    expect(await synced(() => durable.chmod("/g", 0o200))).toBe("file");
    expect(await synced(() => durable.utimes("/e", 1, 1))).toBe("directory");
    expect(await synced(() => durable.cp("/e", "/t", { recursive: true }))).toBe("file directory directory");
    expect(await synced(() => durable.symlink("g", "/l"))).toBe("directory");
    expect(await synced(() => durable.unlink("/l"))).toBe("directory");
    expect(await synced(() => durable.rm("/e", { recursive: true }))).toBe("directory");
    expect(await synced(() => durable.readFile("/g"))).toBe("");
    await durable.close();
  });

  it("holds for what is changed through a handle", async () => {
    const durable = createVfs(local({ root, durable: true }));
    const handle = await durable.open("/d/f", "w+");
    expect(await synced(() => handle.write("x", 0))).toBe("content");
    expect(await synced(() => handle.truncate(0))).toBe("content");
    expect(await synced(() => handle.chmod(0o600))).toBe("file");
    expect(await synced(() => handle.stat())).toBe("");
    await handle.close();
    const appending = durable.sync.open("/d/f", "a");
    expect(await synced(() => appending.write("y"))).toBe("content");
    appending.close();
    await durable.close();
    expect(fs.readFileSync(join(root, "d/f"), "utf8")).toBe("y");
  });
});
