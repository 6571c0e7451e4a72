import { bytes } from "./bytes.ts";
import { createVfs, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encrypt } from "../src/index.ts";
import { CHUNK, HEADER, STORED, both, key, mounted } from "./encrypted.ts";
import { BEGINNING, picture, steps, take, type Handles } from "./overlay-steps.ts";
import { watched } from "./overlay-stores.ts";

describe("encrypt", () => {
  it("is what a plain store is, for random operations", async () => {
    for (const names of [false, true])
      await fc.assert(
        fc.asyncProperty(steps(25), async (all) => {
          const plain = createVfs(memory());
          const vfs = await mounted(memory(), { chunkBytes: 4, names });
          const handles: Handles = new Map();
          const others: Handles = new Map();
          for (const step of [...BEGINNING, ...all])
            expect([step, await take(vfs, step, handles)]).toEqual([step, await take(plain, step, others)]);
          expect(await picture(vfs)).toEqual(await picture(plain));
        }),
        { numRuns: 150, seed: 20_260_114 },
      );
  });

  it("leaves nothing of content in the store, nor of names and links when asked", async () => {
    const { vfs, store } = await both({ names: true });
    await vfs.mkdir("/secret directory");
    await vfs.writeFile("/secret directory/secret file", "secret content".repeat(200));
    await vfs.symlink("secret directory/secret file", "/secret link");
    const raw = createVfs(store);
    for (const name of await raw.readdir("/", { recursive: true })) {
      expect(name).not.toContain("secret");
      const stat = await raw.lstat(`/${name}`);
      const held = stat.isFile() ? await raw.readFile(`/${name}`, "utf8") : "";
      const text = stat.isSymbolicLink() ? await raw.readlink(`/${name}`) : "";
      expect(held + text).not.toContain("secret");
    }
    expect(await vfs.readFile("/secret link", "utf8")).toContain("secret content");
    expect((await vfs.lstat("/secret link")).size).toBe("secret directory/secret file".length);
    expect(await vfs.readlink("/secret link")).toBe("secret directory/secret file");
    await expect(vfs.writeFile(`/${"x".repeat(176)}`, "")).rejects.toMatchObject({ code: "ENAMETOOLONG" });
    await vfs.writeFile(`/${"x".repeat(175)}`, "");
  });

  it("lets open files follow a rename where names are encrypted", async () => {
    const { vfs } = await both({ names: true });
    await vfs.mkdir("/a");
    await vfs.writeFile("/a/f", "one");
    const handle = await vfs.open("/a/f", "r+");
    await vfs.rename("/a", "/b");
    await handle.write("two", 0);
    await vfs.appendFile("/b/f", "!");
    await handle.close();
    expect(await vfs.readFile("/b/f", "utf8")).toBe("two!");
  });

  it("reads and writes only the chunks that it needs, and tells sizes without reading", async () => {
    let read = 0;
    let written = 0;
    const inner = memory();
    const store = watched(inner, (op, [path, data]) => {
      if (op === "write" && path === "/f" && data instanceof Uint8Array) written += data.length;
    });
    const counting: Provider = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name === "read")
          return (path: string, options: unknown, ctx: unknown) => {
            const found = (value as (...args: unknown[]) => Uint8Array)(path, options, ctx);
            if (path === "/f") read += found.length;
            return found;
          };
        if (name !== "open") return value;
        return (...args: unknown[]) => {
          const file = (value as (...all: unknown[]) => Handle)(...args);
          const { read: readFrom, write: writeTo } = file;
          file.read = (into, position, ctx) => {
            const count = readFrom.call(file, into, position, ctx);
            read += count;
            return count;
          };
          file.write = (bytesGiven, position, ctx) => {
            written += bytesGiven.length;
            return writeTo.call(file, bytesGiven, position, ctx);
          };
          return file;
        };
      },
    });
    const vfs = await mounted(counting);
    const data = bytes(1000 * CHUNK, 4);
    await vfs.writeFile("/f", data);
    read = written = 0;
    expect((await vfs.stat("/f")).size).toBe(data.length);
    const entry = (await vfs.ls("/")).find(({ name }) => name === "f");
    expect(entry?.stat?.size).toBe(data.length);
    expect(read).toBe(0);
    expect(await vfs.readFile("/f", { start: 500_100, end: 500_200 })).toEqual(data.slice(500_100, 500_200));
    expect(read).toBeLessThanOrEqual(HEADER + STORED + 1);
    read = 0;
    const handle = await vfs.open("/f", "r+");
    await handle.read(new Uint8Array(10), 0, 10, 700_995);
    expect(read).toBeLessThanOrEqual(HEADER + 2 * STORED + 1);
    read = 0;
    await handle.write(new Uint8Array([1, 2, 3]), 0, 3, 250_500);
    expect([written, read]).toEqual([STORED, HEADER + STORED]);
    written = 0;
    await vfs.appendFile("/f", "tail");
    expect(written).toBeLessThanOrEqual(2 * STORED);
    written = 0;
    await vfs.truncate("/f", 400_300);
    expect(written).toBe(300 + 28);
    await handle.close();
    const expected = data.slice(0, 400_300);
    expected.set([1, 2, 3], 250_500);
    expect(await vfs.readFile("/f")).toEqual(expected);
  });

  it("says of a wrong key that it is wrong, of wrong settings that they are, once and for all", async () => {
    const { vfs, store } = await both();
    await vfs.writeFile("/f", "x");
    const wrong = await mounted(store, { key: bytes(32, 9) });
    for (const call of [
      () => wrong.readFile("/f"),
      () => wrong.readdir("/"),
      () => wrong.writeFile("/f", "y"),
      () => wrong.stat("/f"),
    ])
      await expect(call()).rejects.toMatchObject({
        code: "EACCES",
        hint: expect.stringContaining("key") as string,
      });
    await expect((await mounted(store, { names: true })).readFile("/f")).rejects.toMatchObject({
      code: "EINVAL",
    });
    const again = await mounted(store, { chunkBytes: 77 });
    expect(await again.readFile("/f", "utf8")).toBe("x");
    expect(() => encrypt({})).toThrow(TypeError);
    expect(() => encrypt({ key, passphrase: "x" })).toThrow(TypeError);
    expect(() => encrypt({ key: bytes(16) })).toThrow(TypeError);
  });

  it("keeps what a passphrase is made a key with, and hides it", async () => {
    const { vfs, store, raw } = await both({ passphrase: "correct horse", iterations: 1000 });
    await vfs.writeFile("/f", "x");
    expect(await vfs.readdir("/")).toEqual(["f"]);
    expect(await vfs.exists("/.vfs-encrypt")).toBe(false);
    await expect(vfs.writeFile("/.vfs-encrypt", "x")).rejects.toMatchObject({ code: "EPERM" });
    await expect(vfs.rename("/f", "/.vfs-encrypt")).rejects.toMatchObject({ code: "EPERM" });
    const again = await mounted(store, { passphrase: "correct horse", iterations: 2000 });
    expect(await again.readFile("/f", "utf8")).toBe("x");
    const wrong = await mounted(store, { passphrase: "wrong horse" });
    await expect(wrong.readFile("/f")).rejects.toMatchObject({ code: "EACCES" });
    await expect((await mounted(store)).readFile("/f")).rejects.toMatchObject({ code: "EACCES" });
    await raw.writeFile("/.vfs-encrypt", "{");
    await expect(
      (await mounted(store, { passphrase: "correct horse" })).readFile("/f"),
    ).rejects.toMatchObject({
      code: "EIO",
    });
  });

  it("has a new key by copying to a store with another one", async () => {
    const { vfs: old } = await both();
    await old.writeFile("/f", bytes(5000, 5), { meta: { who: "ada" } });
    const vfs = createVfs(memory());
    const store = memory();
    const raw = memory();
    await vfs.mount("/old", store, { layers: [encrypt({ key })] });
    await vfs.mount("/new", raw, { layers: [encrypt({ key: bytes(32, 8), names: true })] });
    await vfs.mkdir("/old/d");
    await vfs.writeFile("/old/d/f", bytes(5000, 5), { meta: { who: "ada" } });
    await vfs.cp("/old/d", "/new/d", { recursive: true });
    expect(await vfs.readFile("/new/d/f")).toEqual(bytes(5000, 5));
    expect({ ...(await vfs.stat("/new/d/f")).meta }).toEqual({ who: "ada" });
  });

  it("streams in and out without holding more than some chunks", async () => {
    const vfs = await mounted(memory(), { chunkBytes: 4096 });
    let given = 0;
    let seen = 0;
    await vfs.writeStream(
      "/f",
      (function* () {
        for (let i = 0; i < 200; i++) {
          given++;
          yield bytes(5000, i);
        }
      })(),
    );
    for await (const chunk of vfs.readStream("/f", { chunkSize: 3000, start: 12_345 })) {
      expect(chunk.length).toBeLessThanOrEqual(3000);
      seen += chunk.length;
    }
    expect([given, seen]).toEqual([200, 1_000_000 - 12_345]);
  });
});

interface Handle {
  read: (into: Uint8Array, position: number, ctx: unknown) => number;
  write: (data: Uint8Array, position: number | "end", ctx: unknown) => void;
}
