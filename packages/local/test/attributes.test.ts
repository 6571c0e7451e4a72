import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { local } from "../src/index.ts";
import { freshForEach, root, vfs } from "./fresh.ts";

freshForEach();

const at = (name: string): string => join(root, name);
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

  it("are exact to the millisecond, by every door", async () => {
    await vfs.writeFile("/f", "x");
    const handle = await vfs.open("/f", "r+");
    for (const timeMs of [1_234_567_890_123, -1_234_567_890_123, 1_700_000_000_999, 1, -1, 0]) {
      const time = new Date(timeMs);
      await vfs.utimes("/f", time, time);
      const { atimeMs, mtimeMs } = await vfs.stat("/f");
      expect([atimeMs, mtimeMs]).toEqual([timeMs, timeMs]);
      vfs.sync.utimes("/f", 7, 7);
      await handle.utimes(time, time);
      expect(vfs.sync.stat("/f").mtimeMs).toBe(timeMs);
      await vfs.cp("/f", "/copy", { preserveTimestamps: true });
      expect((await vfs.stat("/copy")).mtimeMs).toBe(timeMs);
    }
    await handle.close();
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
      // Whoever sets the time back does not bring an etag back.
      handle.write(i % 2 === 0 ? "aaaa" : "bbbb", 0);
      vfs.sync.utimes("/h", 5, 5);
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
      readOnly: false,
      umask: 0,
      resolved: false,
    };
    const path = "/f" as Parameters<typeof provider.stat>[0];
    const context = ctx as Parameters<typeof provider.stat>[2];
    const written = await provider.write?.(path, new Uint8Array(3), {}, context);
    expect(written).toEqual(await provider.stat(path, {}, context));
    await provider.close?.();
  });
});

describe("local › signal", () => {
  const REASON = new Error("enough");

  /** What a call fails with whose signal is aborted a moment after it has begun. */
  async function aborted(action: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
    const controller = new AbortController();
    const done = action(controller.signal).then(
      () => "went well",
      (reason: unknown) => reason,
    );
    controller.abort(REASON);
    return done;
  }

  it("ends what takes long, and nothing unfinished is left", async () => {
    const data = new Uint8Array(64 << 20);
    await vfs.writeFile("/large", data);
    expect(await aborted((signal) => vfs.readFile("/large", { signal }))).toBe(REASON);
    expect(await aborted((signal) => vfs.writeFile("/new", data, { signal }))).toBe(REASON);
    expect(await aborted((signal) => vfs.writeFile("/large", data, { signal }))).toBe(REASON);
    for (let i = 0; i < 100; i++) fs.mkdirSync(at(`t/${i}`), { recursive: true });
    fs.writeFileSync(at("t/99/f"), "x");
    expect(await aborted((signal) => vfs.cp("/t", "/copy", { recursive: true, signal }))).toBe(REASON);
    expect(await aborted((signal) => vfs.rm("/t", { recursive: true, signal }))).toBe(REASON);
    expect(fs.existsSync(at("t/99/f"))).toBe(true);
    expect(fs.readdirSync(root).sort()).toEqual(["large", "t"]);
  });
});

describe("local › append to what comes and goes", () => {
  it("goes to the file that is there, or makes one", async () => {
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      work.push(vfs.appendFile("/f", "x"));
      if (i % 3 === 0) work.push(vfs.rm("/f", { force: true }));
    }
    const outcomes = await Promise.allSettled(work);
    expect(outcomes.filter(({ status }) => status === "rejected")).toEqual([]);
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

describe.runIf(process.geteuid?.() === 0)("local › a file that may be written and not replaced", () => {
  it("is written in place", async () => {
    const nobody = 65_534;
    const files = ["write", "sync", "copy", "stream", "foreign"];
    fs.writeFileSync(at("from"), "new");
    for (const [directory, mode, owner] of [
      ["closed", 0o555, nobody],
      ["sticky", 0o1777, 0],
    ] as const) {
      fs.mkdirSync(at(directory));
      for (const name of files) {
        const path = at(`${directory}/${name}`);
        fs.writeFileSync(path, "old");
        fs.chmodSync(path, name === "foreign" ? 0o644 : 0o666);
        fs.chownSync(path, name === "foreign" ? 0 : owner, owner);
      }
      fs.chmodSync(at(directory), mode);
    }
    fs.chmodSync(root, 0o755);
    const script = new URL("children/write-fixed.ts", import.meta.url);
    const args = ["--conditions=@vfs/source", script.pathname, root];
    const answer = execFileSync(process.execPath, args, {
      uid: nobody,
      gid: nobody,
      encoding: "utf8",
      env: {},
    });
    // A stream in a directory that is not this user's has nowhere to be gathered.
    expect(answer.trim()).toBe("ok ok ok EACCES EACCES ok ok ok ok EACCES");
    const contents = (directory: string): string[] =>
      fs
        .readdirSync(at(directory))
        .map((name) => `${name} ${fs.readFileSync(at(`${directory}/${name}`), "utf8")}`);
    expect(contents("closed")).toEqual(["copy new", "foreign old", "stream old", "sync new", "write new"]);
    expect(contents("sticky")).toEqual(["copy new", "foreign old", "stream new", "sync new", "write new"]);
  });
});
