import { afterEach, describe, expect, it, vi } from "vitest";
import { capabilities, createVfs, type Layer, type Provider, type Stat } from "../src/index.ts";

const DIRECTORY: Stat = { type: "directory", size: 0, mtimeMs: 0 };

function store(changes: Partial<Provider> = {}): Provider {
  return {
    name: "test",
    caps: capabilities({ sync: true, write: true }),
    stat: () => DIRECTORY,
    read: () => new Uint8Array(0),
    list: () => ({ items: [] }),
    write: () => DIRECTORY,
    mkdir: () => undefined,
    remove: () => undefined,
    ...changes,
  };
}

afterEach(() => vi.unstubAllGlobals());

describe("onChange", () => {
  it("keeps a listener's failure away from the call and from the other listeners", async () => {
    const later: (() => void)[] = [];
    vi.stubGlobal("queueMicrotask", (task: () => void) => later.push(task));
    const vfs = createVfs(store());
    let told = 0;
    vfs.onChange(() => {
      throw new Error("my own affair");
    });
    vfs.onChange(() => told++);
    await vfs.mkdir("/d");
    expect(told).toBe(1);
    expect(later).toHaveLength(1);
    expect(later[0]).toThrow("my own affair");
  });
});

describe("the synchronous face", () => {
  it("refuses before a layer of the root is asked that may have to wait", async () => {
    let asked = 0;
    const slow: Layer = {
      name: "slow",
      slot: "policy",
      caps: (inner) => ({ ...inner, sync: false }),
      handle: (call, next) => {
        asked++;
        return next(call);
      },
    };
    const vfs = createVfs(store(), { layers: [slow] });
    expect(() => vfs.sync.mkdir("/d")).toThrow("ENOTSUP");
    expect(asked).toBe(0);
    expect(vfs.capabilities("/").sync).toBe(false);
    await vfs.mkdir("/d");
    expect(asked).toBe(1);
  });

  it("cannot close while an asynchronous call is under way", async () => {
    const { promise, resolve } = Promise.withResolvers<Stat>();
    let closed = 0;
    const vfs = createVfs(store({ stat: () => promise, close: () => void closed++ }));
    const pending = vfs.stat("/");
    expect(() => vfs.sync.close()).toThrow("EAGAIN");
    const closing = vfs.close();
    expect(closed).toBe(0);
    resolve(DIRECTORY);
    expect((await pending).isDirectory()).toBe(true);
    await closing;
    expect(closed).toBe(1);
    await vfs.close();
    expect(closed).toBe(1);
  });
});

describe("an error", () => {
  it("that a store has frozen still tells the path", async () => {
    const { VfsError } = await import("../src/index.ts");
    const frozen = Object.freeze(new VfsError("EIO", { hint: "broken" }));
    const vfs = createVfs(
      store({
        stat: () => {
          throw frozen;
        },
      }),
    );
    await expect(vfs.stat("/a")).rejects.toMatchObject({ code: "EIO", path: "/a", hint: "broken" });
  });
});
