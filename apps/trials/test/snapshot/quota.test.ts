import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { quota } from "@vfs/security";
import { snapshots, type SnapshotsOptions } from "@vfs/snapshot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { STORES } from "./stores.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vfs-snapshot-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const KEPT: readonly (readonly [string, () => SnapshotsOptions])[] = [
  ["elsewhere", () => ({ store: memory() })],
  ["in the tree", () => ({})],
];

/** What there is, counted by hand. */
async function counted(vfs: Vfs): Promise<{ bytes: number; files: number }> {
  const found = await vfs.readdir("/", { recursive: true, withFileTypes: true, stat: true });
  // A file of several names is one file.
  const files = new Map(
    found.map(({ path, stat }) => [stat?.isFile() === true ? stat.ino || path : path, stat]),
  );
  const sizes = [...files.values()].map((stat) => (stat?.isFile() === true ? stat.size : 0));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: files.size };
}

describe.each(Object.entries(STORES))("a quota over %s", (_, make) => {
  it.each(KEPT)("counts right after restores and forks of snapshots kept %s", async (__, options) => {
    const limit = quota({ maxTotalBytes: 1_000_000, maxFiles: 200 });
    await using vfs = createVfs(make(join(folder, "tree")), { layers: [limit] });
    const states = snapshots(vfs, options());
    const agrees = async (): Promise<void> => {
      await limit.resync();
      expect(limit.usage()).toMatchObject(await counted(vfs));
    };
    await vfs.mkdir("/d");
    await vfs.writeFile("/d/small", "small");
    await states.create("small");
    await vfs.writeFile("/d/large", new Uint8Array(600_000));
    await states.create("large");
    await agrees();
    await states.restore("small");
    await agrees();
    await states.restore("large");
    await agrees();
    const fork = await states.fork("small");
    await fork.writeFile("/d/huge", new Uint8Array(2_000_000));
    await agrees();
    await fork.close();
    await vfs.rm("/d/large");
    await vfs.writeFile("/other", new Uint8Array(700_000));
    const before = await counted(vfs);
    // What was there when the snapshot was made has no room beside what is there now, before that goes.
    await states.restore("large");
    await agrees();
    expect((await counted(vfs)).bytes).not.toBe(before.bytes);
    expect((await vfs.stat("/d/large")).size).toBe(600_000);
    expect(await vfs.exists("/other")).toBe(false);
  });

  it.each(KEPT)(
    "refuses a restore that would pass it, which can then be taken back: kept %s",
    async (__, options) => {
      const store = make(join(folder, "tree"));
      const free = createVfs(store, { keepOpen: true });
      const kept = options();
      const whole = snapshots(free, kept);
      await free.writeFile("/large", new Uint8Array(600_000));
      await whole.create("large");
      await free.writeFile("/large", "small");
      await free.writeFile("/note", "here");
      await using vfs = createVfs(store, { layers: [quota({ maxTotalBytes: 500_000 })] });
      const states = snapshots(vfs, kept);
      await expect(states.restore("large")).rejects.toMatchObject({ code: "EDQUOT", reason: "quota" });
      await states.recover("rollback");
      expect([await vfs.readFile("/large", "utf8"), await vfs.readFile("/note", "utf8")]).toEqual([
        "small",
        "here",
      ]);
    },
  );
});
