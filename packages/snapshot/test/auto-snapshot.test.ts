import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import {
  autoSnapshot,
  snapshots,
  type AutoSnapshotOptions,
  type Snapshots,
  type SnapshotsOptions,
} from "../src/index.ts";
import { noise, stored } from "./noise.ts";

function guarded(options: AutoSnapshotOptions, more: SnapshotsOptions = {}): { vfs: Vfs; states: Snapshots } {
  const auto = autoSnapshot(options);
  const vfs = createVfs(memory(), { layers: [auto] });
  const states = snapshots(vfs, more);
  auto.keepIn(states);
  return { vfs, states };
}

describe("autoSnapshot", () => {
  it("keeps the tree before something is lost, and not before something is only made", async () => {
    const { vfs, states } = guarded({ gapMs: 0 });
    await vfs.mkdir("/d/e", { recursive: true });
    await vfs.writeFile("/d/a", "a");
    await vfs.symlink("a", "/d/l");
    await vfs.appendFile("/d/a", "+");
    expect(await states.list({ auto: true })).toEqual([]);
    await vfs.writeFile("/d/a", "another");
    await vfs.truncate("/d/a", 2);
    await vfs.rename("/d/a", "/d/b");
    await vfs.copyFile("/d/b", "/d/c");
    await vfs.rm("/d", { recursive: true });
    const points = await states.list({ auto: true });
    expect(points.map(({ description }) => description)).toEqual([
      "before remove /d",
      "before rename /d/a",
      "before truncate /d/a",
      "before write /d/a",
    ]);
    expect(await states.list()).toEqual([]);
    for (const content of [undefined, "an", "another", "a+"]) {
      await states.undo();
      const seen = (await vfs.exists("/d/a")) ? await vfs.readFile("/d/a", "utf8") : undefined;
      expect(seen).toBe(content);
    }
    expect(await states.undo()).toBeUndefined();
    await states.redo();
    expect(await vfs.readFile("/d/a", "utf8")).toBe("another");
  });

  it("takes what comes soon after each other for one change, and counts calls when told", async () => {
    const { vfs, states } = guarded({ gapMs: 60_000 });
    for (let at = 0; at < 6; at++) await vfs.writeFile(`/f${at}`, "x");
    for (let at = 0; at < 6; at++) await vfs.rm(`/f${at}`);
    expect((await states.list({ auto: true })).length).toBe(1);
    await states.undo();
    expect((await vfs.readdir("/")).length).toBe(7);
    const counting = guarded({ before: [], every: 3, gapMs: 0 });
    for (let at = 0; at < 7; at++) await counting.vfs.writeFile(`/f${at}`, "x");
    expect((await counting.states.list({ auto: true })).map(({ files }) => files)).toEqual([5, 2]);
  });

  it("keeps so many, gives the room of the others back, and makes room where there is none", async () => {
    const store = memory();
    const { vfs, states } = guarded({ gapMs: 0, keep: 4 }, { store, snapshotBytes: 150_000 });
    await states.create("named");
    for (let at = 0; at < 30; at++) await vfs.writeFile("/noise", noise(20_000, at));
    const points = await states.list({ auto: true });
    expect(points.length).toBeLessThanOrEqual(4 + 2 + 1);
    expect(points.at(-1)?.name).toBe("named");
    expect(await stored(store)).toBeLessThanOrEqual(150_000);
    const tight = guarded({ gapMs: 0, keep: 100 }, { store: memory(), snapshotBytes: 100_000 });
    for (let at = 0; at < 30; at++) await tight.vfs.writeFile("/noise", noise(20_000, at));
    await tight.states.undo();
    expect(await tight.vfs.readFile("/noise")).toEqual(noise(20_000, 28));
  });

  it("refuses what cannot wait, rather than letting it go by", async () => {
    const { vfs } = guarded({ gapMs: 0 });
    vfs.sync.mkdir("/d");
    await vfs.writeFile("/f", "x");
    expect(() => vfs.sync.unlink("/f")).toThrow("ENOTSUP");
    expect(await vfs.readFile("/f", "utf8")).toBe("x");
    expect(() => autoSnapshot({ keep: 0 })).toThrow(RangeError);
  });

  it("does not destroy what could not be kept", async () => {
    const { vfs } = guarded({ gapMs: 0 }, { store: memory(), snapshotBytes: 1000 });
    await vfs.writeFile("/noise", noise(20_000));
    await expect(vfs.rm("/noise")).rejects.toMatchObject({ code: "EDQUOT" });
    expect(await vfs.exists("/noise")).toBe(true);
  });
});
