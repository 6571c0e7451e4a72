import { delayed } from "@vfs/conformance";
import { createVfs, isVfsError, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { quota } from "../src/index.ts";
import { silent } from "./silent.ts";

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

const STORES: [string, () => Provider][] = [
  ["memory", memory],
  ["memory that does not tell", () => silent(memory())],
  ["memory behind delays", () => delayed(memory(), 5)],
  ["memory behind delays that does not tell", () => delayed(silent(memory()), 6)],
];

async function codes(all: readonly Promise<unknown>[]): Promise<string[]> {
  const done = await Promise.allSettled(all);
  return done.map((one) => {
    if (one.status === "fulfilled") return "ok";
    if (!isVfsError(one.reason)) throw one.reason;
    return one.reason.code;
  });
}

describe.each(STORES)("quota › races › %s", (_name, make) => {
  it("lets one of two have the last byte", async () => {
    for (let round = 0; round < 20; round++) {
      const layer = quota({ maxTotalBytes: 10 });
      const vfs = createVfs(make(), { layers: [layer] });
      await vfs.writeFile("/old", bytes(9));
      const outcomes = await codes([
        vfs.appendFile("/old", bytes(1)),
        vfs.writeFile("/new", bytes(1)),
        vfs.writeStream("/stream", [bytes(1)]),
      ]);
      expect(outcomes.toSorted()).toEqual(["EDQUOT", "EDQUOT", "ok"]);
      expect((await layer.resync()).bytes).toBe(10);
    }
  });

  it("refuses nobody for what others are promised and do not need", async () => {
    for (let round = 0; round < 20; round++) {
      const layer = quota({ maxTotalBytes: 100, maxFiles: 10 });
      const vfs = createVfs(make(), { layers: [layer] });
      const all = Array.from({ length: 10 }, (_, i) => vfs.writeFile(`/f${i}`, bytes(10)));
      expect(new Set(await codes(all))).toEqual(new Set(["ok"]));
      const again = Array.from({ length: 10 }, (_, i) => vfs.writeFile(`/f${i}`, bytes(10)));
      expect(new Set(await codes(again))).toEqual(new Set(["ok"]));
      expect((await layer.resync()).bytes).toBe(100);
    }
  });

  it("does not count on bytes that somebody else takes away", async () => {
    for (let round = 0; round < 30; round++) {
      const layer = quota({ maxTotalBytes: 10 });
      const vfs = createVfs(make(), { layers: [layer] });
      await vfs.writeFile("/f", bytes(10));
      await codes([
        vfs.writeFile("/f", bytes(10)),
        vfs.unlink("/f"),
        vfs.writeFile("/g", bytes(10)),
        vfs.writeStream("/f", [bytes(5), bytes(5)]),
        vfs.rename("/f", "/h"),
      ]);
      expect((await layer.resync()).bytes).toBeLessThanOrEqual(10);
    }
  });

  it("writes what the bytes were at the call, however long that waits", async () => {
    const vfs = createVfs(make(), { layers: [quota({ maxTotalBytes: 20 })] });
    await vfs.writeFile("/full", bytes(10));
    const data = bytes(10);
    const written = Promise.all([vfs.writeFile("/full", data), vfs.writeFile("/b", data)]);
    data.fill(0);
    await written;
    expect([await vfs.readFile("/full"), await vfs.readFile("/b")]).toEqual([bytes(10), bytes(10)]);
  });

  it("stream › is cut at the exact byte; what was there stays, and the source is ended", async () => {
    const layer = quota({ maxTotalBytes: 10 });
    const vfs = createVfs(make(), { layers: [layer] });
    await vfs.writeFile("/f", bytes(4));
    let taken = 0;
    let ended = false;
    async function* source(length: number): AsyncGenerator<Uint8Array> {
      try {
        for (taken = 0; taken < length; taken++) yield bytes(1);
      } finally {
        ended = true;
      }
    }
    await expect(vfs.writeStream("/f", source(11))).rejects.toMatchObject({ code: "EDQUOT" });
    expect({ taken, ended }).toEqual({ taken: 10, ended: true });
    expect(await vfs.readFile("/f")).toEqual(bytes(4));
    expect(layer.usage()).toMatchObject({ reservedBytes: 0, reservedFiles: 0 });
    await vfs.writeStream("/f", source(10));
    expect((await vfs.stat("/f")).size).toBe(10);
  });

  it("stream › of a size that does not fit is refused before it is read", async () => {
    const vfs = createVfs(make(), { layers: [quota({ maxTotalBytes: 10 })] });
    await vfs.writeFile("/f", bytes(4));
    let read = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      read = true;
      yield bytes(11);
    }
    await expect(vfs.writeStream("/f", source(), { size: 11 })).rejects.toMatchObject({ code: "EDQUOT" });
    expect(read).toBe(false);
  });

  it("stream › under way keeps its room, and no more than that", async () => {
    const layer = quota({ maxTotalBytes: 10 });
    const vfs = createVfs(make(), { layers: [layer] });
    const { promise: half, resolve: reached } = Promise.withResolvers<void>();
    const { promise: go, resolve: goOn } = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield bytes(5);
      reached();
      await go;
      yield bytes(1);
    }
    const streamed = vfs.writeStream("/s", source());
    await half;
    await expect(vfs.writeFile("/f", bytes(6))).rejects.toMatchObject({ code: "EDQUOT" });
    await vfs.writeFile("/f", bytes(4));
    goOn();
    await streamed;
    await expect(vfs.appendFile("/f", bytes(1))).rejects.toMatchObject({ code: "EDQUOT" });
    expect((await layer.resync()).bytes).toBe(10);
  });

  it("gives back what a link on the way, a failure and an abort did not use", async () => {
    const layer = quota({ maxTotalBytes: 10, maxFiles: 4 });
    const vfs = createVfs(make(), { layers: [layer] });
    await vfs.mkdir("/d");
    await vfs.symlink("/d", "/l");
    await vfs.writeFile("/l/f", bytes(9));
    await expect(vfs.writeFile("/no/f", bytes(1))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(vfs.writeFile("/d", bytes(1))).rejects.toMatchObject({ code: "EISDIR" });
    const signal = AbortSignal.abort();
    await expect(vfs.writeFile("/x", bytes(1), { signal })).rejects.toMatchObject({ name: "AbortError" });
    expect(await layer.resync()).toMatchObject({ bytes: 9, files: 3, reservedBytes: 0, reservedFiles: 0 });
    await vfs.writeFile("/l/g", bytes(1));
  });

  it("keeps counting what is open and has no name, until the last handle is closed", async () => {
    const layer = quota({ maxTotalBytes: 10 });
    const vfs = createVfs(make(), { layers: [layer] });
    await vfs.writeFile("/f", bytes(6));
    await vfs.link("/f", "/g");
    const one = await vfs.open("/f", "r+");
    const other = await vfs.open("/g", "r+");
    await vfs.unlink("/f");
    await vfs.unlink("/g");
    await expect(vfs.writeFile("/h", bytes(5))).rejects.toMatchObject({ code: "EDQUOT" });
    await one.write(bytes(4), 0, 4, 6);
    await expect(other.write(bytes(1), 0, 1, 10)).rejects.toMatchObject({ code: "EDQUOT" });
    await one.close();
    await expect(vfs.writeFile("/h", bytes(1))).rejects.toMatchObject({ code: "EDQUOT" });
    await other.close();
    await vfs.writeFile("/h", bytes(10));
    expect((await layer.resync()).bytes).toBe(10);
  });
});

it("quota › races › measures anew only while nothing is under way", async () => {
  for (let seed = 0; seed < 100; seed++) {
    const layer = quota({ maxTotalBytes: 150, maxFiles: 9 });
    const vfs = createVfs(delayed(silent(memory()), seed), { layers: [layer] });
    await layer.resync();
    await Promise.allSettled([
      vfs.writeFile("/d/a", bytes(0)),
      vfs.truncate("/b", 0),
      vfs.writeFile("/d", bytes(0)),
      vfs.writeFile("/b", bytes(0)),
      vfs.cp("/b", "/a"),
    ]);
    const { measured, files } = layer.usage();
    const there = await layer.resync();
    expect(measured ? files : there.files).toBe(there.files);
  }
});
