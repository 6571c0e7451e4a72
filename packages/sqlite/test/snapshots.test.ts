import { join } from "node:path";
import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek, vacuum } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { photograph } from "./photograph.ts";
import { randomBytes } from "./random.ts";
import { snapshotsOf } from "./snapshots-of.ts";

async function writeMany(vfs: Vfs, text: string, count = 2500): Promise<void> {
  await vfs.mkdir("/many", { recursive: true });
  await Promise.all(Array.from({ length: count }, (_, i) => vfs.writeFile(`/many/${i}`, text)));
}

const past = (file: string): unknown =>
  peek(file, "SELECT (SELECT count(*) FROM inode_past) + (SELECT count(*) FROM dentry_past)")[0];

describe("sqlite › snapshots", () => {
  it("are there when the file is opened again, and after a VACUUM", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.mkdir("/d");
    await vfs.writeFile("/d/f", "before", { meta: { of: "then" } });
    await vfs.writeFile("/large", randomBytes(700_000, 1));
    const kept = await snapshotsOf(vfs);
    const shows = await photograph(vfs);
    const taken = await kept.take("one");
    await vfs.writeFile("/d/f", "after");
    await vfs.truncate("/large", 300_000);
    await vfs.rename("/d", "/moved");
    await vfs.close();
    vacuum(file);
    expect(audit(file)).toEqual([]);
    const again = createVfs(sqlite({ file }));
    const keptAgain = await snapshotsOf(again);
    expect(await keptAgain.all()).toEqual([taken]);
    await using old = createVfs(await keptAgain.open(taken.id));
    expect(await photograph(old)).toEqual(shows);
    expect(await keptAgain.retainedBytes()).toBeGreaterThan(300_000);
    expect(await keptAgain.changes(taken.id)).toEqual(
      expect.arrayContaining([
        { path: "/d", tree: true },
        { path: "/moved", tree: true },
        { path: "/large", tree: false },
      ]),
    );
    await keptAgain.drop(taken.id);
    await again.close();
    expect(audit(file)).toEqual([]);
    expect(past(file)).toBe(0);
  });

  it("of a large file › keep the blocks that are changed, and no others", async () => {
    const file = join(testDirectory(), "a.db");
    await using vfs = createVfs(sqlite({ file }));
    const kept = await snapshotsOf(vfs);
    const blocks = (): number => peek(file, "SELECT count(*) FROM block")[0] as number;
    await vfs.writeFile("/large", randomBytes(8 << 20, 1));
    const whole = blocks();
    await kept.take();
    const handle = await vfs.open("/large", "r+");
    await handle.write(new Uint8Array(10), 0, 10, 5 << 20);
    // A chunk has 32 blocks.
    expect(blocks()).toBe(whole + 32);
    expect(await kept.retainedBytes()).toBe(32 * 8192);
    for (let i = 0; i < 5; i++) await handle.write(new Uint8Array(10), 0, 10, (5 << 20) + i * 8192);
    expect(blocks()).toBe(whole + 32);
    await handle.close();
    await vfs.copyFile("/large", "/copy");
    await vfs.unlink("/large");
    // The copy has all that the file had at last, the snapshot one chunk that it has not.
    expect(await kept.retainedBytes()).toBe(32 * 8192);
    await vfs.unlink("/copy");
    expect(await kept.retainedBytes()).toBe(8 << 20);
    expect(blocks()).toBe(whole);
  });

  it("drop › leaves a content that other versions of the file have too, until the last goes", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    const kept = await snapshotsOf(vfs);
    const content = randomBytes(300_000, 1);
    await vfs.writeFile("/large", content);
    const ids: string[] = [];
    for (const mode of [0o600, 0o640, 0o644]) {
      await vfs.chmod("/large", mode);
      ids.push((await kept.take()).id);
    }
    await vfs.unlink("/large");
    for (const id of [ids[1], ids[0], ids[2]] as string[]) {
      expect(await kept.retainedBytes()).toBe(300_000);
      for (const { id: other } of await kept.all()) {
        await using old = createVfs(await kept.open(other));
        expect(Buffer.compare(await old.readFile("/large"), content)).toBe(0);
      }
      await kept.drop(id);
    }
    expect(await kept.retainedBytes()).toBe(0);
    await vfs.close();
    expect(audit(file)).toEqual([]);
    expect(peek(file, "SELECT count(*) FROM block")).toEqual([0]);
  });

  it("drop › gives back much a part at a time, and others write in between", async () => {
    const file = join(testDirectory(), "a.db");
    await using vfs = createVfs(sqlite({ file }));
    const kept = await snapshotsOf(vfs);
    await writeMany(vfs, "one");
    const { id } = await kept.take();
    await writeMany(vfs, "two");
    const dropping = kept.drop(id);
    const left: unknown[] = [];
    const state = { done: false };
    void dropping.then(() => (state.done = true));
    while (!state.done) {
      await vfs.writeFile("/between", `${left.length}`);
      left.push(peek(file, "SELECT count(*) FROM inode_past")[0]);
    }
    await dropping;
    expect(left.some((count) => Number(count) > 0 && Number(count) < 2500)).toBe(true);
    expect(past(file)).toBe(0);
    await expect(kept.open(id)).rejects.toThrow(/ENOENT/);
  });

  it("drop › that was given up half way is gone on with by who opens the file, or drops next", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    const provider = sqlite({ file });
    const kept = await snapshotsOf(vfs);
    await writeMany(vfs, "one");
    const one = await kept.take("one");
    await writeMany(vfs, "two");
    const two = await kept.take("two");
    await writeMany(vfs, "three");
    const given = async (id: string): Promise<void> => {
      const stop = new AbortController();
      const context = { sync: false, signal: stop.signal, root: "/", readOnly: false, umask: 0 };
      const dropping = (await provider.snapshots?.(context as never))?.drop([id], context as never);
      // After its first part, which is done at the end of this turn.
      setImmediate(() => stop.abort());
      await expect(dropping).rejects.toThrow(/abort/i);
      expect(peek(file, "SELECT count(*) FROM dropped")).toEqual([1]);
    };
    await given(one.id);
    expect((await kept.all()).map(({ label }) => label)).toEqual(["two"]);
    await using old = createVfs(await kept.open(two.id));
    expect(await old.readFile("/many/2000", "utf8")).toBe("two");
    await createVfs(sqlite({ file })).close();
    await given(two.id).catch(() => undefined);
    await kept.drop("none such");
    expect(past(file)).toBe(0);
    await provider.close?.();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("drop › leaves to the older one what was changed since, also of a file that was only read before", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "before");
    const kept = await snapshotsOf(vfs);
    const one = await kept.take("one");
    await vfs.readFile("/f");
    // It writes down when the file was read, which is no change to tell of.
    const two = await kept.take("two");
    expect(await kept.changes(one.id, two.id)).toEqual([]);
    await vfs.writeFile("/f", "after");
    await kept.drop(two.id);
    expect(await kept.changes(one.id)).toEqual([{ path: "/f", tree: false }]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a change that is refused › fails alone, also of a file that a snapshot has", async () => {
    await using vfs = createVfs(sqlite({ file: ":memory:" }));
    await vfs.writeFile("/f", "root's", { mode: 0o644 });
    const kept = await snapshotsOf(vfs);
    const { id } = await kept.take();
    const ada = vfs.view({ identity: { uid: 1000, gid: 1000, groups: [] } });
    const handle = await ada.open("/f", "r");
    const refused = [
      ada.chmod("/f", 0o777),
      ada.writeFile("/f", "x"),
      ada.appendFile("/f", "x"),
      ada.truncate("/f", 1),
      handle.chmod(0o777),
    ];
    const results = await Promise.allSettled([...refused, vfs.writeFile("/g", "root's too")]);
    expect(results.map(({ status }) => status)).toEqual([...refused.map(() => "rejected"), "fulfilled"]);
    expect(await kept.changes(id)).toEqual([{ path: "/g", tree: false }]);
    await handle.close();
  });

  it("take › stands between what was called before and after it, also in one transaction", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.mkdir("/d");
    const kept = await snapshotsOf(vfs);
    const calls = [
      vfs.writeFile("/d/before", "1"),
      kept.take("first"),
      vfs.writeFile("/d/before", "2"),
      vfs.unlink("/d/before"),
      vfs.writeFile("/d/after", "3"),
      kept.take("second"),
      vfs.rm("/d", { recursive: true }),
    ];
    await Promise.all(calls);
    const [first, second] = await kept.all();
    await using one = createVfs(await kept.open(first?.id ?? ""));
    await using two = createVfs(await kept.open(second?.id ?? ""));
    expect(await one.readdir("/d")).toEqual(["before"]);
    expect(await one.readFile("/d/before", "utf8")).toBe("1");
    expect(await two.readdir("/d")).toEqual(["after"]);
    expect(await vfs.readdir("/")).toEqual([]);
    expect([first?.files, second?.files]).toEqual([2, 2]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a transaction that is undone › keeps nothing, and what comes later is kept again", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "before");
    const kept = await snapshotsOf(vfs);
    const { id } = await kept.take();
    const block = new Database(file);
    block.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON dentry WHEN NEW.name = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    const results = await Promise.allSettled([vfs.writeFile("/f", "lost"), vfs.writeFile("/bad", "x")]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    block.exec("DROP TRIGGER refuse");
    block.close();
    expect(await kept.changes(id)).toEqual([]);
    await vfs.writeFile("/f", "after");
    await using old = createVfs(await kept.open(id));
    expect(await old.readFile("/f", "utf8")).toBe("before");
    expect(await kept.changes(id)).toEqual([{ path: "/f", tree: false }]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("are each user's to look at with the rights that there were", async () => {
    const vfs = createVfs(sqlite({ file: ":memory:" }));
    await vfs.writeFile("/secret", "mine", { mode: 0o600 });
    await vfs.writeFile("/open", "all", { mode: 0o644 });
    const kept = await snapshotsOf(vfs);
    const { id } = await kept.take();
    await vfs.chmod("/secret", 0o644);
    await using old = createVfs(await kept.open(id));
    const ada = old.view({ identity: { uid: 1000, gid: 1000, groups: [] } });
    expect(await ada.readFile("/open", "utf8")).toBe("all");
    const refused = await ada.readFile("/secret").catch((error: unknown) => error);
    expect(isVfsError(refused, "EACCES")).toBe(true);
    await vfs.close();
  });

  it("times of access › are those that the store showed, and a later read changes nothing in them", async () => {
    const vfs = createVfs(sqlite({ file: ":memory:" }));
    await vfs.writeFile("/f", "text");
    const kept = await snapshotsOf(vfs);
    const unread = await vfs.stat("/f");
    const one = await kept.take();
    await vfs.readFile("/f");
    const read = await vfs.stat("/f");
    expect(read.atimeMs).toBeGreaterThan(unread.atimeMs);
    const two = await kept.take();
    await vfs.writeFile("/f", "other");
    await vfs.readFile("/f");
    const times: number[] = [];
    for (const { id } of [one, two]) {
      await using old = createVfs(await kept.open(id));
      await old.readFile("/f");
      times.push((await old.stat("/f")).atimeMs);
    }
    expect(times).toEqual([unread.atimeMs, read.atimeMs]);
    await vfs.close();
  });
});
