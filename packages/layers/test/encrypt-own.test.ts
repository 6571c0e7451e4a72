import { bytes } from "./bytes.ts";
import { delayed } from "@vfs/conformance";
import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encrypt, type EncryptOptions } from "../src/index.ts";
import { BEGINNING, picture, steps, take, type Handles } from "./overlay-steps.ts";
import { watched } from "./overlay-stores.ts";

const key = bytes(32, 1);
const CHUNK = 1000;
const STORED = CHUNK + 28;
const HEADER = 32;

async function mounted(store: Provider, options: EncryptOptions = {}): Promise<Vfs> {
  const vfs = createVfs(memory());
  const given = options.passphrase === undefined ? { key } : {};
  await vfs.mount("/e", store, {
    layers: [encrypt({ ...given, chunkBytes: CHUNK, ...options })],
    keepOpen: true,
  });
  return vfs.view({ root: "/e" });
}

/** What is written to a store, and a face of it that sees it as it is. */
async function both(options: EncryptOptions = {}): Promise<{ vfs: Vfs; raw: Vfs; store: Provider }> {
  const store = memory();
  return { vfs: await mounted(store, options), raw: createVfs(store, { keepOpen: true }), store };
}

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

  describe("finds out when somebody without the key has", () => {
    const data = bytes(3 * CHUNK + 10, 2);
    const attacks: Record<string, (stored: Uint8Array, other: Uint8Array) => Uint8Array | undefined> = {
      "changed a byte of the header": (stored) => stored.with(12, (stored[12] ?? 0) ^ 1),
      "changed a byte of a nonce": (stored) => stored.with(HEADER + 3, (stored[HEADER + 3] ?? 0) ^ 1),
      "changed a byte of a chunk": (stored) =>
        stored.with(HEADER + STORED + 50, (stored[HEADER + STORED + 50] ?? 0) ^ 1),
      "changed the last byte": (stored) => stored.with(stored.length - 1, (stored.at(-1) ?? 0) ^ 1),
      "swapped two chunks": (stored) => {
        const swapped = stored.slice();
        swapped.set(stored.subarray(HEADER, HEADER + STORED), HEADER + STORED);
        swapped.set(stored.subarray(HEADER + STORED, HEADER + 2 * STORED), HEADER);
        return swapped;
      },
      "repeated a chunk": (stored) => {
        const again = stored.slice();
        again.set(stored.subarray(HEADER, HEADER + STORED), HEADER + STORED);
        return again;
      },
      "put a chunk of another file": (stored, other) => {
        const mixed = stored.slice();
        mixed.set(other.subarray(HEADER, HEADER + STORED), HEADER);
        return mixed;
      },
      "put the header of another file": (stored, other) => {
        const mixed = stored.slice();
        mixed.set(other.subarray(0, HEADER));
        return mixed;
      },
      "cut it at the end of a chunk": (stored) => stored.subarray(0, HEADER + 2 * STORED),
      "cut it in a chunk": (stored) => stored.subarray(0, HEADER + 2 * STORED + 100),
      "cut it to its header": (stored) => stored.subarray(0, HEADER),
      "cut it to nothing": () => new Uint8Array(0),
      "added a chunk": (stored, other) => new Uint8Array([...stored, ...other.subarray(HEADER)]),
      "taken out the first chunk": (stored) =>
        new Uint8Array([...stored.subarray(0, HEADER), ...stored.subarray(HEADER + STORED)]),
      "put plain content in its place": () => new TextEncoder().encode("plain"),
    };
    for (const [what, attack] of Object.entries(attacks))
      it(what, async () => {
        const { vfs, raw } = await both();
        await vfs.writeFile("/f", data);
        await vfs.writeFile("/other", bytes(2 * CHUNK, 3));
        expect(await vfs.readFile("/f")).toEqual(data);
        const stored = attack(await raw.readFile("/f"), await raw.readFile("/other"));
        await raw.writeFile("/f", stored ?? "");
        await expect(vfs.readFile("/f")).rejects.toMatchObject({ code: "EIO" });
        const streamed = async (): Promise<void> => {
          for await (const chunk of vfs.readStream("/f")) void chunk;
        };
        await expect(streamed()).rejects.toMatchObject({ code: "EIO" });
        const handle = await vfs.open("/f");
        await expect(handle.readFile()).rejects.toMatchObject({ code: "EIO" });
        await handle.close();
      });

    it("does not find out, as it says, when a whole file is put back or in the place of another", async () => {
      const { vfs, raw } = await both();
      await vfs.writeFile("/f", "old");
      const old = await raw.readFile("/f");
      await vfs.writeFile("/f", "new");
      await raw.writeFile("/f", old);
      expect(await vfs.readFile("/f", "utf8")).toBe("old");
    });
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
      if (stat.isFile()) expect(await raw.readFile(`/${name}`, "utf8")).not.toContain("secret");
      if (stat.isSymbolicLink()) expect(await raw.readlink(`/${name}`)).not.toContain("secret");
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
    const [entry] = (await vfs.ls("/")).filter(({ name }) => name === "f");
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

  it("loses no write to another, in one chunk and at the end", async () => {
    const vfs = await mounted(delayed(memory(), 3), { chunkBytes: 64 });
    await vfs.writeFile("/f", ".".repeat(100));
    const handles = await Promise.all([vfs.open("/f", "r+"), vfs.open("/f", "r+")]);
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) work.push(handles[i % 2 === 0 ? 0 : 1].write("b", i));
    for (let i = 0; i < 30; i++) work.push(vfs.appendFile("/f", "a"));
    await Promise.all(work);
    await Promise.all(handles.map((handle) => handle.close()));
    expect(await vfs.readFile("/f", "utf8")).toBe("b".repeat(100) + "a".repeat(30));
  });

  it("shows a reader the old content or the new, while that is replaced, cut and extended", async () => {
    for (const seed of [1, 2, 3]) {
      const vfs = await mounted(delayed(memory(), seed), { chunkBytes: 64 });
      await vfs.writeFile("/f", "0".repeat(1000));
      const handle = await vfs.open("/f", "r+");
      const streamed = async (): Promise<void> => {
        for await (const chunk of vfs.readStream("/f", { start: 100 })) void chunk;
      };
      let writing = true;
      const whileWriting = async (read: () => Promise<unknown>): Promise<void> => {
        while (writing) await read();
      };
      const readers = [
        whileWriting(() => vfs.readFile("/f", { start: 130, end: 190 })),
        whileWriting(() => vfs.readFile("/f")),
        whileWriting(() => handle.read(new Uint8Array(50), 0, 50, 140)),
        whileWriting(streamed),
      ];
      for (let i = 0; i < 60; i++) {
        await vfs.writeFile("/f", `${i % 10}`.repeat(300 + i * 20));
        if (i % 3 === 0) await vfs.truncate("/f", 200 + i);
        await handle.write("x".repeat(70), i * 5);
      }
      writing = false;
      await Promise.all(readers);
      await handle.close();
    }
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
