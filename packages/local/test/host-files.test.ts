import { isVfsError } from "@vfs/core";
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshForEach, root, vfs } from "./fresh.ts";

freshForEach();

const at = (name: string): string => join(root, name);
async function code(action: () => unknown): Promise<unknown> {
  try {
    await action();
    return "no error";
  } catch (reason) {
    return isVfsError(reason) ? reason.code : reason;
  }
}

/** Everything that would open what is there, on both faces. */
const openings = (path: string): Record<string, () => unknown> => ({
  readFile: () => vfs.readFile(path),
  "sync readFile": () => vfs.sync.readFile(path),
  "readFile of a range": () => vfs.readFile(path, { start: 1, end: 2 }),
  writeFile: () => vfs.writeFile(path, "x"),
  writeStream: () => vfs.writeStream(path, ["x"]),
  appendFile: () => vfs.appendFile(path, "x"),
  "sync appendFile": () => vfs.sync.appendFile(path, "x"),
  truncate: () => vfs.truncate(path),
  "open to read": () => vfs.open(path, "r"),
  "open to write": () => vfs.open(path, "r+"),
  copyFile: () => vfs.copyFile(path, "/copy"),
  "copyFile onto it": () => vfs.copyFile("/file", path),
  "cp of its directory": () => vfs.cp("/d", "/tree", { recursive: true }),
});

describe("local › what is no file", () => {
  it("is listed and removed, and a pipe is never waited for", async () => {
    fs.mkdirSync(at("d"));
    fs.writeFileSync(at("file"), "x");
    execFileSync("mkfifo", [at("d/pipe")]);
    expect((await vfs.stat("/d/pipe")).type).toBe("other");
    const [entry] = await vfs.readdir("/d", { withFileTypes: true });
    expect([entry?.name, entry?.type]).toEqual(["pipe", "other"]);
    for (const [what, call] of Object.entries(openings("/d/pipe")))
      expect(`${what}: ${String(await code(call))}`).toBe(`${what}: ENXIO`);
    expect(fs.readdirSync(root).sort()).toEqual(["d", "file"]);
    await vfs.chmod("/d/pipe", 0o600);
    await vfs.utimes("/d/pipe", 5, 5);
    await vfs.rename("/d/pipe", "/d/moved");
    expect(fs.statSync(at("d/moved")).isFIFO()).toBe(true);
    await vfs.rm("/d", { recursive: true });
    expect(fs.readdirSync(root)).toEqual(["file"]);
  });

  it("gives nothing to read although somebody writes into the pipe", async () => {
    fs.mkdirSync(at("d"));
    fs.writeFileSync(at("file"), "x");
    execFileSync("mkfifo", [at("d/pipe")]);
    const writer = spawn("sh", ["-c", `exec 3<>"${at("d/pipe")}"; echo content >&3; echo ready; read line`]);
    await new Promise((resolve) => writer.stdout.once("data", resolve));
    for (const [what, call] of Object.entries(openings("/d/pipe")))
      expect(`${what}: ${String(await code(call))}`).toBe(`${what}: ENXIO`);
    const pipe = fs.openSync(at("d/pipe"), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const content = Buffer.alloc(100);
    expect(content.toString("utf8", 0, fs.readSync(pipe, content))).toBe("content\n");
    fs.closeSync(pipe);
    writer.kill();
  });

  it("may be a socket", async () => {
    fs.mkdirSync(at("d"));
    fs.writeFileSync(at("file"), "x");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at("d/socket"), resolve));
    for (const [what, call] of Object.entries(openings("/d/socket")))
      expect(`${what}: ${String(await code(call))}`).toBe(`${what}: ENXIO`);
    await new Promise((resolve) => server.close(resolve));
  });

  it.runIf(process.geteuid?.() === 0)("may be a device that never ends", async () => {
    fs.mkdirSync(at("d"));
    fs.writeFileSync(at("file"), "x");
    execFileSync("mknod", [at("d/zero"), "c", "1", "5"]);
    for (const [what, call] of Object.entries(openings("/d/zero")))
      expect(`${what}: ${String(await code(call))}`).toBe(`${what}: ENXIO`);
    await vfs.rm("/d", { recursive: true });
  });
});

describe("local › names of the host that are no text", () => {
  const bad = (name: string): Buffer => Buffer.concat([Buffer.from(`${root}/${name}`), Buffer.from([0xff])]);

  it("are in no listing, and are taken for no other name", async () => {
    fs.writeFileSync(bad("a"), "hidden");
    fs.writeFileSync(at("a\ufffd"), "shown");
    fs.writeFileSync(at("b"), "b");
    expect((await vfs.readdir("/")).sort()).toEqual(["a\ufffd", "b"]);
    expect(vfs.sync.readdir("/").sort()).toEqual(["a\ufffd", "b"]);
    expect(await vfs.readFile("/a\ufffd", "utf8")).toBe("shown");
    await vfs.unlink("/a\ufffd");
    expect(await vfs.readdir("/")).toEqual(["b"]);
    expect(fs.readFileSync(bad("a"), "utf8")).toBe("hidden");
  });

  it("go with their directory when it is copied, moved and removed", async () => {
    fs.mkdirSync(at("d"));
    fs.mkdirSync(bad("d/sub"));
    fs.writeFileSync(Buffer.concat([bad("d/sub"), Buffer.from("/f")]), "x");
    fs.symlinkSync(Buffer.from([0xfe]), bad("d/l"));
    expect(await vfs.readdir("/d")).toEqual([]);
    expect(await code(() => vfs.rmdir("/d"))).toBe("ENOTEMPTY");
    await vfs.cp("/d", "/copy", { recursive: true });
    await vfs.rename("/d", "/moved");
    expect(fs.readdirSync(at("copy"), "buffer")).toEqual(fs.readdirSync(at("moved"), "buffer"));
    expect(fs.readFileSync(Buffer.concat([bad("copy/sub"), Buffer.from("/f")]), "utf8")).toBe("x");
    await vfs.rm("/copy", { recursive: true });
    vfs.sync.rm("/moved", { recursive: true });
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it("may be what a link stands for: then it leads nowhere", async () => {
    fs.symlinkSync(Buffer.from([0x61, 0xff]), at("l"));
    expect(await code(() => vfs.readFile("/l"))).toBe("EILSEQ");
    expect(await code(() => vfs.readlink("/l"))).toBe("EILSEQ");
    expect((await vfs.lstat("/l")).type).toBe("symlink");
    await vfs.unlink("/l");
  });
});
