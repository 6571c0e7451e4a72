import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
  await vfs.close();
  folders.clean();
});

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

describe("local › permission bits", () => {
  afterEach(() => void process.umask(0o022));

  it("are exactly those of the caller, whatever the umask of the process", async () => {
    process.umask(0o077);
    const view = vfs.view({ umask: 0 });
    await view.writeFile("/w", "x");
    await view.writeFile("/x", "x", { flag: "wx" });
    await view.writeStream("/s", ["x"]);
    await view.appendFile("/a", "x");
    await (await view.open("/o", "w")).close();
    await view.mkdir("/d");
    view.sync.writeFile("/sw", "x");
    view.sync.mkdir("/sd", { mode: 0o1777 });
    for (const name of ["w", "x", "s", "a", "o", "sw"])
      expect(`${name} ${(fs.statSync(at(name)).mode & 0o7777).toString(8)}`).toBe(`${name} 666`);
    expect((fs.statSync(at("d")).mode & 0o7777).toString(8)).toBe("777");
    expect((fs.statSync(at("sd")).mode & 0o7777).toString(8)).toBe("1777");
  });

  it("of a directory are handed down as the host does", async () => {
    fs.mkdirSync(at("shared"));
    fs.chmodSync(at("shared"), 0o2775);
    process.umask(0o077);
    await vfs.mkdir("/shared/d", { mode: 0o750 });
    expect((fs.statSync(at("shared/d")).mode & 0o7777).toString(8)).toBe("2750");
  });

  it("of a file that is replaced stay, and nobody else can read what is not finished", async () => {
    fs.writeFileSync(at("f"), "old", { mode: 0o604 });
    const seen: string[] = [];
    const source = function* (): Generator<string> {
      yield "new".repeat(50_000);
      for (const name of fs.readdirSync(root))
        seen.push(`${name === "f"} ${(fs.statSync(at(name)).mode & 0o777).toString(8)}`);
    };
    await vfs.writeStream("/f", source());
    expect(seen.sort()).toEqual(["false 600", "true 604"]);
    await vfs.writeFile("/f", "newer");
    expect(fs.statSync(at("f")).mode & 0o7777).toBe(0o604);
  });
});

describe.runIf(process.geteuid?.() === 0)("local › owners", () => {
  it("of a file that is replaced stay", async () => {
    for (const name of ["w", "s", "c"]) {
      fs.writeFileSync(at(name), "old", { mode: 0o640 });
      fs.chownSync(at(name), 1234, 5678);
      fs.chmodSync(at(name), 0o4750);
    }
    await vfs.writeFile("/w", "new");
    await vfs.writeStream("/s", ["new"]);
    await vfs.writeFile("/source", "new", { mode: 0o640 });
    await vfs.copyFile("/source", "/c");
    const shown = ["w", "s", "c"].map((name) => {
      const { uid, gid, mode } = fs.statSync(at(name));
      return `${name} ${uid} ${gid} ${(mode & 0o7777).toString(8)} ${fs.readFileSync(at(name), "utf8")}`;
    });
    expect(shown).toEqual(["w 1234 5678 4750 new", "s 1234 5678 4750 new", "c 1234 5678 640 new"]);
  });
});

describe("local › times", () => {
  it("are kept to the microsecond, also before 1970", async () => {
    await vfs.writeFile("/f", "x");
    for (const timeMs of [1_700_000_000_123.456, -1_000_000.25, -0.5, 0, 4_102_444_800_000.5]) {
      await vfs.utimes("/f", timeMs / 1000, timeMs / 1000);
      const { atimeMs, mtimeMs } = await vfs.stat("/f");
      expect(mtimeMs).toBeCloseTo(timeMs, 2);
      expect(atimeMs).toBeCloseTo(timeMs, 2);
      await vfs.cp("/f", "/copy", { preserveTimestamps: true });
      expect((await vfs.stat("/copy")).mtimeMs).toBeCloseTo(timeMs, 2);
    }
  });
});

describe("local › a file with several names", () => {
  it("is written in place by every way there is, and its number stays", async () => {
    await vfs.writeFile("/a", "one");
    await vfs.link("/a", "/b");
    const { ino } = await vfs.stat("/a");
    const texts: string[] = [];
    await vfs.writeFile("/b", "a longer text than before");
    texts.push(await vfs.readFile("/a", "utf8"));
    vfs.sync.writeFile("/a", "short");
    texts.push(await vfs.readFile("/b", "utf8"));
    await vfs.writeStream("/b", ["stre", "am"]);
    texts.push(await vfs.readFile("/a", "utf8"));
    await vfs.writeFile("/c", "copied", { mode: 0o600 });
    await vfs.copyFile("/c", "/a");
    texts.push(await vfs.readFile("/b", "utf8"));
    expect(texts).toEqual(["a longer text than before", "short", "stream", "copied"]);
    const after = await vfs.stat("/b");
    expect([after.ino, after.nlink, after.mode & 0o777]).toEqual([ino, 2, 0o600]);
    expect(fs.readdirSync(root).sort()).toEqual(["a", "b", "c"]);
  });

  it("is left alone by a source that fails", async () => {
    await vfs.writeFile("/a", "old");
    await vfs.link("/a", "/b");
    const failing = function* (): Generator<string> {
      yield "new";
      throw new Error("the source broke");
    };
    await expect(vfs.writeStream("/a", failing())).rejects.toThrow("the source broke");
    expect(await vfs.readFile("/b", "utf8")).toBe("old");
    expect(fs.readdirSync(root).sort()).toEqual(["a", "b"]);
  });
});

describe("local › etag", () => {
  it("is new after each of many changes that follow one another at once", async () => {
    const seen = new Set<string>();
    let count = 0;
    const note = (etag: string | undefined): void => {
      seen.add(etag ?? "none");
      count++;
    };
    const handle = vfs.sync.open("/h", "w+");
    for (let i = 0; i < 300; i++) {
      vfs.sync.writeFile("/f", i % 2 === 0 ? "aaaa" : "bbbb");
      note(vfs.sync.stat("/f").etag);
      vfs.sync.writeFile("/g", "cccc");
      vfs.sync.rename("/g", "/f");
      note(vfs.sync.stat("/f").etag);
      vfs.sync.unlink("/f");
      handle.write(i % 2 === 0 ? "aaaa" : "bbbb", 0);
      note(handle.stat().etag);
    }
    handle.close();
    expect(seen.size).toBe(count);
  });

  it("that a write answers with is that of the file", async () => {
    const provider = local({ root });
    const ctx = {
      sync: false,
      signal: undefined,
      actor: undefined,
      root: "/",
      outer: undefined,
      readOnly: false,
      umask: 0,
    };
    const path = "/f" as Parameters<typeof provider.stat>[0];
    const context = ctx as Parameters<typeof provider.stat>[2];
    const written = await provider.write?.(path, new Uint8Array(3), {}, context);
    expect(written).toEqual(await provider.stat(path, {}, context));
    await provider.close?.();
  });
});

describe("local › a file that may not be written", () => {
  it("is not replaced either", async () => {
    const script = new URL("children/write-read-only.ts", import.meta.url);
    fs.writeFileSync(at("f"), "old", { mode: 0o444 });
    fs.writeFileSync(at("g"), "old", { mode: 0o644 });
    const asRoot = process.geteuid?.() === 0;
    const nobody = 65_534;
    fs.chmodSync(root, 0o777);
    if (asRoot) fs.chownSync(at("f"), nobody, nobody);
    const identity = asRoot ? { uid: nobody, gid: nobody } : {};
    const args = ["--conditions=@vfs/source", script.pathname, root];
    const answer = execFileSync(process.execPath, args, { ...identity, encoding: "utf8", env: {} });
    // The second file is root's, where the test runs as root.
    expect(answer.trim()).toBe(asRoot ? "EACCES EACCES EACCES EACCES EPERM" : "EACCES EACCES ok ok ok");
    expect(fs.readFileSync(at("f"), "utf8")).toBe("old");
  });
});
