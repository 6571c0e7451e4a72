import { createVfs, isVfsError, type WatchEvent } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { memory } from "../src/index.ts";

const text = ({ kind, filename, oldName }: WatchEvent): string =>
  `${kind} ${oldName === undefined ? "" : `${oldName} -> `}${filename}`;

/** What waits in a watch, which ends with that. */
async function waiting(
  vfs: ReturnType<typeof createVfs>,
  watcher: AsyncIterable<WatchEvent>,
): Promise<string[]> {
  await vfs.close();
  const events: string[] = [];
  for await (const event of watcher) events.push(text(event));
  return events;
}

describe("watch", () => {
  it("has begun when it returns", async () => {
    const vfs = createVfs(memory());
    const watcher = vfs.watch("/");
    vfs.sync.writeFile("/f", "x");
    vfs.sync.writeFile("/f", "y");
    vfs.sync.writeFile("/f", "z");
    expect(await waiting(vfs, watcher)).toEqual(["created f", "changed f"]);
  });

  it("tells each thing once, in order, and of a copy's source nothing", async () => {
    const vfs = createVfs(memory());
    const { sync } = vfs;
    sync.mkdir("/d/e", { recursive: true });
    sync.writeFile("/d/e/f", "x");
    const watcher = vfs.watch("/", { recursive: true });
    sync.cp("/d", "/c", { recursive: true });
    sync.copyFile("/d/e/f", "/g");
    sync.copyFile("/d/e/f", "/g");
    sync.link("/g", "/h");
    sync.symlink("/g", "/s");
    sync.rename("/g", "/h");
    sync.rename("/c", "/m");
    sync.rename("/s", "/h");
    sync.rm("/m", { recursive: true });
    sync.utimes("/h", 1, 1);
    sync.truncate("/h", 0);
    expect(await waiting(vfs, watcher)).toEqual([
      "created c",
      "created c/e",
      "created c/e/f",
      "created g",
      "changed g",
      "created h",
      "created s",
      "renamed c -> m",
      "renamed s -> h",
      "removed m/e/f",
      "removed m/e",
      "removed m",
      "changed g",
    ]);
  });

  it("follows the name of an open file, and hears nothing of one without a name", async () => {
    const vfs = createVfs(memory());
    const { sync } = vfs;
    sync.mkdir("/d");
    const handle = sync.open("/d/f", "w");
    sync.rename("/d", "/e");
    const watcher = vfs.watch("/", { recursive: true });
    handle.write("x");
    sync.unlink("/e/f");
    handle.write("y");
    sync.writeFile("/e/f", "another one");
    handle.write("z");
    handle.close();
    expect(await waiting(vfs, watcher)).toEqual(["changed e/f", "removed e/f", "created e/f"]);
  });

  it("tells of a change again once the reader has taken the last one", async () => {
    const vfs = createVfs(memory());
    const watcher = vfs.watch("/");
    vfs.sync.writeFile("/f", "x");
    vfs.sync.writeFile("/f", "y");
    expect([(await watcher.next()).value, (await watcher.next()).value].map((event) => event?.kind)).toEqual([
      "created",
      "changed",
    ]);
    vfs.sync.writeFile("/f", "z");
    vfs.sync.unlink("/f");
    vfs.sync.writeFile("/f", "z");
    vfs.sync.writeFile("/f", "z");
    expect(await waiting(vfs, watcher)).toEqual(["changed f", "removed f", "created f", "changed f"]);
  });

  it("with overflow ignore loses what is too much, as Node does", async () => {
    const vfs = createVfs(memory());
    const watcher = vfs.watch("/", { maxQueue: 2, overflow: "ignore" });
    for (const name of ["a", "b", "c"]) vfs.sync.writeFile(`/${name}`, "x");
    expect(await waiting(vfs, watcher)).toEqual(["created a", "created b"]);
  });

  it("after an overflow goes on with what comes then", async () => {
    const vfs = createVfs(memory());
    const watcher = vfs.watch("/", { maxQueue: 2 });
    for (const name of ["a", "b", "c", "d"]) vfs.sync.writeFile(`/${name}`, "x");
    expect(await waiting(vfs, watcher)).toEqual(["overflow null", "created d"]);
  });

  it("refuses options that make no sense", () => {
    const vfs = createVfs(memory());
    expect(() => vfs.watch("/", { maxQueue: 0 })).toThrow("maxQueue must be an integer of at least 1");
    expect(() => vfs.watch("/", { intervalMs: 0.5 })).toThrow("intervalMs");
    expect(() => vfs.watch("/", { overflow: "drop" as "ignore" })).toThrow("overflow must be one of");
  });
});

describe("changes", () => {
  const codeOf = (action: () => unknown): unknown => {
    try {
      return action();
    } catch (error) {
      return isVfsError(error) ? error.code : error;
    }
  };

  it("are kept from the first question on", () => {
    const { sync } = createVfs(memory());
    sync.writeFile("/f", "x");
    const { revision } = sync.changes();
    sync.writeFile("/g", "x");
    expect(sync.changes(revision).changes.map(({ path }) => path)).toEqual(["/g"]);
    const other = createVfs(memory());
    other.watch("/");
    other.sync.writeFile("/f", "x");
    expect(codeOf(() => other.sync.changes(0))).toBe("ESTALE");
  });

  it("are bounded: what is older than that is not known", () => {
    const { sync } = createVfs(memory());
    const { revision } = sync.changes();
    for (let i = 0; i < 16_384; i++) sync.appendFile("/f", "x");
    expect(sync.changes(revision).changes).toHaveLength(16_384);
    sync.appendFile("/f", "x");
    expect(codeOf(() => sync.changes(revision))).toBe("ESTALE");
    expect(sync.changes(revision + 1).changes).toHaveLength(16_384);
  });

  it("takes numbers only", () => {
    const { sync } = createVfs(memory());
    expect(() => sync.changes(-1)).toThrow(RangeError);
    expect(() => sync.changes(0, { limit: 0 })).toThrow(RangeError);
  });
});
