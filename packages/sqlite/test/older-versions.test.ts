import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createVfs, type Vfs } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { photograph } from "./photograph.ts";
import { snapshotsOf } from "./snapshots-of.ts";

/** What an older version made: unpacked, its path. */
function madeBy(version: number): string {
  const file = join(testDirectory(), "a.db");
  const packed = new URL(`version-${version}.db.gz`, import.meta.url);
  writeFileSync(file, gunzipSync(readFileSync(packed)));
  expect(peek(file, "PRAGMA user_version")).toEqual([version]);
  return file;
}

describe("sqlite › older versions", () => {
  it("a file that version 1 made › is opened, and can be kept from then on", async () => {
    const file = madeBy(1);
    const vfs = createVfs(sqlite({ file }));
    expect(await vfs.readFile("/link/e/second", "utf8")).toBe("made by version 1");
    expect(await vfs.readFile("/d/large")).toEqual(new Uint8Array(20_000).fill(1));
    const before = await photograph(vfs);
    const kept = await snapshotsOf(vfs);
    const { id, files, bytes } = await kept.take("as it was");
    expect([files, bytes]).toEqual([5, 20_017]);
    await vfs.appendFile("/d/small", "!");
    await vfs.rm("/d", { recursive: true });
    await using old = createVfs(await kept.open(id));
    expect(await photograph(old)).toEqual(before);
    await vfs.close();
    expect(audit(file)).toEqual([]);
    expect(peek(file, "PRAGMA user_version")).toEqual([3]);
  });

  it("a file that version 2 made › shows the snapshots that it has, and what changed since", async () => {
    const file = madeBy(2);
    const vfs = createVfs(sqlite({ file }));
    const kept = await snapshotsOf(vfs);
    const texts = async (of: Vfs, ...paths: string[]): Promise<string[]> =>
      Promise.all(paths.map((path) => of.readFile(path, "utf8")));
    const [first, second] = (await kept.all()).map(({ id }) => id) as [string, string];
    expect(await texts(vfs, "/once", "/twice")).toEqual(["third", "third"]);
    await vfs.writeFile("/twice", "fourth");
    await vfs.writeFile("/new", "fourth");
    const third = (await kept.take()).id;
    await vfs.rm("/twice");
    const names = ["/once", "/twice", "/d/gone"];
    for (const [id, expected] of [
      [first, ["first", "first", "first"]],
      [second, ["first", "second", "first"]],
    ] as const) {
      await using old = createVfs(await kept.open(id));
      expect(await texts(old, ...names)).toEqual(expected);
      expect((await old.readFile("/large"))[19_999]).toBe(id === first ? 1 : 2);
      expect(await old.readdir("/")).toEqual(["d", "large", "once", "twice"]);
    }
    await using latest = createVfs(await kept.open(third));
    expect(await texts(latest, "/once", "/twice", "/new")).toEqual(["third", "fourth", "fourth"]);
    const paths = async (from: string, to?: string): Promise<string[]> =>
      (await kept.changes(from, to)).map(({ path }) => path).sort();
    expect(await paths(first, second)).toEqual(["/large", "/twice"]);
    expect(await paths(second, third)).toEqual(["/d", "/d/gone", "/e", "/new", "/once", "/twice"]);
    expect(await paths(third)).toEqual(["/twice"]);
    await kept.drop(second);
    expect(await paths(first)).toEqual(["/d", "/d/gone", "/e", "/large", "/new", "/once", "/twice"]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });
});
