import { join } from "node:path";
import { createVfs, isVfsError, type ProviderFile, type VPath } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { CONTEXT } from "./context.ts";
import { testDirectory } from "./directory.ts";
import { randomBytes } from "./random.ts";

const ROOT_FILE = "/f" as VPath;

const rows = (file: string, table: string): unknown => peek(file, `SELECT count(*) FROM ${table}`)[0];

describe("sqlite › handles", () => {
  it("opening and closing › writes nothing once the store is entered, and closing takes nothing with it", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "x");
    expect(rows(file, "session")).toBe(0);
    const first = await vfs.open("/f", "r");
    expect(rows(file, "session")).toBe(1);
    const second = await vfs.open("/f", "r");
    await first.close();
    await second.close();
    expect(rows(file, "held")).toBe(0);
    expect(await vfs.readFile("/f", "utf8")).toBe("x");
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a removed file › goes with its last handle, content and all", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    const data = randomBytes(300_000, 1);
    await vfs.writeFile("/f", data);
    const before = await vfs.usage("/");
    const one = await vfs.open("/f", "r+");
    const two = await vfs.open("/f", "r");
    await vfs.unlink("/f");
    expect((await vfs.usage("/")).files).toBe(before.files - 1);
    await one.write(new Uint8Array([1, 2, 3]), 0, 3, 299_999);
    await one.close();
    const { bytesRead, buffer } = await two.read(new Uint8Array(10), 0, 10, 299_997);
    expect([bytesRead, ...buffer.subarray(0, bytesRead)]).toEqual([5, data[299_997], data[299_998], 1, 2, 3]);
    expect(rows(file, "block")).not.toBe(0);
    await two.close();
    expect([rows(file, "block"), rows(file, "held")]).toEqual([0, 0]);
    expect(await vfs.usage("/")).toEqual({ bytes: 0, files: 0 });
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a file that is opened and removed in one turn › is there for its handle", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.writeFile("/f", "content");
    const [handle] = await Promise.all([vfs.open("/f", "r"), vfs.unlink("/f")]);
    expect((await handle.read()).bytesRead).toBe(7);
    await handle.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a file that is replaced by a rename › stays for its handle, and so do all that are removed with their tree", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = createVfs(sqlite({ file }));
    await vfs.mkdir("/d/e", { recursive: true });
    await vfs.writeFile("/d/e/f", "in the tree");
    await vfs.writeFile("/old", "replaced");
    await vfs.writeFile("/new", "new");
    const handles = await Promise.all(["/d/e/f", "/old"].map((path) => vfs.open(path, "r+")));
    await Promise.all([vfs.rm("/d", { recursive: true }), vfs.rename("/new", "/old")]);
    expect(rows(file, "held")).toBe(2);
    const texts = await Promise.all(
      handles.map(async (handle) => {
        const { buffer, bytesRead } = await handle.read();
        return new TextDecoder().decode(buffer.subarray(0, bytesRead));
      }),
    );
    expect(texts).toEqual(["in the tree", "replaced"]);
    await Promise.all(handles.map((handle) => handle.close()));
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("the synchronous face › does the same", () => {
    const file = join(testDirectory(), "a.db");
    const { sync } = createVfs(sqlite({ file }));
    sync.writeFile("/f", "content");
    const handle = sync.open("/f", "r+");
    sync.unlink("/f");
    handle.write("X", 0);
    expect(handle.read(new Uint8Array(10), 0, 10, 0).bytesRead).toBe(7);
    handle.close();
    expect([rows(file, "held"), rows(file, "inode")]).toEqual([0, 1]);
    sync.close();
    expect(audit(file)).toEqual([]);
  });

  it("what is called after the store was closed › is EBADF", async () => {
    const file = join(testDirectory(), "a.db");
    const provider = sqlite({ file });
    await provider.write?.(ROOT_FILE, new Uint8Array(3 << 20), {}, CONTEXT);
    const flags = {
      read: true,
      write: true,
      append: false,
      create: false,
      exclusive: false,
      truncate: false,
    };
    const open = (): unknown => provider.open?.(ROOT_FILE, { flags }, CONTEXT);
    const handle = (await open()) as ProviderFile;
    const stream = (await provider.readStream?.(ROOT_FILE, {}, CONTEXT)) as AsyncIterable<Uint8Array>;
    await provider.close?.();
    const calls: Record<string, () => unknown> = {
      stat: () => provider.stat(ROOT_FILE, {}, CONTEXT),
      read: () => provider.read(ROOT_FILE, {}, CONTEXT),
      list: () => provider.list("/" as VPath, {}, CONTEXT),
      write: () => provider.write?.(ROOT_FILE, new Uint8Array(1), {}, CONTEXT),
      "write, synchronous": () =>
        provider.write?.(ROOT_FILE, new Uint8Array(1), {}, { ...CONTEXT, sync: true }),
      open,
      usage: () => provider.usage?.(CONTEXT),
      flush: () => provider.flush?.(CONTEXT),
      stream: () => stream[Symbol.asyncIterator]().next(),
      "file.read": () => handle.read(new Uint8Array(1), 0, CONTEXT),
      "file.write": () => handle.write(new Uint8Array(1), 0, CONTEXT),
      "file.stat": () => handle.stat(CONTEXT),
    };
    for (const [what, call] of Object.entries(calls)) {
      const error = await Promise.resolve()
        .then(call)
        .catch((reason: unknown) => reason);
      expect(isVfsError(error, "EBADF"), what).toBe(true);
    }
    await handle.close(CONTEXT);
    await provider.close?.();
    expect(audit(file)).toEqual([]);
  });
});
