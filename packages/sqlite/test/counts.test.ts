import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { createVfs, type Vfs } from "@vfs/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { Child } from "./run-child.ts";
import { snapshotsOf } from "./snapshots-of.ts";

const KIB = new Uint8Array(1024).fill(7);
const FRAME_BYTES = 4096 + 24;
const HEADER_BYTES = 32;

/** How many pages were written to the log of a database, which has not been begun anew. */
function pages(file: string): number {
  const log = `${file}-wal`;
  return existsSync(log) ? Math.max(0, (statSync(log).size - HEADER_BYTES) / FRAME_BYTES) : 0;
}

/** How many pages each of some calls writes, one after the other: the number in the middle. */
async function pagesEach(
  file: string,
  calls: number,
  call: (i: number) => Promise<unknown>,
): Promise<number> {
  const counts: number[] = [];
  for (let i = 0; i < calls; i++) {
    const before = pages(file);
    await call(i);
    counts.push(pages(file) - before);
  }
  return counts.sort((a, b) => a - b)[calls >> 1] ?? NaN;
}

const owing = (file: string): number => peek(file, "SELECT store FROM uncounted").length;

/** Changes that come close together, however slow the machine is. */
function stopClock(): void {
  vi.spyOn(Date, "now").mockReturnValue(Date.now());
}

async function writeMany(vfs: Vfs, folder: string, count: number): Promise<void> {
  await vfs.mkdir(folder);
  for (let i = 0; i < count; i++) await vfs.writeFile(`${folder}/${i}`, KIB);
}

describe("sqlite › counts", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("a commit › changes the pages of what it changes, and no page of counters", async () => {
    stopClock();
    const file = join(testDirectory(), "a.db");
    await using vfs = createVfs(sqlite({ file }));
    await vfs.mkdir("/folder");
    await vfs.writeFile("/log", KIB);
    // The names with the times of their directory, and the inode.
    expect(await pagesEach(file, 30, (i) => vfs.writeFile(`/folder/${i}`, KIB))).toBe(2);
    expect(await pagesEach(file, 5, () => vfs.writeFile("/folder/1", KIB))).toBe(1);
    // A row of up to 8 KiB: one page, and those of its end.
    expect(await pagesEach(file, 30, () => vfs.appendFile("/log", KIB))).toBeLessThanOrEqual(3);
    const moves = (i: number): Promise<void> =>
      i % 2 === 0 ? vfs.rename("/folder", "/moved") : vfs.rename("/moved", "/folder");
    expect(await pagesEach(file, 20, moves)).toBe(1);
  });

  it("the first change of a file after a snapshot › costs the page of what is kept, and no others", async () => {
    stopClock();
    const file = join(testDirectory(), "a.db");
    await using vfs = createVfs(sqlite({ file }));
    await writeMany(vfs, "/folder", 60);
    const kept = await snapshotsOf(vfs);
    const write = (i: number): Promise<void> => vfs.writeFile(`/folder/${i}`, KIB);
    await kept.take();
    await write(59);
    // Each third one needs a new page, and then the first one of the database too.
    expect(await pagesEach(file, 20, write)).toBe(2);
    expect(await pagesEach(file, 20, (i) => vfs.chmod(`/folder/${20 + i}`, 0o600))).toBe(2);
    expect(await pagesEach(file, 20, write)).toBe(1);
    // What an older one has too is found by one row more.
    await kept.take();
    await write(0);
    expect(await pagesEach(file, 10, (i) => write(1 + i))).toBe(3);
  });

  it("usage › is right for everybody, whoever has not written down yet what it counted", async () => {
    stopClock();
    const file = join(testDirectory(), "a.db");
    await using one = createVfs(sqlite({ file }));
    await using two = createVfs(sqlite({ file }));
    await writeMany(one, "/one", 20);
    expect(owing(file)).toBe(1);
    const first = { bytes: 20 * 1024, files: 21 };
    expect(await one.usage("/")).toMatchObject(first);
    expect(two.sync.usage("/")).toMatchObject(first);
    // That counted for all.
    expect(owing(file)).toBe(0);
    expect(await one.usage("/")).toMatchObject(first);
    await writeMany(two, "/two", 10);
    await writeMany(one, "/three", 10);
    await one.unlink("/two/1");
    const second = { bytes: 39 * 1024, files: 42 };
    expect(await two.usage("/")).toMatchObject(second);
    expect(await one.usage("/")).toMatchObject(second);
    // Two who take turns write down what they count.
    expect(owing(file)).toBe(0);
  });

  it("close › writes down what was counted", async () => {
    stopClock();
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await writeMany(vfs, "/many", 20);
    expect(owing(file)).toBe(1);
    await vfs.close();
    expect(peek(file, "SELECT bytes FROM branch UNION ALL SELECT files FROM branch")).toEqual([20_480, 21]);
    expect(audit(file)).toEqual([]);
  });

  it("a store at rest › has written down what it counted", async () => {
    const file = join(testDirectory(), "a.db");
    await using vfs = createVfs(sqlite({ file }));
    await writeMany(vfs, "/many", 20);
    await expect.poll(() => owing(file), { timeout: 10_000 }).toBe(0);
    expect(peek(file, "SELECT files FROM branch")).toEqual([21]);
  });

  it("a killed process › leaves a count that the next one makes anew, once", async () => {
    const file = join(testDirectory(), "a.db");
    const child = new Child("load", file, "r", "7");
    for (let i = 0; i < 30; i++) await child.next();
    await child.kill();
    await using vfs = createVfs(sqlite({ file }));
    const [bytes, files] = peek(
      file,
      `SELECT sum(size) FROM inode WHERE type = 0
       UNION ALL SELECT count(*) FROM inode WHERE nlink > 0 AND id > 1`,
    );
    expect(await vfs.usage("/")).toMatchObject({ bytes, files });
    expect(owing(file)).toBe(0);
    expect(peek(file, "SELECT counted FROM branch")).toEqual([1]);
    await vfs.writeFile("/more", KIB);
    expect(await vfs.usage("/")).toMatchObject({ bytes: Number(bytes) + 1024, files: Number(files) + 1 });
  });

  it("numbers › are not used twice by two who write in turns, nor are etags", async () => {
    const file = join(testDirectory(), "a.db");
    await using one = createVfs(sqlite({ file }));
    await using two = createVfs(sqlite({ file }));
    const seen = new Set<string>();
    let last = 0;
    for (let i = 0; i < 40; i++) {
      const vfs = i % 3 === 0 ? one : two;
      await vfs.writeFile(`/f${i % 7}`, `${i}`);
      const { etag = "" } = await vfs.stat(`/f${i % 7}`);
      expect(Number(etag.split("-")[1])).toBeGreaterThan(last);
      last = Number(etag.split("-")[1]);
      seen.add(etag);
    }
    expect(seen.size).toBe(40);
    expect(new Set(peek(file, "SELECT id FROM inode")).size).toBe(8);
  });
});
