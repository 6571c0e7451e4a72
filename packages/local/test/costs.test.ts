import { createVfs, type Vfs } from "@vfs/core";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { release } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CheckedPaths } from "../src/confined/checked-paths.ts";
import { LocalProvider } from "../src/local.ts";
import { freshForEach, root, vfs } from "./fresh.ts";

freshForEach();
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

const CALLS =
  "open close read write fstat lstat stat readlink rename unlink fsync fdatasync readdir ftruncate fchmod copyFile".split(
    " ",
  );

/** What is asked of the host while `action` runs, in order; with `later` behind what a thread of the pool does. */
async function calls(action: () => unknown): Promise<string> {
  const seen: string[] = [];
  for (const name of CALLS)
    for (const suffix of ["", "Sync"]) {
      const holder = fs as unknown as Record<string, (...how: unknown[]) => unknown>;
      const call = holder[name + suffix];
      if (call === undefined) throw new Error(`no ${name}${suffix}`);
      vi.spyOn(holder, name + suffix).mockImplementation((...how: unknown[]) => {
        seen.push(suffix === "" ? `${name} later` : name);
        return call(...how);
      });
    }
  syncBuiltinESMExports();
  try {
    await action();
  } finally {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  }
  // Where the times of a directory tell that it was not renamed, they are looked at, and else it is looked for.
  return seen
    .join(", ")
    .replace(/^fstat, (?=lstat, lstat)/, "")
    .replace(/^fstat, (?=lstat)/, "lstat, ");
}

/** ext4, xfs, btrfs, tmpfs. */
const EXACT_TYPES: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994]);

/** Where the kernel says that a directory lies, and that the root is where it was. */
const FOUND = "lstat";

describe.runIf(process.platform === "linux")("local › what is asked of the host", () => {
  beforeEach(async () => {
    await vfs.mkdir("/d/below", { recursive: true });
    for (const path of ["/f", "/d/f", "/d/below/f"]) await vfs.writeFile(path, "content");
    await vfs.writeFile("/large", new Uint8Array(100_000));
  });

  it("is no more than this for a small file, and needs no other thread", async () => {
    for (const face of [vfs, vfs.sync]) {
      expect(await calls(() => face.stat("/f"))).toBe("lstat");
      expect(await calls(() => face.stat("/d/f"))).toBe(`${FOUND}, lstat`);
      expect(await calls(() => face.stat("/d/below/f"))).toBe(`readlink, ${FOUND}, lstat`);
      expect(await calls(() => face.readFile("/d/f"))).toBe(`${FOUND}, lstat, open, fstat, read, close`);
      for (const name of ["new", "f"])
        expect(await calls(() => face.writeFile(`/d/${name}`, "x"))).toBe(
          `${FOUND}, lstat, open, write, fstat, rename, close`,
        );
      await face.unlink("/d/new");
      expect(await calls(() => face.appendFile("/d/f", "x"))).toBe(
        `${FOUND}, lstat, open, fstat, write, close`,
      );
    }
  });

  it("is less for a directory that stays as it is, where its times tell", async () => {
    const { type } = fs.statfsSync(root);
    const [major = 0, minor = 0] = release().split(".").map(Number);
    if (!EXACT_TYPES.has(type) || major < 6 || (major === 6 && minor < 13)) return;
    const looks = vi.spyOn(fs, "lstatSync");
    syncBuiltinESMExports();
    for (const face of [vfs, vfs.sync]) {
      for (let i = 0; i < 3; i++) await face.stat("/d/f");
      looks.mockClear();
      for (let i = 0; i < 10; i++) await face.stat("/d/f");
      expect(looks).toHaveBeenCalledTimes(10);
      await face.writeFile("/d/g", "x");
      looks.mockClear();
      for (let i = 0; i < 10; i++) await face.stat("/d/f");
      expect(looks).toHaveBeenCalledTimes(12);
    }
  });

  it("does not grow with the depth of a path", async () => {
    const deep = "/deep".repeat(20);
    await vfs.mkdir(deep, { recursive: true });
    await vfs.writeFile(`${deep}/f`, "x");
    expect(await calls(() => vfs.stat(`${deep}/f`))).toBe(`readlink, ${FOUND}, lstat`);
  });

  it("is asked of another thread where it takes its time", async () => {
    expect(await calls(() => vfs.readFile("/large"))).toBe("lstat, open, fstat, read later, close");
    expect(await calls(() => vfs.appendFile("/large", new Uint8Array(50_000)))).toBe(
      "lstat, open, fstat, write later, close",
    );
    expect(await calls(() => vfs.writeFile("/large", new Uint8Array(50_000)))).toBe(
      "lstat, open, write later, fstat, rename, close",
    );
    expect(await calls(() => vfs.writeFile("/f", "x", { durable: true }))).toMatch(
      /^lstat, open, write, fstat, fsync later, rename, open, fsync later, close, close$/,
    );
    fs.truncateSync(`${root}/large`, 100 << 20);
    expect(await calls(() => vfs.rename("/f", "/large"))).toBe("lstat, rename later");
    fs.truncateSync(`${root}/large`, 100 << 20);
    const handle = await vfs.open("/large", "r");
    expect(await calls(() => vfs.unlink("/large"))).toBe("lstat, unlink later");
    expect(await calls(() => handle.close())).toBe("fstat, close later");
  });

  it("is asked of threads of the pool where files take long to be made, and many are", async () => {
    const { openSync } = fs;
    vi.spyOn(fs, "openSync").mockImplementation((...how) => {
      const until = performance.now() + 0.3;
      if (typeof how[1] === "number" && (how[1] & fs.constants.O_CREAT) !== 0)
        while (performance.now() < until);
      return openSync(...how);
    });
    const later = vi.spyOn(fs, "open");
    syncBuiltinESMExports();
    const names = Array.from({ length: 50 }, (_, i) => `/d/n${i}`);
    const content = (name: string): string => `of ${name}`;
    for (const name of names) await vfs.writeFile(name, "first");
    // Nobody came while one of them was waiting, so ever fewer were made to wait.
    expect(later.mock.calls.length).toBeLessThan(8);
    for (let round = 0; round < 3; round++) {
      later.mockClear();
      await Promise.all(names.map((name) => vfs.writeFile(name, content(name))));
    }
    expect(later.mock.calls.length).toBeGreaterThan(40);
    for (const name of names) expect(fs.readFileSync(root + name, "utf8")).toBe(content(name));
    expect(fs.readdirSync(`${root}/d`).filter((name) => name.startsWith(".vfs-tmp-"))).toEqual([]);
    later.mockClear();
    for (const name of names) vfs.sync.writeFile(name, "at once");
    expect(later).not.toHaveBeenCalled();
  });

  it("is asked of another thread each time where a file system may ask somebody else", async () => {
    const far: Vfs = createVfs(new LocalProvider(new CheckedPaths(root), false));
    const seen = await calls(() => far.stat("/f"));
    expect(new Set(seen.split(", "))).toEqual(new Set(["lstat later"]));
    await far.close();
  });

  it("lets the event loop turn when many calls follow one another", async () => {
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const from = performance.now();
    while (performance.now() - from < 100) await vfs.stat("/d/f");
    expect(turns).toBeGreaterThan(1);
    const before = turns;
    await Promise.all(Array.from({ length: 20_000 }, () => vfs.stat("/d/f")));
    expect(turns - before).toBeGreaterThan(100);
    counting = false;
  });

  it("lets the event loop turn while a tree of directories only is removed", async () => {
    for (let i = 0; i < 1500; i++) fs.mkdirSync(`${root}/tree/${i % 100}/${i}`, { recursive: true });
    let turned = false;
    setImmediate(() => (turned = true));
    await vfs.rm("/tree", { recursive: true });
    expect(turned).toBe(true);
  });

  it("keeps the order of the calls while some wait for the event loop", async () => {
    const handle = await vfs.open("/d/log", "a");
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i}\n`);
    await Promise.all(lines.map((line) => handle.write(line)));
    await handle.close();
    expect(await vfs.readFile("/d/log", "utf8")).toBe(lines.join(""));
  });

  it("ends early when the caller gives up while a call waits for the event loop", async () => {
    const giveUp = new AbortController();
    const writes = Array.from({ length: 10_000 }, (_, i) =>
      vfs.writeFile(`/d/${i % 10}`, `${i}`, { signal: giveUp.signal }),
    );
    giveUp.abort();
    const outcomes = await Promise.allSettled(writes);
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const outcome of refused)
      expect((outcome as PromiseRejectedResult).reason).toBe(giveUp.signal.reason);
  });
});
