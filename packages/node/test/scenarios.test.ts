import nodeFs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVfs, isVfsError } from "@vfs/core";
import { delayed } from "@vfs/conformance";
import { memory } from "@vfs/memory";
import { afterAll, describe, expect, it } from "vitest";
import { toNodeFs, type NodeFs } from "../src/index.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

const PLACE = nodeFs.mkdtempSync(join(tmpdir(), "vfs-scene-"));
afterAll(() => nodeFs.rmSync(PLACE, { recursive: true, force: true }));

const face = toNodeFs(createVfs(memory()));
face.mkdirSync(PLACE, { recursive: true });
let made = 0;

async function play(fs: NodeFs, at: string, scenario: Scenario): Promise<unknown[]> {
  fs.mkdirSync(at);
  const seen: unknown[] = [];
  await scenario(fs, at, (...values) => seen.push(values));
  return seen;
}

/** A watcher that is closed where it goes out of use. */
function closing(watcher: nodeFs.FSWatcher): nodeFs.FSWatcher & AsyncDisposable {
  return Object.assign(watcher, { [Symbol.asyncDispose]: async () => watcher.close() });
}

describe("the face and node:fs see the same", () => {
  it.each(Object.keys(SCENARIOS))("%s", async (name) => {
    const at = join(PLACE, `${++made}`);
    const scenario = SCENARIOS[name];
    if (scenario === undefined) throw new Error(name);
    const real = await play(nodeFs, at, scenario);
    expect(real.length).toBeGreaterThan(0);
    expect(await play(face, at, scenario)).toEqual(real);
  });
});

describe("the face", () => {
  it("has everything that node:fs has", () => {
    const kinds = (fs: object): Record<string, string> =>
      Object.fromEntries(Object.entries(fs).map(([name, value]) => [name, typeof value]));
    expect(kinds(face)).toMatchObject(kinds(nodeFs));
    expect(kinds(face.promises)).toMatchObject(kinds(nodeFs.promises));
    expect(face.constants).toBe(nodeFs.constants);
    expect(face.realpath.native).toBeTypeOf("function");
    expect(face.realpathSync.native("/")).toBe("/");
  });

  it("wants a callback, as node:fs does", () => {
    const message = (fs: NodeFs, name: string): unknown => {
      try {
        (fs as unknown as Record<string, (...args: unknown[]) => void>)[name]?.(PLACE);
        return "none is wanted";
      } catch (error) {
        return (error as Error).message;
      }
    };
    const names =
      "stat lstat access mkdir readdir readFile unlink rmdir realpath readlink exists mkdtemp opendir".split(
        " ",
      );
    for (const name of names) expect(message(face, name), name).toBe(message(nodeFs, name));
  });

  it("tells what the Vfs said as the cause of an error", async () => {
    const error: unknown = await face.promises.readFile("/nothing").catch((reason: unknown) => reason);
    expect((error as Error).name).toBe("Error");
    expect(isVfsError((error as Error).cause, "ENOENT")).toBe(true);
  });

  it("gives Node's own classes", async () => {
    face.writeFileSync("/class", "");
    expect(face.statSync("/class")).toBeInstanceOf(nodeFs.Stats);
    expect(face.statSync("/class").mtime).toBeInstanceOf(Date);
    expect(face.readdirSync("/", { withFileTypes: true })[0]).toBeInstanceOf(nodeFs.Dirent);
    const stream = face.createReadStream("/class");
    expect(stream).toBeInstanceOf(nodeFs.ReadStream);
    stream.destroy();
  });

  it("watches where the mount must wait, too", async () => {
    const slow = toNodeFs(createVfs(delayed(memory(), 5)));
    await slow.promises.mkdir("/d");
    const seen: unknown[][] = [];
    await using _watcher = closing(slow.watch("/d", { encoding: "buffer" }, (...told) => seen.push(told)));
    for (let files = 0; seen.length === 0; files++) await slow.promises.writeFile(`/d/${files}`, "");
    expect([seen[0]?.[0], Buffer.isBuffer(seen[0]?.[1])]).toEqual(["rename", true]);

    const ending = new AbortController();
    const events = slow.promises.watch("/d", { signal: ending.signal })[Symbol.asyncIterator]();
    const next = events.next();
    ending.abort();
    await expect(next).rejects.toMatchObject({ name: "AbortError", code: "ABORT_ERR" });
  });

  it("refuses a synchronous call where the mount must wait, and nothing else", async () => {
    const slow = toNodeFs(createVfs(delayed(memory(), 5)));
    await slow.promises.mkdir("/d");
    await slow.promises.writeFile("/d/a", "waited for");
    expect(await slow.promises.readFile("/d/a", "utf8")).toBe("waited for");
    expect(() => slow.readFileSync("/d/a")).toThrow(
      expect.objectContaining({ code: "ENOTSUP", syscall: "open", path: "/d/a" }) as Error,
    );
    const handle = await slow.promises.open("/d/a", "r+");
    expect(() => slow.readSync(handle.fd, Buffer.alloc(3))).toThrow(
      expect.objectContaining({ code: "ENOTSUP", syscall: "read" }) as Error,
    );
    expect((await handle.read()).bytesRead).toBe(10);
    await handle.close();
    await slow.promises.cp("/d", "/e", { recursive: true });
    const dir = await slow.promises.opendir("/e");
    expect((await dir.read())?.name).toBe("a");
    await dir.close();
  });
});
