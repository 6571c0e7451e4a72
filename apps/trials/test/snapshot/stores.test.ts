import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, type Provider, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { snapshots, type ExportFormat } from "@vfs/snapshot";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { onE2b, onS3, type Served } from "../servers.ts";
import { picture, STORES } from "./stores.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vfs-snapshot-"))));
afterEach(() => rmSync(folder, { recursive: true }));

async function fill(vfs: Vfs): Promise<void> {
  await vfs.mkdir("/a/empty", { recursive: true });
  await vfs.writeFile("/a/text", "héllo", { mode: 0o640 });
  await vfs.writeFile(
    "/a/b",
    new Uint8Array(300_000).map((_, at) => Math.imul(at, 2_654_435_761) >>> 24),
  );
  await vfs.link("/a/text", "/linked");
  await vfs.symlink("a/text", "/soft");
  await vfs.utimes("/a/b", 1_234_567_890.5, 1_234_567_890.5);
  await vfs.chmod("/a/empty", 0o711);
}

async function spoil(vfs: Vfs): Promise<void> {
  await vfs.appendFile("/a/text", "!");
  await vfs.rm("/a/b");
  await vfs.rm("/soft");
  await vfs.chmod("/a/empty", 0o755);
  await vfs.writeFile("/a/empty/new", "new");
  await vfs.mkdir("/later/on", { recursive: true });
}

const servers: Partial<Record<"s3" | "e2b", Served>> = {};
beforeAll(async () => void Object.assign(servers, { s3: await onS3(), e2b: await onE2b() }));
afterAll(async () => {
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
});

function on(name: "s3" | "e2b"): Provider {
  const server = servers[name];
  assert(server !== undefined);
  return server.make();
}

/** Stores in a service. */
const SERVED = {
  s3: (): Provider => on("s3"),
  e2b: (): Provider => on("e2b"),
};

describe("a tree", () => {
  interface Pair {
    readonly tree: string;
    readonly make: (folder: string) => Provider;
    readonly store: string;
    readonly makeStore: (folder: string) => Provider;
  }
  const pairs: Pair[] = [
    ...Object.entries(STORES).flatMap(([tree, make]) =>
      Object.entries(STORES).map(([store, makeStore]) => ({ tree, make, store, makeStore })),
    ),
    ...Object.entries(SERVED).map(([store, makeStore]) => ({
      tree: "memory",
      make: () => memory(),
      store,
      makeStore,
    })),
    { tree: "e2b", make: SERVED.e2b, store: "s3", makeStore: SERVED.s3 },
  ];
  for (const { tree, make, store, makeStore } of pairs)
    it(`in ${tree} comes back from snapshots in ${store}`, async () => {
      await using vfs = createVfs(make(join(folder, "tree")));
      const kept = makeStore(join(folder, "store"));
      await using _closed = createVfs(kept);
      const states = snapshots(vfs, { store: kept });
      await fill(vfs);
      const before = await picture(vfs);
      expect(await states.create("before")).toMatchObject({ consistent: true, files: 3 });
      await spoil(vfs);
      const spoiled = await picture(vfs);
      await states.create("spoiled");
      await states.restore("before");
      expect(await picture(vfs)).toEqual(before);
      expect(await states.restore("before")).toEqual({
        removed: [],
        made: [],
        written: [],
        attributes: [],
      });
      await states.restore("spoiled");
      expect(await picture(vfs)).toEqual(spoiled);
      await states.delete("before", "spoiled");
      expect((await states.usage()).bytes).toBe(0);
    });

  for (const [from, makeFrom] of Object.entries(STORES))
    for (const [to, makeTo] of Object.entries(STORES))
      it(`of ${from} is carried to ${to} by archives`, async () => {
        await using vfs = createVfs(makeFrom(join(folder, "from")));
        await fill(vfs);
        const states = snapshots(vfs, { store: memory() });
        await states.create("all");
        for (const format of ["json", "tar", "tar.gz"] satisfies ExportFormat[]) {
          await using other = createVfs(makeTo(join(folder, format)));
          const there = snapshots(other, { store: memory() });
          const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
          await Promise.all([
            states.export("all", writable, { format }),
            there.import(readable, { name: "in", trusted: true }),
          ]);
          await there.restore("in");
          expect(await picture(other)).toEqual(await picture(vfs));
        }
      });
});
