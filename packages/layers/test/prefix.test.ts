import { CONTEXT } from "@vfs/conformance";
import { capabilities, createVfs, type Layer, type Provider, type Vfs, type VPath } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { codeOf } from "./outcomes.ts";
import { lacking } from "./lacking.ts";
import { tryLayer } from "./kit.ts";
import { cache, prefix } from "../src/index.ts";
import { AROUND, DELAYED, lessAndMore, MEMORY, NO_SNAPSHOTS, SNAPSHOTS } from "./skips.ts";

/** Memory with a directory in it that is to be the root, and something beside it. */
function tenants(): Provider {
  const store = memory();
  const must = store as Required<Provider>;
  void must.mkdir("/tenants" as VPath, {}, CONTEXT);
  void must.mkdir("/tenants/ada" as VPath, {}, CONTEXT);
  void must.mkdir("/tenants/bob" as VPath, {}, CONTEXT);
  return store;
}

const NO_USAGE = {
  "how full a part of a store is, is not known": [
    "usage › follows what is stored",
    "statfs › tells of room, whole and free",
    "link › counts its bytes once",
  ],
  "a snapshot is of the whole store": SNAPSHOTS,
};
const REFUSED = "usage › is refused where the store does not know";

tryLayer("prefix", {
  layers: () => [prefix("/tenants/ada")],
  places: ["mount"],
  make: tenants,
  caps: (inner) => capabilities({ ...inner, usage: false, snapshots: false }),
  skips: lessAndMore(MEMORY, [REFUSED, NO_SNAPSHOTS], NO_USAGE),
  delayedSkips: lessAndMore(DELAYED, [REFUSED, NO_SNAPSHOTS], NO_USAGE),
  around: AROUND,
});

describe("prefix", () => {
  const open = async (store: Provider, directory = "/tenants/ada"): Promise<Vfs> => {
    const vfs = createVfs(memory());
    await vfs.mount("/m", store, { layers: [prefix(directory)], keepOpen: true });
    return vfs;
  };

  it("reaches nothing outside, by dots and links neither", async () => {
    const store = tenants();
    const whole = createVfs(store, { keepOpen: true });
    await whole.writeFile("/tenants/bob/secret", "bob's");
    await whole.symlink("../bob/secret", "/tenants/ada/dots");
    await whole.symlink("/tenants/bob/secret", "/tenants/ada/absolute");
    const vfs = (await open(store)).view({ root: "/m" });
    for (const path of ["/../bob/secret", "/dots", "/absolute", "/tenants/bob/secret"])
      expect(await codeOf(() => vfs.readFile(path)), path).toBe("ENOENT");
    expect((await vfs.readdir("/")).sort()).toEqual(["absolute", "dots"]);
    await vfs.writeFile("/f", "ada's");
    expect(await whole.readFile("/tenants/ada/f", "utf8")).toBe("ada's");
  });

  it("keeps its root, and says so when it is not there", async () => {
    const vfs = await open(tenants());
    expect(await codeOf(() => vfs.rm("/m", { recursive: true }))).toBe("EBUSY");
    const missing = await open(memory(), "/no/such");
    const error: unknown = await missing.readdir("/m").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ENOENT", path: "/m" });
    expect((error as Error).message).toContain("prefix()");
    expect((error as Error).message).not.toContain("/no/such");
  });

  it("is there at once where directories are implied", async () => {
    const store = lacking({ directories: "implied" });
    const vfs = await open(store, "/no/such");
    expect((await vfs.stat("/m")).type).toBe("directory");
    expect(await vfs.readdir("/m")).toEqual([]);
  });

  it("refuses a directory that is a link, in the middle of it too", async () => {
    const store = tenants();
    const whole = createVfs(store, { keepOpen: true });
    await whole.symlink("tenants", "/link");
    const vfs = await open(store, "/link/ada");
    expect(await codeOf(() => vfs.readdir("/m"))).toBe("ELOOP");
  });

  it("shows a handle's path as its own, also to policies, and after it was moved out of sight", async () => {
    const store = tenants();
    const seen: string[] = [];
    const watch: Layer = {
      name: "watch",
      slot: "policy",
      handle: (call, next) => {
        if (call.file !== undefined) seen.push(`${call.op} ${call.path} ${call.file.path}`);
        return next(call);
      },
    };
    const between: string[] = [];
    const middle: Layer = {
      name: "middle",
      slot: "transform",
      handle: (call, next) => {
        if (call.file !== undefined) between.push(call.path);
        return next(call);
      },
    };
    const vfs = createVfs(memory());
    const layers = [watch, prefix("/ada"), middle, prefix("/tenants")];
    await vfs.mount("/m", store, { layers, keepOpen: true });
    await vfs.writeFile("/m/f", "x");
    const handle = await vfs.open("/m/f", "r+");
    await handle.write("y", 0);
    await vfs.rename("/m/f", "/m/g");
    await handle.write("z", 0);
    const whole = createVfs(store, { keepOpen: true });
    await whole.rename("/tenants/ada/g", "/out");
    await handle.write("w", 0);
    await handle.close();
    expect(seen).toEqual([
      "file.write /f /m/f",
      "file.write /g /m/g",
      "file.write /g /m/g",
      "file.close /g /m/g",
    ]);
    expect(between).toEqual(["/ada/f", "/ada/g", "/ada/g", "/ada/g"]);
    expect(await whole.readFile("/out", "utf8")).toBe("w");
  });

  it("tells of changes below it by their names here, and of no others", async () => {
    const store = tenants();
    const whole = createVfs(store, { keepOpen: true });
    const vfs = await open(store);
    const { revision } = await vfs.changes(undefined, { path: "/m" });
    const watcher = vfs.watch("/m", { recursive: true });
    await watcher.ready;
    await whole.writeFile("/tenants/bob/f", "x");
    await whole.writeFile("/tenants/ada/f", "x");
    await whole.rename("/tenants/ada/f", "/tenants/bob/g");
    const told = [(await watcher.next()).value, (await watcher.next()).value];
    expect(told.map((event) => [event?.kind, event?.path])).toEqual([
      ["created", "/m/f"],
      ["removed", "/m/f"],
    ]);
    watcher.close();
    const { changes } = await vfs.changes(revision, { path: "/m" });
    expect(changes.map(({ kind, path }) => [kind, path])).toEqual([
      ["created", "/m/f"],
      ["removed", "/m/f"],
    ]);
  });

  it("lets a cache above it hear of what is changed beside it, and above", async () => {
    const store = tenants();
    const whole = createVfs(store, { keepOpen: true });
    const vfs = createVfs(memory());
    await vfs.mount("/m", store, { layers: [cache({ ttlMs: Infinity }), prefix("/tenants/ada")] });
    await vfs.writeFile("/m/f", "one");
    expect(await vfs.readFile("/m/f", "utf8")).toBe("one");
    await whole.writeFile("/tenants/ada/f", "two");
    expect(await vfs.readFile("/m/f", "utf8")).toBe("two");
    await whole.rename("/tenants", "/elsewhere");
    expect(await codeOf(() => vfs.readFile("/m/f"))).toBe("ENOENT");
    await whole.rename("/elsewhere", "/tenants");
    expect(await vfs.readFile("/m/f", "utf8")).toBe("two");
    await vfs.close();
  });

  it("does not tell how full the store is, and takes no path that is not normal", async () => {
    const vfs = await open(tenants());
    expect(vfs.capabilities("/m").usage).toBe(false);
    for (const path of ["tenants", "/", "/a/", "/a//b", "/a/../b", "/.", ""])
      expect(() => prefix(path), path).toThrow(TypeError);
  });
});
