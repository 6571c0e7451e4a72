import { createVfs, isVfsError, type Layer, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { quota, type QuotaLayer, type QuotaLimits, type QuotaViolation } from "../src/index.ts";
import { silent } from "./silent.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

/** A store behind a quota, with what it refused. */
function within(
  limits: QuotaLimits,
  make: () => Provider = memory,
): { vfs: Vfs; layer: QuotaLayer; refused: QuotaViolation[] } {
  const refused: QuotaViolation[] = [];
  const layer = quota(limits, { onRefused: (violation) => refused.push(violation) });
  return { vfs: createVfs(make(), { layers: [layer] }), layer, refused };
}

async function refusal(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (!isVfsError(error, "EDQUOT") || error.reason !== "quota") throw error;
    return error.hint ?? "";
  }
  throw new Error("it was not refused");
}

describe("quota › what it is given", () => {
  it.each<[unknown, string]>([
    [{ maxTotalByte: 1 }, "limits are maxFileBytes, maxTotalBytes"],
    [{ maxFiles: "7" }, "maxFiles must be a number, got string"],
    [{ maxFiles: -1 }, "maxFiles must be a whole number of at least 0, got -1"],
    [{ maxDepth: 1.5 }, "maxDepth must be a whole number"],
    [{ maxTotalBytes: Number.NaN }, "maxTotalBytes must be a whole number"],
    [undefined, "quota() needs its limits"],
  ])("refuses %o and says what is wrong", (limits, message) => {
    expect(() => quota(limits as QuotaLimits)).toThrow(message);
  });

  it("stands in one stack, and says so", async () => {
    const layer = quota({ maxFiles: 3 });
    const one = createVfs(memory(), { layers: [layer] });
    createVfs(memory(), { layers: [layer] });
    await expect(one.writeFile("/a", "x")).rejects.toThrow(TypeError);
    expect(() => quota({}).resync()).toThrow("give it to createVfs() or mount()");
  });
});

// Whether the store counts or the quota does, every edge is the same.
describe.each([
  ["a store that tells how full it is", memory],
  ["a store that does not", () => silent(memory())],
])("quota › edges › %s", (_, make) => {
  it("maxTotalBytes › lets the last byte in and not one more, by every door", async () => {
    const { vfs, layer } = within({ maxTotalBytes: 10 }, make);
    await vfs.writeFile("/a", bytes(4));
    await vfs.writeFile("/b", bytes(6));
    const doors: Record<string, () => Promise<unknown>> = {
      write: () => vfs.writeFile("/c", bytes(1)),
      overwrite: () => vfs.writeFile("/a", bytes(5)),
      append: () => vfs.appendFile("/a", bytes(1)),
      "append to what is new": () => vfs.appendFile("/c", bytes(1)),
      truncate: () => vfs.truncate("/a", 5),
      copyFile: () => vfs.copyFile("/a", "/c"),
      "copyFile over a shorter one": () => vfs.copyFile("/b", "/a"),
      cp: () => vfs.cp("/a", "/c"),
      handle: async () => {
        await using file = await vfs.open("/a", "r+");
        await file.write(bytes(1), 0, 1, 4);
      },
      "handle, past a hole": async () => {
        await using file = await vfs.open("/a", "r+");
        await file.write(bytes(1), 0, 1, 1000);
      },
      "handle at the end": async () => {
        await using file = await vfs.open("/a", "a");
        await file.write(bytes(1));
      },
      "handle, truncate": async () => {
        await using file = await vfs.open("/a", "r+");
        await file.truncate(5);
      },
      stream: () => vfs.writeStream("/c", [bytes(1)]),
      "stream over": () => vfs.writeStream("/a", [bytes(4), bytes(1)]),
      "flag a": () => vfs.writeFile("/a", bytes(1), { flag: "a" }),
    };
    for (const [door, action] of Object.entries(doors))
      expect(await refusal(action), door).toMatch(
        /^maxTotalBytes: 10 bytes in all, this would be (1[1-6]|1007)$/,
      );
    const [done] = await vfs.batch([{ op: "writeFile", path: "/c", data: bytes(1) }]);
    expect(done).toMatchObject({ ok: false, error: { code: "EDQUOT" } });
    expect(layer.usage()).toMatchObject({ bytes: 10, files: 2, reservedBytes: 0 });
    expect((await vfs.readFile("/a")).length).toBe(4);
    await vfs.writeFile("/a", bytes(4));
    await vfs.copyFile("/a", "/a");
    await vfs.appendFile("/a", bytes(0));
    await vfs.truncate("/a", 2);
    await vfs.writeStream("/c", [bytes(1), bytes(1)]);
    expect(layer.usage()).toMatchObject({ bytes: 10, files: 3 });
  });

  it("maxFiles › counts files, directories and links, and no further name of a file", async () => {
    const { vfs, layer } = within({ maxFiles: 3 }, make);
    await vfs.mkdir("/d");
    await vfs.symlink("d", "/l");
    await vfs.writeFile("/d/f", "x");
    const doors: Record<string, () => Promise<unknown>> = {
      write: () => vfs.writeFile("/x", ""),
      append: () => vfs.appendFile("/l/x", ""),
      open: () => vfs.open("/x", "w"),
      "open to create only": () => vfs.open("/x", "wx"),
      mkdir: () => vfs.mkdir("/x"),
      symlink: () => vfs.symlink("d", "/x"),
      copyFile: () => vfs.copyFile("/d/f", "/x"),
      cp: () => vfs.cp("/d", "/x", { recursive: true }),
      stream: () => vfs.writeStream("/x", []),
      mkdtemp: () => vfs.mkdtemp("/x"),
    };
    for (const [door, action] of Object.entries(doors)) {
      const wanted = door === "cp" ? "[45]" : "4";
      expect(await refusal(action), door).toMatch(
        new RegExp(`^maxFiles: 3 files, directories and links, this would be ${wanted}$`),
      );
    }
    await vfs.writeFile("/d/f", "y");
    await vfs.mkdir("/d", { recursive: true });
    await expect(vfs.mkdir("/d")).rejects.toMatchObject({ code: "EEXIST" });
    await vfs.link("/d/f", "/second");
    expect(layer.usage().files).toBe(3);
    await vfs.unlink("/l");
    await vfs.mkdir("/x");
    expect(layer.usage().files).toBe(3);
  });

  it("maxFiles › bounds the names of one file too", async () => {
    const { vfs } = within({ maxFiles: 2 }, make);
    await vfs.writeFile("/a", "x");
    await vfs.link("/a", "/b");
    expect(await refusal(() => vfs.link("/a", "/c"))).toContain("maxFiles: 2");
    expect(await vfs.exists("/c")).toBe(false);
  });

  it("maxFileBytes › holds for one file whichever way it grows, and for its attributes", async () => {
    const { vfs } = within({ maxFileBytes: 4, maxTotalBytes: 100 }, make);
    await vfs.writeFile("/a", bytes(4));
    await vfs.writeFile("/b", bytes(2), { meta: { a: "bcd" } });
    const doors: Record<string, () => Promise<unknown>> = {
      write: () => vfs.writeFile("/a", bytes(5)),
      append: () => vfs.appendFile("/a", bytes(1)),
      truncate: () => vfs.truncate("/a", 5),
      handle: async () => {
        await using file = await vfs.open("/a", "a");
        await file.write(bytes(1));
      },
      stream: () => vfs.writeStream("/a", [bytes(4), bytes(1)]),
      attributes: () => vfs.writeFile("/a", "", { meta: { a: "bcde" } }),
      setMeta: () => vfs.setMeta("/a", { meta: { a: "bcde" } }),
    };
    for (const [door, action] of Object.entries(doors))
      expect(await refusal(action), door).toBe("maxFileBytes: 4 bytes in a file, this would be 5");
    expect((await vfs.readFile("/a")).length).toBe(4);
  });

  it("maxFileBytes › lets shrink what is too large already", async () => {
    const provider = make();
    await createVfs(provider, { keepOpen: true }).writeFile("/a", bytes(20));
    const { vfs, layer } = within({ maxFileBytes: 4, maxTotalBytes: 10 }, () => provider);
    expect((await layer.resync()).bytes).toBe(20);
    await vfs.truncate("/a", 12);
    expect(await refusal(() => vfs.writeFile("/b", bytes(1)))).toContain("this would be 13");
    await vfs.writeFile("/a", bytes(3));
    await vfs.writeFile("/b", bytes(4));
    expect(layer.usage().bytes).toBe(7);
  });

  it("maxDepth, maxNameBytes, maxPathBytes › hold for what is made, copied and moved, not for what is there", async () => {
    const provider = make();
    const bare = createVfs(provider, { keepOpen: true });
    await bare.mkdir("/old/way/too/deep", { recursive: true });
    await bare.writeFile("/old/way/too/deep/f", "x");
    const { vfs } = within({ maxDepth: 3, maxNameBytes: 8, maxPathBytes: 16 }, () => provider);
    await vfs.mkdir("/a/b/c", { recursive: true });
    await vfs.writeFile("/old/way/too/deep/f", "y");
    await vfs.mkdir("/t/u", { recursive: true });
    expect(await refusal(() => vfs.mkdir("/a/b/c/d"))).toBe("maxDepth: 3 names in a path, this would be 4");
    expect(await refusal(() => vfs.rename("/t", "/a/b/t"))).toContain("maxDepth: 3");
    expect(await refusal(() => vfs.cp("/t", "/a/b/t", { recursive: true }))).toContain("maxDepth: 3");
    expect(await refusal(() => vfs.rename("/old/way/too/deep/f", "/a/b/c/f"))).toContain("maxDepth: 3");
    expect(await refusal(() => vfs.writeFile("/ninebytes", ""))).toBe(
      "maxNameBytes: 8 bytes in a name, this would be 9",
    );
    // Five characters of two bytes.
    expect(await refusal(() => vfs.symlink("x", "/äöüäö"))).toContain("this would be 10");
    expect(await refusal(() => vfs.writeFile("/eightbyt/eightbyt", ""))).toBe(
      "maxPathBytes: 16 bytes in a path, this would be 18",
    );
    await expect(vfs.rename("/t", "/eightbyt/t")).rejects.toMatchObject({ code: "ENOENT" });
    await vfs.rename("/t", "/a/t");
    await vfs.rename("/a/t", "/eightbyt");
    await vfs.rm("/old", { recursive: true });
    await vfs.writeFile("/eightbyt/sixbyt", "");
  });
});

describe("quota › what it tells", () => {
  it("tells of each refusal, with both paths and numbers", async () => {
    const { vfs, refused } = within({ maxTotalBytes: 3 });
    await vfs.writeFile("/a", bytes(3));
    const before = Date.now();
    await refusal(() => vfs.view({ actor: "ada" }).copyFile("/a", "/b"));
    expect(refused).toHaveLength(1);
    const [violation] = refused;
    expect(violation).toMatchObject({
      operation: "copy",
      path: "/a",
      to: "/b",
      reason: "quota",
      rule: "maxTotalBytes",
      limit: 3,
      wanted: 6,
      actor: "ada",
    });
    expect(violation?.timeMs).toBeGreaterThanOrEqual(before);
  });

  it("usage and statfs › tell of the room that the quota leaves", async () => {
    const { vfs } = within({ maxTotalBytes: 8192, maxFiles: 5 });
    await vfs.writeFile("/a", bytes(100));
    expect(await vfs.usage()).toMatchObject({ bytes: 100, files: 1, limitBytes: 8192, limitFiles: 5 });
    expect(await vfs.statfs("/")).toMatchObject({ bfree: 1, ffree: 4, files: 5 });
  });

  it("costs no call of the store but the one, and one question of how full it is", async () => {
    const calls: string[] = [];
    const spy: Layer = {
      name: "spy",
      slot: "limit",
      handle: (call, next) => {
        calls.push(call.op);
        return next(call as never);
      },
    };
    const vfs = createVfs(memory(), { layers: [quota({ maxTotalBytes: 1 << 20 }), spy] });
    await vfs.writeFile("/a", bytes(10));
    await vfs.stat("/a");
    await vfs.readFile("/a");
    await vfs.unlink("/a");
    expect(calls).toEqual(["usage", "write", "stat", "read", "remove"]);
  });
});
