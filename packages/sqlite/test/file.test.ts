import fs, {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { createVfs, isVfsError, type Stat, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { randomBytes } from "./random.ts";

const ODD = ["it's", "100%", "a_b", 'say "hi"', "new\nline", "\u{1f600}", "A", "a", "é".repeat(127)];

async function plant(vfs: Vfs): Promise<void> {
  await vfs.mkdir("/home/ada/empty", { recursive: true });
  await vfs.writeFile("/home/ada/note", "Hello", {
    contentType: "text/plain",
    meta: { owner: "ada", "odd key": "ü\n" },
  });
  await vfs.writeFile("/home/ada/large", randomBytes(700_001, 1), { mode: 0o600 });
  await vfs.writeFile("/home/ada/nothing", "");
  await vfs.copyFile("/home/ada/large", "/home/ada/copy");
  await vfs.truncate("/home/ada/copy", 9000);
  await vfs.link("/home/ada/note", "/home/second");
  await vfs.symlink("../home/ada", "/home/link");
  await vfs.chmod("/home/ada", 0o1750);
  await vfs.chown("/home/ada/note", 1000, 1001);
  for (const name of ODD) await vfs.writeFile(`/home/${name}`, name);
  await vfs.utimes("/home/ada/note", 1_500_000_000.25, 1_600_000_000.5);
  await vfs.utimes("/home/ada/empty", 0, -1000);
  await vfs.lutimes("/home/link", 1000, 2000);
  // A read in the millisecond of the change would be noted again by the next one.
  for (const now = Date.now(); Date.now() === now;);
}

/** Everything that can be seen of a store, but for the number of its device, which is each mount's own. */
async function everything(vfs: Vfs): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown> = {
    "/": Object.assign({}, await vfs.lstat("/"), { dev: 0 }),
    usage: await vfs.usage("/"),
  };
  for (const entry of await vfs.readdir("/", { recursive: true, withFileTypes: true })) {
    // Read first: that is noted as the time of access.
    const content =
      entry.type === "file"
        ? await vfs.checksum(entry.path)
        : entry.type === "symlink"
          ? await vfs.readlink(entry.path)
          : undefined;
    const stat: Stat = Object.assign({}, await vfs.lstat(entry.path));
    seen[entry.path] = { ...stat, content, dev: 0 };
  }
  return seen;
}

function refusal(file: string): { code: string; message: string } {
  try {
    void sqlite({ file }).close?.();
  } catch (error) {
    if (isVfsError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("it was opened");
}

describe("sqlite › file", () => {
  it("shows everything again when it is opened again", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await plant(vfs);
    const before = await everything(vfs);
    expect(Object.keys(before).length).toBe(11 + ODD.length);
    await vfs.close();
    expect(audit(file)).toEqual([]);
    const again = createVfs(sqlite({ file }));
    expect(await everything(again)).toEqual(before);
    await again.writeFile("/home/ada/note", "changed");
    const after = await again.stat("/home/second");
    expect([after.size, after.meta, after.nlink]).toEqual([7, { owner: "ada", "odd key": "ü\n" }, 2]);
    expect(after.etag).not.toBe((before["/home/second"] as Stat).etag);
    await again.close();
  });

  it("is one file, once it is closed", async () => {
    const directory = testDirectory();
    const vfs = createVfs(sqlite({ file: join(directory, "a.db") }));
    await plant(vfs);
    await vfs.close();
    expect(readdirSync(directory)).toEqual(["a.db"]);
  });

  it("is the same for several stores in one process", async () => {
    const file = join(testDirectory(), "a.db");
    const one = createVfs(sqlite({ file }));
    const two = createVfs(sqlite({ file }));
    await one.mkdir("/a/b/c", { recursive: true });
    await two.writeFile("/a/b/c/f", "from two");
    expect(await one.readFile("/a/b/c/f", "utf8")).toBe("from two");
    const [seen, same] = [await one.stat("/a/b/c/f"), await two.stat("/a/b/c/f")];
    expect([seen.dev, seen.ino]).toEqual([same.dev, same.ino]);
    // What one remembers of where directories lie must not outlive a move by the other.
    await two.rename("/a/b", "/moved");
    await two.mkdir("/a/b/c", { recursive: true });
    await two.writeFile("/a/b/c/f", "another");
    expect(await one.readFile("/a/b/c/f", "utf8")).toBe("another");
    expect((await one.stat("/moved/c/f")).size).toBe(8);
    await two.rename("/a/b", "/other");
    await two.mkdir("/a/b/c", { recursive: true });
    await one.writeFile("/a/b/c/late", "in the new directory");
    expect([await two.readdir("/a/b/c"), await two.readdir("/other/c")]).toEqual([["late"], ["f"]]);
    await two.rm("/a", { recursive: true });
    expect(await one.exists("/a/b/c/f")).toBe(false);
    await expect(one.writeFile("/a/b/c/f", "x")).rejects.toThrow(/ENOENT/);
    await two.symlink("/moved", "/a");
    expect(await one.readFile("/a/c/f", "utf8")).toBe("from two");
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? one : two).appendFile("/log", `line ${i}\n`)),
    );
    expect((await one.readFile("/log", "utf8")).split("\n").length).toBe(41);
    expect(await one.usage("/")).toEqual(await two.usage("/"));
    await one.close();
    await two.close();
    expect(audit(file)).toEqual([]);
  });

  it("of something else is refused, and left as it is", async () => {
    const directory = testDirectory();
    const foreign = new Database(join(directory, "foreign.db"));
    foreign.exec("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    foreign.close();
    const log = new Database(join(directory, "log.db"));
    log.pragma("journal_mode = WAL");
    log.exec("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    // As a program that ended without closing its database leaves it.
    for (const suffix of ["", "-wal"])
      copyFileSync(join(directory, `log.db${suffix}`), join(directory, `crashed.db${suffix}`));
    log.close();
    await createVfs(sqlite({ file: join(directory, "newer.db") })).close();
    const newer = new Database(join(directory, "newer.db"));
    newer.pragma("user_version = 7");
    newer.close();
    const ours = createVfs(sqlite({ file: join(directory, "cut.db") }));
    await plant(ours);
    await ours.close();
    truncateSync(join(directory, "cut.db"), 30 * 4096 + 17);
    writeFileSync(
      join(directory, "text.db"),
      "just some text, longer than the header of a database\n".repeat(9),
    );
    writeFileSync(join(directory, "short.db"), "SQLite format 3\0 and no more");
    const expected: Record<string, [code: string, message: RegExp]> = {
      "foreign.db": ["EINVAL", /database of another program/],
      "log.db": ["EINVAL", /database of another program/],
      "crashed.db": ["EINVAL", /database of another program/],
      "newer.db": ["ENOTSUP", /has schema 7.*knows 3: update/],
      "cut.db": ["EIO", /damaged/],
      "text.db": ["EIO", /no SQLite database/],
      "short.db": ["EIO", /no SQLite database/],
    };
    for (const [name, [code, message]] of Object.entries(expected)) {
      const path = join(directory, name);
      const before = readFileSync(path);
      const refused = refusal(path);
      expect(refused.code, name).toBe(code);
      expect(refused.message).toMatch(message);
      expect(refused.message).not.toContain(directory);
      expect(readFileSync(path).equals(before), `${name} is unchanged`).toBe(true);
    }
    const left = readdirSync(directory).filter((name) => !name.startsWith("crashed.db-"));
    expect(left.sort()).toEqual(Object.keys(expected).sort());
    expect(statSync(join(directory, "crashed.db-wal")).size).toBeGreaterThan(0);
  });

  it("that cannot be one is refused", () => {
    const directory = testDirectory();
    mkdirSync(join(directory, "d"));
    expect(refusal(join(directory, "d")).code).toBe("EISDIR");
    expect(refusal(join(directory, "none", "a.db")).code).toBe("ENOENT");
    writeFileSync(join(directory, "f"), "");
    expect(refusal(join(directory, "f", "a.db")).code).toBe("ENOTDIR");
    expect(refusal(join(directory, "f", "d", "a.db")).code).toBe("ENOTDIR");
    symlinkSync(join(directory, "none"), join(directory, "link"));
    expect(refusal(join(directory, "link")).code).toBe("ENOENT");
    for (const file of ["", " a.db", "a.db ", "a.db/", "a\0.db"])
      expect(() => sqlite({ file })).toThrow(TypeError);
    expect(() => sqlite({ file: undefined as unknown as string })).toThrow(TypeError);
  });

  it("on a disk that cannot be written gives EROFS", () => {
    const directory = testDirectory();
    writeFileSync(join(directory, "a.db"), "");
    const access = vi.spyOn(fs, "accessSync").mockImplementation((path) => {
      const message = `EROFS: read-only file system, access '${String(path)}'`;
      throw Object.assign(new Error(message), { code: "EROFS", syscall: "access" });
    });
    syncBuiltinESMExports();
    onTestFinished(() => {
      access.mockRestore();
      syncBuiltinESMExports();
    });
    for (const name of ["a.db", "new.db"]) {
      const { code, message } = refusal(join(directory, name));
      expect([code, message.includes(directory)]).toEqual(["EROFS", false]);
    }
    expect(readdirSync(directory)).toEqual(["a.db"]);
  });

  it("is found through a link, and its log beside it", async () => {
    const directory = testDirectory();
    mkdirSync(join(directory, "d"));
    await createVfs(sqlite({ file: join(directory, "d", "a.db") })).close();
    symlinkSync(join("d", "a.db"), join(directory, "link.db"));
    const vfs = createVfs(sqlite({ file: join(directory, "link.db") }));
    await vfs.writeFile("/f", "x");
    expect(readdirSync(join(directory, "d"))).toContain("a.db-wal");
    await vfs.writeFile("/f", "y");
    await vfs.close();
    expect(readdirSync(directory)).toEqual(["d", "link.db"]);
  });

  it("that is damaged gives EIO, with the cause and without a path of the host", async () => {
    const directory = testDirectory();
    const file = join(directory, "a.db");
    const vfs = createVfs(sqlite({ file }));
    await plant(vfs);
    await vfs.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096);
    writeFileSync(file, bytes);
    let error: unknown;
    try {
      const again = createVfs(sqlite({ file }));
      await again.readdir("/");
    } catch (thrown) {
      error = thrown;
    }
    expect(isVfsError(error, "EIO")).toBe(true);
    expect((error as Error).message).not.toContain(directory);
    expect(((error as Error).cause as { code?: string }).code).toMatch(/^SQLITE_CORRUPT|^SQLITE_NOTADB/);
  });
});
