import { join } from "node:path";
import { createVfs, type FileHandle } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek, vacuum } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { play } from "./play.ts";

const BLOCK = 8192;
const CHUNK = 32 * BLOCK;

describe("sqlite › content", () => {
  for (const seed of [1, 2, 3, 4])
    it(`write, append, truncate and copy › at random leave what an array would hold, seed ${seed}`, async () => {
      const file = join(testDirectory(), "a.db");
      const vfs = createVfs(sqlite({ file }));
      await play(vfs, seed);
      await vfs.close();
      expect(audit(file)).toEqual([]);
    });

  it("copy › shares blocks, and a write copies one chunk of them", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/a", new Uint8Array(64 * CHUNK).fill(1));
    const blocks = (): unknown => peek(file, "SELECT count(*) FROM block")[0];
    expect(blocks()).toBe(64 * 32);
    await vfs.cp("/a", "/b");
    await vfs.cp("/a", "/c");
    expect(blocks()).toBe(64 * 32);
    const handle = await vfs.open("/b", "r+");
    await handle.write(new Uint8Array([9]), 0, 1, 5 * CHUNK + 7);
    expect(blocks()).toBe(65 * 32);
    await handle.write(new Uint8Array([9]), 0, 1, 5 * CHUNK + BLOCK);
    expect(blocks()).toBe(65 * 32);
    await handle.close();
    await vfs.rm("/a");
    await vfs.rm("/c");
    expect(blocks()).toBe(64 * 32);
    await vfs.rm("/b");
    expect(blocks()).toBe(0);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("truncate › to 10 GiB and a byte at the end cost less than 1 MiB", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    const size = 10 * 2 ** 30;
    await vfs.writeFile("/sparse", "start");
    await vfs.truncate("/sparse", size);
    await using handle = await vfs.open("/sparse", "r+");
    await handle.write(new Uint8Array([7]), 0, 1, size - 1);
    await handle.write(new Uint8Array([8]), 0, 1, size / 2);
    expect((await vfs.stat("/sparse")).size).toBe(size);
    expect((await vfs.usage("/")).bytes).toBe(size);
    expect(await bytesAt(handle, 0, 6)).toEqual([...new TextEncoder().encode("start"), 0]);
    expect(await bytesAt(handle, size / 2 - 1, 3)).toEqual([0, 8, 0]);
    expect(await bytesAt(handle, size - 2, 10)).toEqual([0, 7]);
    await vfs.cp("/sparse", "/copy");
    await handle.close();
    await vfs.truncate("/sparse", 3);
    expect(await vfs.readFile("/sparse", "utf8")).toBe("sta");
    await vfs.rm("/sparse");
    await vfs.close();
    expect(audit(file)).toEqual([]);
    const [pages] = peek(file, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    expect(pages).toBeLessThan(1 << 20);
  });

  it("remove › gives room back to what is written next, and to the disk by VACUUM", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/small", "stays");
    const used = (): number =>
      Number(
        peek(file, "SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count")[0],
      );
    const before = used();
    const fill = async (): Promise<void> => {
      await vfs.mkdir("/d");
      await vfs.writeFile("/d/large", new Uint8Array(4 << 20));
      await vfs.cp("/d/large", "/d/copy");
      await vfs.appendFile("/d/copy", "x");
      for (let i = 0; i < 200; i++) await vfs.writeFile(`/d/${i}`, new Uint8Array(i * 100));
    };
    await fill();
    const [pages] = peek(file, "SELECT page_count FROM pragma_page_count");
    await vfs.rm("/d", { recursive: true });
    // An inner page of a tree may stay; nothing else does.
    expect(used()).toBeLessThan(before + 8);
    await fill();
    expect(Number(peek(file, "SELECT page_count FROM pragma_page_count")[0])).toBeLessThan(Number(pages) + 8);
    await vfs.rm("/d", { recursive: true });
    await vfs.close();
    vacuum(file);
    expect(Number(peek(file, "SELECT page_count FROM pragma_page_count")[0])).toBeLessThan(before + 8);
    expect(audit(file)).toEqual([]);
    const again = createVfs(sqlite({ file }));
    expect(await again.readFile("/small", "utf8")).toBe("stays");
    await again.close();
  });
});

async function bytesAt(handle: FileHandle<"async">, position: number, length: number): Promise<number[]> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(length).fill(255), 0, length, position);
  return [...buffer.subarray(0, bytesRead)];
}
