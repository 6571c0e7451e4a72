import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createVfs,
  type Context,
  type Provider,
  type ProviderSnapshots,
  type StoreSnapshot,
  type StoreSnapshots,
  type Vfs,
  type VPath,
} from "@vfs/core";
import Database from "better-sqlite3";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { testDirectory } from "./directory.ts";
import { fill } from "./fill.ts";

const GIB = 2 ** 30;
const ENTRIES = 200_000;

/** Counts what is asked of the database while an action runs. */
async function statements(action: () => Promise<unknown>): Promise<number> {
  const database = new Database(":memory:");
  const prototype = Object.getPrototypeOf(database.prepare("SELECT 1")) as Database.Statement;
  database.close();
  const spies = (["run", "get", "all"] as const).map((name) => vi.spyOn(prototype, name));
  try {
    await action();
    return spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Changes that come close together, however slow the machine is. */
function stopClock(): void {
  vi.spyOn(Date, "now").mockReturnValue(Date.now());
}

/** What a store of `count` files more asks of its database, for each of some calls. */
async function costs(count: number): Promise<Record<string, number>> {
  stopClock();
  const file = join(testDirectory(), "a.db");
  const made = createVfs(sqlite({ file }));
  await made.mkdir("/many");
  await made.mkdir("/folder/in/it", { recursive: true });
  await made.writeFile("/folder/in/it/file", "content");
  await made.close();
  fill(file, "many", count);
  await using vfs = createVfs(sqlite({ file }));
  const calls: Record<string, () => Promise<unknown>> = {
    "stat the first time": () => vfs.stat("/folder/in/it/file"),
    stat: () => vfs.stat("/folder/in/it/file"),
    readFile: () => vfs.readFile("/folder/in/it/file"),
    "writeFile, new": () => vfs.writeFile("/many/new", "content"),
    writeFile: () => vfs.writeFile("/many/new", "other content"),
    appendFile: () => vfs.appendFile("/many/new", "more"),
    "rename of a file": () => vfs.rename("/many/new", "/many/newer"),
    "rename of a folder": () => vfs.rename("/many", "/more"),
    unlink: () => vfs.unlink("/more/newer"),
    mkdir: () => vfs.mkdir("/more/folder"),
    copyFile: () => vfs.copyFile("/folder/in/it/file", "/more/copy"),
    usage: () => vfs.usage("/"),
    "the snapshots": async () => void (kept = await vfs.storeSnapshots()),
    "taking one": async () => void (id = (await kept?.take())?.id ?? ""),
    "the first change of a file": () => vfs.writeFile("/more/first", "changed"),
    "the next one": () => vfs.writeFile("/more/first", "changed again"),
    "the next name": () => vfs.writeFile("/more/next", "x"),
    "the next name after it": () => vfs.writeFile("/more/after", "x"),
    "what has changed": () => kept?.changes(id) ?? Promise.reject(),
    "what is retained": () => kept?.retainedBytes() ?? Promise.reject(),
    "opening it": async () => void (old = createVfs((await kept?.open(id)) as Provider)),
    "stat in it the first time": () => old.stat("/more/first"),
    "stat in it": () => old.stat("/more/first"),
    "reading in it": () => old.readFile("/more/first"),
    "dropping it": () => kept?.drop(id) ?? Promise.reject(),
    opening: async () => createVfs(sqlite({ file })).close(),
  };
  let kept: StoreSnapshots | undefined;
  let id = "";
  let old = vfs;
  // Where the directory lies, and whose it is, is known from here on.
  await vfs.writeFile("/many/first", "x");
  const found: Record<string, number> = {};
  for (const [name, call] of Object.entries(calls)) found[name] = await statements(call);
  return found;
}

const SYNC = { sync: true, root: "/", readOnly: false, umask: 0, resolved: false } as Context;

/** Does everything for which a store with snapshots has statements. */
function useSnapshots(store: Provider): void {
  const kept = store.snapshots?.(SYNC) as ProviderSnapshots;
  const [file, other] = ["/f", "/g"] as [VPath, VPath];
  void store.write?.(file, new Uint8Array(9000), {}, SYNC);
  void store.link?.(file, other, SYNC);
  const one = kept.take("", SYNC) as StoreSnapshot;
  void store.append?.(file, new Uint8Array(9000), {}, SYNC);
  const two = kept.take("", SYNC) as StoreSnapshot;
  expect(kept.changes(one.id, undefined, SYNC)).toHaveLength(2);
  expect(kept.changes(one.id, two.id, SYNC)).toHaveLength(2);
  const old = kept.open(one.id, SYNC) as Provider;
  for (const stat of [true, false]) {
    void old.list("/" as VPath, { stat, recursive: true }, SYNC);
    void old.find?.("/" as VPath, { stat, name: "g*" }, SYNC);
  }
  void old.scan?.("/" as VPath, { wholeBytes: 10, pageBytes: 10 }, SYNC);
  void kept.retainedBytes(SYNC);
  void kept.drop([one.id, two.id], SYNC);
}

describe("sqlite › scale", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("calls › ask as much of a store of 50,000 files as of one of 10", async () => {
    const small = await costs(10);
    expect(await costs(50_000)).toEqual(small);
    expect(small).toMatchObject({ stat: 1, readFile: 1 });
    // Begin, counters, what is there, inode, name, times of the directory, counters, commit.
    expect(small["writeFile, new"]).toBeLessThanOrEqual(8);
    expect(small["appendFile"]).toBeLessThanOrEqual(6);
    expect(small["rename of a folder"]).toBeLessThanOrEqual(12);
    // Begin, usage, what it is, counters, commit.
    expect(small["taking one"]).toBeLessThanOrEqual(6);
    // What was there is copied and is another from then on, and where that was is noted.
    expect(small["the first change of a file"]).toBeLessThanOrEqual((small["writeFile"] ?? 0) + 3);
    expect(small["the next one"]).toBe(small["writeFile"]);
    expect(small["the next name after it"]).toBeLessThanOrEqual((small["writeFile, new"] ?? 0) + 1);
  });

  it("statements › find by index what they look for", () => {
    const file = join(testDirectory(), "a.db");
    const prepare = vi.spyOn(Database.prototype, "prepare");
    const store = sqlite({ file });
    useSnapshots(store);
    const texts = new Set(prepare.mock.calls.map(([sql]) => sql));
    prepare.mockRestore();
    void store.close?.();
    const database = new Database(file);
    // After somebody was killed everything is counted, once.
    const counting = [...texts].filter((sql) => sql.includes("sum(size)"));
    expect(counting.length).toBe(2);
    // A file with several names was changed, which no index tells: all names are gone through.
    const naming = [...texts].filter((sql) => sql.startsWith("SELECT ino, parent, name FROM"));
    expect(naming.length).toBe(2);
    for (const sql of naming) texts.delete(sql);
    // What a store has no index for is asked by who has it open without a name, and only of what is now.
    const byNumber = [...texts].filter((sql) => /^SELECT parent, name FROM.* ino = \?/s.test(sql));
    for (const sql of byNumber) texts.delete(sql);
    for (const sql of counting) texts.delete(sql);
    const plans = [...texts].flatMap((sql) => {
      const query = database.prepare(`EXPLAIN QUERY PLAN ${sql}`);
      const unknown = Array.from({ length: sql.split("?").length - 1 }, () => 1);
      return (query.all(...unknown) as { detail: string }[]).map(({ detail }) => detail);
    });
    database.close();
    expect(texts.size).toBeGreaterThan(90);
    // Sessions are few, and so is what they hold, and so are snapshots; of changes so many are kept, and they are cleared
    // by thousands; what is retained is counted of all that snapshots keep (the past, what of it is gone, and used once).
    const few =
      / (session|held|uncounted|change|CONSTANT|snapshot|dropped|past|gone|used|\(subquery-\d+\))( |$)/;
    expect(plans.filter((plan) => plan.startsWith("SCAN") && !few.test(plan))).toEqual([]);
  });

  describe("a directory of 200,000 entries", () => {
    let vfs: Vfs;

    beforeAll(async () => {
      const directory = mkdtempSync(join(tmpdir(), "vfs-sqlite-"));
      const file = join(directory, "a.db");
      const made = createVfs(sqlite({ file }));
      await made.mkdir("/many");
      await made.close();
      fill(file, "many", ENTRIES);
      vfs = createVfs(sqlite({ file }));
      return async () => {
        await vfs.close();
        rmSync(directory, { recursive: true });
      };
    });

    it("readdir › tells all, by 10,000 a page", async () => {
      let names: string[] = [];
      const asked = await statements(async () => {
        names = await vfs.readdir("/many");
      });
      expect(new Set(names).size).toBe(ENTRIES);
      // Begin, shape, inode, where the page ends, names, end.
      expect(asked).toBeLessThanOrEqual((ENTRIES / 10_000 + 1) * 6);
    });

    it("opendir › tells all, a page at a time", async () => {
      let count = 0;
      for await (const entry of vfs.opendir("/many")) count += Number(entry.isFile());
      expect(count).toBe(ENTRIES);
    });

    it("find › walks it in pages", async () => {
      let count = 0;
      const asked = await statements(async () => {
        for await (const { name } of vfs.find("/")) count += name.length > 0 ? 1 : 0;
      });
      expect(count).toBe(ENTRIES + 1);
      expect(asked).toBeLessThanOrEqual(10 + (ENTRIES / 1000) * 4);
    });

    it("one entry › is made, told of and removed by as much as in an empty one", async () => {
      stopClock();
      await vfs.mkdir("/few");
      const around = async (folder: string): Promise<number[]> => [
        await statements(() => vfs.writeFile(`${folder}/one`, "content")),
        await statements(() => vfs.stat(`${folder}/one`)),
        await statements(() => vfs.unlink(`${folder}/one`)),
      ];
      await around("/few");
      await around("/many");
      expect(await around("/many")).toEqual(await around("/few"));
    });
  });

  it("a file of 10 GiB with holes › takes the room of what was written, and gives zeros between", async () => {
    const file = join(testDirectory(), "a.db");
    await using vfs = createVfs(sqlite({ file }));
    const written = new Uint8Array(10_000).fill(7);
    await using handle = await vfs.open("/sparse", "w+");
    await handle.write(written, 0, written.length, 5 * GIB - 3000);
    await handle.truncate(10 * GIB);
    await handle.write(written, 0, 100, 10 * GIB - 100);
    expect((await vfs.stat("/sparse")).size).toBe(10 * GIB);
    expect((await vfs.usage("/")).bytes).toBe(10 * GIB);
    const around = await vfs.readFile("/sparse", { start: 5 * GIB - 5000, end: 5 * GIB + 9000 });
    const expected = new Uint8Array(14_000);
    expected.set(written, 2000);
    expect(Buffer.compare(around, expected)).toBe(0);
    const end = new Uint8Array(200).fill(7, 100);
    expect(await vfs.readFile("/sparse", { start: 10 * GIB - 200 })).toEqual(end);
    expect((await vfs.readFile("/sparse", { start: GIB, end: GIB + (1 << 20) })).some(Boolean)).toBe(false);
    await vfs.cp("/sparse", "/copy");
    await vfs.truncate("/sparse", 3 * GIB);
    expect(
      Buffer.compare(await vfs.readFile("/copy", { start: 5 * GIB - 5000, end: 5 * GIB + 9000 }), expected),
    ).toBe(0);
    await vfs.flush();
    expect(statSync(file).size + statSync(`${file}-wal`).size).toBeLessThan(2 << 20);
  });
});
