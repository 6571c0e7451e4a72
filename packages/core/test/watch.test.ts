import { afterEach, describe, expect, it, vi } from "vitest";
import {
  capabilities,
  createVfs,
  VfsError,
  type Capabilities,
  type Entry,
  type FileType,
  type Provider,
  type ProviderWatchOptions,
  type Stat,
  type StoreChange,
  type VPath,
} from "../src/index.ts";

const EVERY_MS = 100;

/** A store that others change behind its back, and that counts what it is asked. */
class Elsewhere implements Provider {
  readonly name = "elsewhere";
  readonly caps: Capabilities;
  readonly files = new Map<string, string>();
  readonly asked: string[] = [];
  failure: Error | undefined;
  /** Paths with a slash at the end are directories. */
  constructor(caps: Partial<Capabilities>, ...files: string[]) {
    this.caps = capabilities(caps);
    for (const file of files) this.files.set(file, "");
  }

  stat(path: VPath): Stat {
    this.#ask(`stat ${path}`);
    const found = this.#find(path);
    if (found === undefined) throw new VfsError("ENOENT");
    return found;
  }

  read(): Uint8Array<ArrayBuffer> {
    return new Uint8Array();
  }

  async list(path: VPath, { stat }: { readonly stat?: boolean | undefined }): Promise<{ items: Entry[] }> {
    this.#ask(`list ${path}`);
    const start = path === "/" ? "/" : `${path}/`;
    const names = [...this.files.keys()]
      .filter((file) => file.startsWith(start) && file !== start)
      .map((file) => file.slice(start.length).split("/")[0] ?? "");
    const items = [...new Set(names)].map((name): Entry => {
      const found = this.#find(start + name) ?? { type: "other", size: 0, mtimeMs: 0 };
      return { name, type: found.type, stat: stat === true ? found : undefined };
    });
    return { items };
  }

  #ask(what: string): void {
    this.asked.push(what);
    if (this.failure !== undefined) throw this.failure;
  }

  #find(path: string): Stat | undefined {
    const isDirectory = path === "/" || [...this.files.keys()].some((file) => file.startsWith(`${path}/`));
    const etag = this.files.get(path);
    const type: FileType = isDirectory ? "directory" : "file";
    return isDirectory || etag !== undefined ? { type, size: 0, mtimeMs: 0, etag } : undefined;
  }
}

/** Makes the timers pass until the watch has looked once more. */
async function look(): Promise<void> {
  await vi.advanceTimersByTimeAsync(EVERY_MS);
}

function begin(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
}

afterEach(() => vi.useRealTimers());

describe("watch › of a store that can only be asked", () => {
  it("finds what others have changed at the next look", async () => {
    begin();
    const store = new Elsewhere({ etag: true }, "/d/a", "/d/b", "/d/e/f");
    const vfs = createVfs(store);
    const watcher = vfs.watch("/d", { recursive: true, intervalMs: EVERY_MS });
    await watcher.ready;
    store.files.set("/d/a", "2");
    store.files.set("/d/new/x", "1");
    store.files.delete("/d/b");
    store.files.delete("/d/e/f");
    await look();
    await vfs.close();
    const events: string[] = [];
    for await (const { kind, path } of watcher) events.push(`${kind} ${path}`);
    expect(events.sort()).toEqual([
      "changed /d/a",
      "created /d/new",
      "created /d/new/x",
      "removed /d/b",
      "removed /d/e",
      "removed /d/e/f",
    ]);
  });

  it("asks once a directory where listings bring stats, and nothing after its end", async () => {
    begin();
    const store = new Elsewhere({ etag: true, listStat: true }, "/d/a", "/d/b", "/d/e/f");
    const vfs = createVfs(store);
    const watcher = vfs.watch("/d", { recursive: true, intervalMs: EVERY_MS });
    await watcher.ready;
    store.asked.length = 0;
    await look();
    expect(store.asked).toEqual(["stat /d", "list /d", "list /d/e"]);
    watcher.close();
    await look();
    await look();
    expect(store.asked).toHaveLength(3);
  });

  it("does not begin a look while one is under way, and rests four times as long as it took", async () => {
    begin();
    const store = new Elsewhere({ etag: true, listStat: true }, "/a");
    const list = store.list.bind(store);
    store.list = async (path, options) => {
      await new Promise((resolve) => setTimeout(resolve, 3 * EVERY_MS));
      return list(path, options);
    };
    const vfs = createVfs(store);
    const watcher = vfs.watch("/", { intervalMs: EVERY_MS });
    for (let i = 0; i < 4; i++) await look();
    await watcher.ready;
    const looks = (): number => store.asked.filter((what) => what.startsWith("list")).length;
    expect(looks()).toBe(1);
    for (let i = 0; i < 4; i++) await look();
    expect(looks()).toBe(2);
    for (let i = 0; i < 11; i++) await look();
    expect(looks()).toBe(2);
    for (let i = 0; i < 5; i++) await look();
    expect(looks()).toBe(3);
    await vfs.close();
  });

  it("bears a failure that passes, and tells of one that does not", async () => {
    begin();
    const store = new Elsewhere({ etag: true }, "/a");
    const vfs = createVfs(store);
    const watcher = vfs.watch("/", { intervalMs: EVERY_MS });
    await watcher.ready;
    store.failure = new VfsError("ETIMEDOUT", { reason: "transient" });
    store.files.set("/a", "2");
    await look();
    store.failure = undefined;
    await look();
    expect((await watcher.next()).value).toMatchObject({ kind: "changed", path: "/a" });
    store.failure = new VfsError("EIO");
    await look();
    await expect(watcher.next()).rejects.toMatchObject({ code: "EIO", syscall: "watch", path: "/" });
    expect((await watcher.next()).done).toBe(true);
  });
});

describe("watch › of a store that tells where", () => {
  /** The store, and how to tell something in its place. */
  function hinting(...files: string[]): {
    store: Elsewhere;
    tell: (...changes: StoreChange[]) => void;
    options: () => ProviderWatchOptions;
    closed: () => number;
  } {
    let given: ProviderWatchOptions | undefined;
    let closed = 0;
    const store = new Elsewhere({ etag: true, listStat: true, watch: "paths" }, ...files);
    const watch = (_path: VPath, options: ProviderWatchOptions) => {
      given = options;
      return { close: () => void closed++ };
    };
    Object.assign(store, { watch });
    const options = (): ProviderWatchOptions => given as ProviderWatchOptions;
    return { store, options, tell: (...changes) => options().report.changes(changes), closed: () => closed };
  }
  const p = (path: string): VPath => path as VPath;

  it("looks there and nowhere else, and never by itself", async () => {
    begin();
    const { store, tell, options } = hinting("/d/a", "/d/b/c/x", "/e");
    const vfs = createVfs(store);
    const watcher = vfs.watch("/d", { recursive: true, persistent: false, intervalMs: 7 });
    await watcher.ready;
    expect(options()).toMatchObject({ recursive: true, persistent: false, intervalMs: 7 });
    store.asked.length = 0;
    for (let i = 0; i < 5; i++) await look();
    expect(store.asked).toEqual([]);
    store.files.set("/d/b/c/x", "2");
    tell({ kind: "changed", path: p("/d/b/c/x") }, { kind: "changed", path: p("/e") });
    expect((await watcher.next()).value).toMatchObject({ kind: "changed", filename: "b/c/x" });
    expect(store.asked).toEqual(["stat /d/b/c/x"]);
    await vfs.close();
  });

  it("looks everywhere when something was lost", async () => {
    const { store, options } = hinting("/d/a", "/d/b/x");
    const vfs = createVfs(store);
    const watcher = vfs.watch("/d", { recursive: true });
    await watcher.ready;
    store.files.delete("/d/a");
    options().report.lost();
    expect((await watcher.next()).value).toMatchObject({ kind: "removed", filename: "a" });
    await vfs.close();
  });

  it("ends with the failure of the store, after a last look", async () => {
    const { store, options, closed } = hinting("/d/a", "/d/b");
    const watcher = createVfs(store).watch("/d");
    await watcher.ready;
    store.files.delete("/d/a");
    options().report.failed(new VfsError("ENOSPC", { hint: "too many" }));
    expect((await watcher.next()).value).toMatchObject({ kind: "removed", filename: "a" });
    await expect(watcher.next()).rejects.toMatchObject({ code: "ENOSPC", hint: "too many" });
    expect(closed()).toBe(1);
  });

  it("takes a name that leads to something else for what it is", async () => {
    const { store, tell } = hinting("/d/a", "/d/b");
    const vfs = createVfs(store);
    const watcher = vfs.watch("/d", { recursive: true });
    await watcher.ready;
    store.files.delete("/d/a");
    store.files.set("/d/a/now/deep", "1");
    tell({ kind: "created", path: p("/d/a/now/deep") });
    const events: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { value } = await watcher.next();
      events.push(`${value?.kind} ${value?.filename} ${value?.type}`);
    }
    expect(events).toEqual([
      "removed a file",
      "created a directory",
      "created a/now directory",
      "created a/now/deep file",
    ]);
    await vfs.close();
  });
});

describe("watch › through the door", () => {
  it("is a call that a policy sees, and may refuse", async () => {
    const seen: string[] = [];
    const vfs = createVfs(new Elsewhere({ etag: true, watch: "none" }, "/d/a"), {
      layers: [
        {
          name: "policy",
          slot: "policy",
          handle: (call, next) => {
            seen.push(`${call.op} ${call.path}`);
            if (call.op === "watch") throw new VfsError("EACCES", { reason: "policy" });
            return next(call);
          },
        },
      ],
    });
    const watcher = vfs.watch("/d");
    await expect(watcher.ready).rejects.toMatchObject({ code: "EACCES", path: "/d", syscall: "watch" });
    expect(seen).toEqual(["watch /d"]);
  });
});
