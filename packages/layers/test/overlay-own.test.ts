import { delayed } from "@vfs/conformance";
import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { overlay, type OverlayChange } from "../src/index.ts";
import { sealed, watched } from "./overlay-stores.ts";

const MIB = new Uint8Array(1 << 20).fill(7);

async function tree(provider: Provider): Promise<Vfs> {
  const vfs = createVfs(provider, { keepOpen: true });
  await vfs.mkdir("/d/e", { recursive: true });
  await vfs.writeFile("/d/big", MIB, { mode: 0o640, meta: { who: "ada" } });
  await vfs.writeFile("/d/e/f", "deep");
  await vfs.writeFile("/f", "base");
  return vfs;
}

async function changesOf(changes: AsyncIterable<OverlayChange>): Promise<string[]> {
  const all: string[] = [];
  for await (const { kind, path } of changes) all.push(`${kind} ${path}`);
  return all;
}

/** Counts the bytes that are put into contents. */
function counting(provider: Provider): { store: Provider; bytes: () => number } {
  let count = 0;
  const store = watched(provider, (op, [path, data]) => {
    if (!String(path).startsWith("/contents/")) return;
    if ((op === "write" || op === "append") && data instanceof Uint8Array) count += data.length;
    if (op === "writeStream") count += MIB.length;
  });
  return { store, bytes: () => count };
}

describe("overlay", () => {
  it("never writes to the lower, and hands out none of its memory", async () => {
    const lower = memory();
    const below = await tree(lower);
    const over = overlay(sealed(lower), memory());
    const vfs = createVfs(over);
    (await vfs.readFile("/f")).fill(0);
    await vfs.appendFile("/f", "!");
    await vfs.chmod("/d", 0o700);
    await vfs.rename("/d", "/moved");
    const handle = await vfs.open("/moved/big", "r+");
    await handle.write(new Uint8Array([1]), 0, 1, 5);
    await handle.close();
    await vfs.rm("/moved/e", { recursive: true });
    await vfs.utimes("/moved/big", 1, 1);
    expect(await below.readFile("/f", "utf8")).toBe("base");
    expect([...(await below.readFile("/d/big")).subarray(0, 8)]).toEqual([7, 7, 7, 7, 7, 7, 7, 7]);
    expect((await below.readdir("/", { recursive: true })).sort()).toEqual([
      "d",
      "d/big",
      "d/e",
      "d/e/f",
      "f",
    ]);
  });

  it("copies no content for attributes, links, moves, copies, removals, nor for opening", async () => {
    const lower = memory();
    await tree(lower);
    const { store, bytes } = counting(memory());
    const vfs = createVfs(overlay(lower, store));
    await vfs.chmod("/d/big", 0o600);
    await vfs.utimes("/d/big", 5, 5);
    await vfs.setMeta("/d/big", { meta: { a: "b" } });
    await vfs.link("/d/big", "/second");
    await vfs.rename("/d", "/moved");
    await vfs.copyFile("/moved/big", "/copy");
    await vfs.unlink("/second");
    const handle = await vfs.open("/moved/big", "r+");
    await handle.read(new Uint8Array(9), 0, 9, 0);
    expect(bytes()).toBe(0);
    await handle.truncate(10);
    await handle.close();
    expect(bytes()).toBeLessThanOrEqual(MIB.length);
    expect((await vfs.readFile("/moved/big")).length).toBe(10);
    expect((await vfs.readFile("/copy")).length).toBe(MIB.length);
  });

  it("keeps number, mode, owner, attributes and links of a file through its copy-up", async () => {
    const lower = memory();
    const below = await tree(lower);
    await below.chown("/d/big", 12, 34);
    await below.link("/d/big", "/second");
    const vfs = createVfs(overlay(lower, memory()));
    const before = await vfs.stat("/d/big");
    await vfs.appendFile("/d/big", "more");
    const after = await vfs.stat("/second");
    const { mtimeMs, ctimeMs, atimeMs, size, etag, ...kept } = before;
    expect(after).toMatchObject({ ino: kept.ino, nlink: 2, mode: kept.mode, uid: 12, gid: 34 });
    expect({ ...after.meta }).toEqual({ who: "ada" });
    expect(after.birthtimeMs).toBe(kept.birthtimeMs);
    expect(after.size).toBe(size + 4);
    expect(after.etag).not.toBe(etag);
    expect(after.mtimeMs).toBeGreaterThanOrEqual(mtimeMs);
    expect(Math.max(atimeMs, ctimeMs)).toBeLessThanOrEqual(after.ctimeMs);
  });

  it("lets a handle from before a copy-up see what is written after it, by whatever name", async () => {
    const lower = memory();
    const below = await tree(lower);
    await below.link("/f", "/g");
    const vfs = createVfs(overlay(lower, memory()));
    const early = await vfs.open("/f", "r");
    await vfs.rename("/f", "/h");
    await vfs.writeFile("/g", "written");
    expect(await early.readFile("utf8")).toBe("written");
    await vfs.unlink("/g");
    await vfs.unlink("/h");
    expect((await early.stat()).nlink).toBe(0);
    const into = new Uint8Array(20);
    expect((await early.read(into, 0, 20, 0)).bytesRead).toBe(7);
    await early.close();
  });

  it("takes every name, also those that whiteouts have elsewhere", async () => {
    const lower = memory();
    await tree(lower);
    const upper = memory();
    const over = overlay(lower, upper);
    const vfs = createVfs(over);
    const names = [".wh.f", ".wh..wh..opq", "overlay.journal", "contents", "f"];
    await vfs.unlink("/f");
    for (const name of names) await vfs.writeFile(`/${name}`, name);
    expect((await vfs.readdir("/")).sort()).toEqual([...names, "d"].sort());
    await vfs.unlink("/f");
    const found: string[] = [];
    for await (const { path } of vfs.find("/")) found.push(path);
    expect(found).not.toContain("/f");
    await vfs.close();
    const again = createVfs(overlay(lower, upper));
    expect(await again.exists("/f")).toBe(false);
    expect(await again.readFile("/.wh.f", "utf8")).toBe(".wh.f");
  });

  it("list › by pages of any size gives each name once, also of what is touched meanwhile", async () => {
    const lower = memory();
    const below = createVfs(lower, { keepOpen: true });
    await below.mkdir("/d");
    for (let i = 0; i < 20; i++) await below.writeFile(`/d/low${i}`, "x");
    const over = overlay(lower, memory());
    const vfs = createVfs(over);
    for (let i = 0; i < 20; i += 3) await vfs.unlink(`/d/low${i}`);
    for (let i = 0; i < 5; i++) await vfs.writeFile(`/d/new${i}`, "x");
    await vfs.writeFile("/d/low0", "again");
    const wanted = (await vfs.readdir("/d")).sort();
    for (const limit of [1, 2, 3, 7, 100]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await over.list("/d" as never, { cursor, limit }, {
          sync: false,
          root: "/",
          umask: 0,
          readOnly: false,
          resolved: false,
        } as never);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.map(({ name }) => name));
        // What is copied up between two pages must not come again.
        for (const name of seen.slice(-1)) await vfs.appendFile(`/d/${name}`, "y");
        if (wanted.includes("low1")) await vfs.chmod("/d/low1", 0o600);
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen.sort()).toEqual(wanted);
    }
  });

  it("diff › tells what was added, changed and removed, and nothing of what came back", async () => {
    const lower = memory();
    await tree(lower);
    const over = overlay(lower, memory());
    const vfs = createVfs(over);
    await vfs.writeFile("/new", "x");
    await vfs.appendFile("/f", "!");
    await vfs.rm("/d/e", { recursive: true });
    await vfs.chmod("/d/big", 0o600);
    await vfs.writeFile("/gone", "x");
    await vfs.unlink("/gone");
    await vfs.symlink("f", "/d/link");
    expect(await changesOf(over.diff())).toEqual([
      "changed /d/big",
      "removed /d/e",
      "removed /d/e/f",
      "added /d/link",
      "changed /f",
      "added /new",
    ]);
    await vfs.rename("/d", "/moved");
    expect(await changesOf(over.diff())).toEqual([
      "removed /d",
      "removed /d/big",
      "removed /d/e",
      "removed /d/e/f",
      "changed /f",
      "added /moved",
      "added /moved/big",
      "added /moved/link",
      "added /new",
    ]);
  });

  it("discard › is the lower again, and what is open and was changed goes on", async () => {
    const lower = memory();
    await tree(lower);
    const upper = memory();
    const over = overlay(lower, upper);
    const vfs = createVfs(over);
    const handle = await vfs.open("/f", "r+");
    await handle.write("changed", 0);
    await vfs.rm("/d", { recursive: true });
    await over.discard();
    expect(await vfs.readFile("/f", "utf8")).toBe("base");
    expect((await vfs.readdir("/", { recursive: true })).sort()).toEqual(["d", "d/big", "d/e", "d/e/f", "f"]);
    expect((await handle.stat()).nlink).toBe(0);
    await handle.close();
    expect(await changesOf(over.diff())).toEqual([]);
    const left = createVfs(upper, { keepOpen: true });
    expect(await left.readdir("/contents")).toEqual([]);
  });

  it("commit › lets open files go on, in the lower", async () => {
    const lower = memory();
    const below = await tree(lower);
    const over = overlay(lower, memory());
    const vfs = createVfs(over);
    const handle = await vfs.open("/f", "r+");
    await handle.write("BASE", 0);
    await over.commit();
    expect(await below.readFile("/f", "utf8")).toBe("BASE");
    await handle.write("x", 1);
    expect(await vfs.readFile("/f", "utf8")).toBe("BxSE");
    expect(await below.readFile("/f", "utf8")).toBe("BASE");
    await handle.close();
    expect(await changesOf(over.diff())).toEqual(["changed /f"]);
  });

  it("commit › to another store leaves lower and overlay as they are", async () => {
    const lower = memory();
    const below = await tree(lower);
    const other = memory();
    const beside = await tree(other);
    const over = overlay(sealed(lower), memory());
    const vfs = createVfs(over);
    await vfs.rename("/d/e", "/e");
    await vfs.writeFile("/e/f", "new");
    await over.commit(other);
    expect((await beside.readdir("/", { recursive: true })).sort()).toEqual(["d", "d/big", "e", "e/f", "f"]);
    expect(await beside.readFile("/e/f", "utf8")).toBe("new");
    expect(await below.readFile("/d/e/f", "utf8")).toBe("deep");
    expect((await changesOf(over.diff())).length).toBeGreaterThan(0);
  });

  it("reads what nobody touched with one call of the lower, and asks the upper nothing", async () => {
    const lower = memory();
    await tree(lower);
    const calls: string[] = [];
    const upper = memory();
    const vfs = createVfs(
      overlay(
        watched(lower, (op) => calls.push(`lower.${op}`)),
        watched(upper, (op) => calls.push(`upper.${op}`)),
      ),
    );
    await vfs.writeFile("/other", "x");
    await vfs.readFile("/d/e/f");
    calls.length = 0;
    await vfs.readFile("/d/e/f");
    expect(calls).toEqual(["lower.read"]);
    await vfs.writeFile("/d/e/f", "changed");
    expect(await vfs.readFile("/d/e/f", "utf8")).toBe("changed");
  });

  it("serves calls that overtake one another over stores that answer late", async () => {
    const lower = memory();
    await tree(lower);
    const vfs = createVfs(overlay(delayed(lower, 3), delayed(memory(), 4)));
    await Promise.all(Array.from({ length: 40 }, (_, i) => vfs.appendFile("/f", `${i % 10}`)));
    expect((await vfs.readFile("/f", "utf8")).length).toBe(44);
    const reads = Array.from({ length: 20 }, () => vfs.readFile("/d/big"));
    const writes = Array.from({ length: 5 }, (_, i) => vfs.writeStream("/d/big", [`version ${i}`]));
    for (const data of await Promise.all(reads)) expect([9, MIB.length]).toContain(data.length);
    await Promise.all(writes);
  });

  it("refuses two overlays in one upper, and an upper with somebody's files", async () => {
    const upper = memory();
    const first = overlay(memory(), upper);
    expect(() => overlay(memory(), upper)).toThrow(TypeError);
    await first.close?.();
    overlay(memory(), upper);
    const used = memory();
    await tree(used);
    await expect(createVfs(overlay(memory(), used)).readdir("/")).rejects.toMatchObject({ code: "EINVAL" });
  });
});
