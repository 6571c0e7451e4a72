import { CONTEXT } from "@vfs/conformance";
import { randomBytes } from "node:crypto";
import { createVfs, type FindOptions, type Layer, type NewEntry, type Vfs, type VPath } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import type { E2bProvider } from "../src/index.ts";
import { E2bServer } from "./server/server.ts";
import { Stores } from "./stores.ts";

const server = await E2bServer.start();
afterAll(() => server.close());
const stores = await Stores.on(server.url);

/** What an action costs, by operation of E2B. */
async function costOf(action: () => Promise<unknown>): Promise<Record<string, number>> {
  server.log.clear();
  await action();
  return server.log.counts();
}

function fresh(): { vfs: Vfs; store: E2bProvider } {
  const store = stores.make();
  return { store, vfs: createVfs(store) };
}

const KIB = 1 << 10;
const MIB = 1 << 20;
const bytes = (count: number): Uint8Array => new Uint8Array(count).map((_, i) => (i * 7 + (i >> 8)) & 255);

/** A thousand small files in ten folders. */
const THOUSAND = Array.from({ length: 1000 }, (_, i) => ({
  name: `t/d${i % 10}/f${i}`,
  type: "file" as const,
  data: randomBytes(KIB + (i % 7)),
  mode: 0o644,
}));
const ENTRIES: readonly NewEntry[] = [
  { name: "t", type: "directory" },
  ...Array.from({ length: 10 }, (_, i) => ({ name: `t/d${i}`, type: "directory" as const })),
  ...THOUSAND,
];

describe("e2b › costs", () => {
  it("one path › is one command", async () => {
    const { vfs } = fresh();
    expect(await costOf(() => vfs.writeFile("/f", "small"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.writeFile("/f", bytes(64 * KIB)))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.stat("/f"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.exists("/none"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.readFile("/f"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.appendFile("/f", "more"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.truncate("/f", 3))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.chmod("/f", 0o600))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.utimes("/f", 1, 2))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.mkdir("/d"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.symlink("f", "/l"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.link("/f", "/h"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.readlink("/l"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.copyFile("/f", "/c"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.rename("/c", "/d/c"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.readdir("/"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.ls("/"))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.unlink("/h"))).toEqual({ Start: 1 });
    // A link on the way is one command more.
    expect(await costOf(() => vfs.readFile("/l"))).toEqual({ Start: 2 });
    await vfs.close();
  });

  it("a circle of links › is told as soon as it closes", async () => {
    const { vfs } = fresh();
    await vfs.symlink("self", "/self");
    await vfs.symlink("/b", "/a");
    await vfs.symlink("/a", "/b");
    const told = async (path: string): Promise<void> => {
      await expect(vfs.stat(path)).rejects.toMatchObject({ code: "ELOOP" });
    };
    expect(await costOf(() => told("/self"))).toEqual({ Start: 2 });
    expect(await costOf(() => told("/a/x"))).toEqual({ Start: 4 });
    await vfs.close();
  });

  it("up to 1 MiB › is written by two requests, and read by one", async () => {
    const { vfs } = fresh();
    const data = bytes(MIB);
    expect(await costOf(() => vfs.writeFile("/f", data))).toEqual({ WriteFile: 1, Start: 1 });
    expect(await costOf(() => vfs.writeFile("/f", data))).toEqual({ WriteFile: 1, Start: 1 });
    expect(await costOf(async () => expect(await vfs.readFile("/f")).toEqual(data))).toEqual({ Start: 1 });
    expect(await costOf(() => vfs.appendFile("/f", data))).toEqual({ WriteFile: 1, Start: 1 });
    // More is downloaded as it is.
    expect(await costOf(async () => expect((await vfs.readFile("/f")).length).toBe(2 * MIB))).toEqual({
      Start: 1,
      ReadFile: 1,
    });
    expect(server.log.entries.at(-1)).toMatchObject({ responseBytes: 2 * MIB });
    expect(await costOf(() => vfs.readFile("/f", { start: MIB, end: MIB + 9 }))).toEqual({ Start: 1 });
    await vfs.close();
  });

  it("a stream › is a look, its content, and its place", async () => {
    const { vfs } = fresh();
    const source = Array.from({ length: 4 }, () => bytes(MIB));
    expect(await costOf(() => vfs.writeStream("/f", source))).toEqual({ Start: 2, WriteFile: 1 });
    const read = async (): Promise<void> => {
      let count = 0;
      for await (const { length } of vfs.readStream("/f")) count += length;
      expect(count).toBe(4 * MIB);
    };
    expect(await costOf(read)).toEqual({ Start: 1, ReadFile: 1 });
    await vfs.close();
  });

  it("an open file › costs one request for each call", async () => {
    const { vfs } = fresh();
    await vfs.writeFile("/f", "0123456789");
    const opened = await costOf(async () => {
      const file = await vfs.open("/f", "r+");
      await file.read(new Uint8Array(4), 0, 4, 3);
      await file.write(new TextEncoder().encode("xy"), 0, 2, 5);
      await file.stat();
      await file.close();
    });
    expect(opened).toEqual({ Start: 4, SendSignal: 1 });
    expect(await vfs.readFile("/f", "utf8")).toBe("01234xy789");
    await vfs.close();
  });

  it("a thousand small files › go in by three requests, and come out by three", async () => {
    await using elsewhere = await E2bServer.start();
    const { vfs, store } = fresh();
    await vfs.mount("/far", (await Stores.on(elsewhere.url)).make());
    await store.writeMany("/" as VPath, { entries: ENTRIES }, CONTEXT);
    // A look at what it is; all names, and all content.
    expect(await costOf(() => vfs.cp("/t", "/far/t", { recursive: true }))).toEqual({ Start: 3 });
    expect(await vfs.readFile("/far/t/d3/f13")).toEqual(new Uint8Array(THOUSAND[13]?.data ?? []));
    // A look at where it goes; all content, and its place.
    const written = { WriteFile: 1, Start: 2 };
    expect(await costOf(() => vfs.cp("/far/t", "/u", { recursive: true }))).toEqual(written);
    expect(await vfs.readFile("/u/d3/f13")).toEqual(new Uint8Array(THOUSAND[13]?.data ?? []));
    // Onto what is there as well.
    expect(await costOf(() => vfs.cp("/far/t", "/u", { recursive: true }))).toEqual(written);
    expect(await vfs.du("/u")).toMatchObject({ files: 1000, directories: 10 });
    // Where directories are missing, they are made first: what was sent for nothing is sent again.
    const deep = await costOf(() => vfs.cp("/far/t/d1", "/made/on/the/way", { recursive: true }));
    expect((deep["Start"] ?? 0) + (deep["WriteFile"] ?? 0)).toBeLessThan(12);
    // Little goes along with the command.
    expect(await costOf(() => vfs.cp("/far/t/d2/f2", "/one"))).toEqual({ Start: 2 });
    await vfs.close();
  });

  it("cp › into it sends each file by itself where a layer must see each", async () => {
    await using elsewhere = await E2bServer.start();
    const { vfs } = fresh();
    await vfs.mount("/far", (await Stores.on(elsewhere.url)).make());
    for (const name of ["a", "b", "c"]) await vfs.writeFile(`/far/${name}`, name);
    const seen: string[] = [];
    const handle: Layer["handle"] = (call, next) => {
      if (call.op.startsWith("write")) seen.push(`${call.op} ${call.path}`);
      return next(call as never);
    };
    await vfs.mount("/seen", stores.make(), { layers: [{ name: "sees", slot: "policy", handle }] });
    await vfs.cp("/far", "/seen", { recursive: true });
    expect(seen.sort()).toEqual(["write /a", "write /b", "write /c"]);
    const decidesBelow = (): boolean => true;
    const layer = { name: "decides", slot: "policy", passesMany: true, decidesBelow, handle } as const;
    await vfs.mount("/decided", stores.make(), { layers: [layer] });
    seen.length = 0;
    await vfs.cp("/far", "/decided", { recursive: true });
    expect(seen.sort()).toEqual(["write /a", "write /b", "write /c"]);
    await vfs.close();
  });

  it("a tree of any depth › is one command", async () => {
    const { vfs, store } = fresh();
    await store.writeMany("/" as VPath, { entries: ENTRIES }, CONTEXT);
    await vfs.mkdir("/t/d0/a/b/c/d/e", { recursive: true });
    const one = { Start: 1 };
    const counted = async (): Promise<void> => {
      expect(await vfs.du("/t")).toMatchObject({ files: 1000, directories: 15 });
    };
    expect(await costOf(counted)).toEqual(one);
    expect(await costOf(() => vfs.tree("/t"))).toEqual(one);
    expect(await costOf(() => vfs.tree("/t", { maxDepth: 2 }))).toEqual(one);
    expect(await costOf(() => vfs.readdir("/t", { recursive: true }))).toEqual(one);
    const types = { recursive: true, withFileTypes: true } as const;
    expect(await costOf(() => vfs.readdir("/t", types))).toEqual(one);
    expect(await costOf(() => vfs.readdir("/t", { ...types, stat: true }))).toEqual(one);
    const found = async (options: FindOptions, expected: number): Promise<void> => {
      let count = 0;
      for await (const { name } of vfs.find("/t", options)) if (name !== "") count++;
      expect(count).toBe(expected);
    };
    expect(await costOf(() => found({}, 1015))).toEqual(one);
    expect(await costOf(() => found({ type: "file" }, 1000))).toEqual(one);
    expect(await costOf(() => found({ maxDepth: 1 }, 10))).toEqual(one);
    const searched = async (): Promise<void> => {
      for await (const match of vfs.grep("/t", "nowhere")) expect(match).toBeUndefined();
    };
    expect(await costOf(searched)).toEqual(one);
    // A look at what it is, and at where it goes.
    expect(await costOf(() => vfs.cp("/t", "/copy", { recursive: true }))).toEqual({ Start: 3 });
    expect(await costOf(() => vfs.rm("/t", { recursive: true }))).toEqual(one);
    expect(await vfs.exists("/t")).toBe(false);
    await vfs.close();
  });

  it("a tree that is none › is told by what it was asked, or by a look", async () => {
    await using elsewhere = await E2bServer.start();
    const { vfs } = fresh();
    const one = { Start: 1 };
    const refused = async (action: () => Promise<unknown>, code: string): Promise<void> => {
      await expect(action()).rejects.toMatchObject({ code, path: "/none" });
    };
    const all = async (path: string): Promise<string[]> => {
      const names: string[] = [];
      for await (const { name } of vfs.find(path)) names.push(name);
      return names;
    };
    for (const action of [
      () => vfs.rm("/none", { recursive: true }),
      () => vfs.du("/none"),
      () => vfs.readdir("/none", { recursive: true }),
      () => all("/none"),
    ])
      expect(await costOf(() => refused(action, "ENOENT"))).toEqual(one);
    expect(await costOf(() => vfs.rm("/none", { recursive: true, force: true }))).toEqual(one);
    await vfs.writeFile("/f", "12345");
    await vfs.mkdir("/d");
    await vfs.writeFile("/d/f", "1");
    await vfs.symlink("d", "/l");
    expect(await vfs.du("/f")).toEqual({ bytes: 5, files: 1, directories: 0 });
    expect(await all("/f")).toEqual([]);
    expect(await all("/l")).toEqual(["f"]);
    // A link is what is removed, not what it leads to.
    expect(await costOf(() => vfs.rm("/l", { recursive: true }))).toEqual({ Start: 2 });
    expect(await costOf(() => vfs.rm("/f", { recursive: true }))).toEqual({ Start: 2 });
    expect(await vfs.readdir("/", { recursive: true })).toEqual(["d", "d/f"]);
    // With something mounted below, each store is asked for what is its own.
    await vfs.mount("/d/m", (await Stores.on(elsewhere.url)).make());
    await vfs.writeFile("/d/m/g", "123");
    expect(await vfs.du("/")).toEqual({ bytes: 4, files: 2, directories: 2 });
    await expect(vfs.rm("/d", { recursive: true })).rejects.toMatchObject({ code: "EBUSY" });
    expect(await vfs.readFile("/d/f", "utf8")).toBe("1");
    await vfs.close();
  });
});
