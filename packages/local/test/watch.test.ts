import { createVfs, isVfsError, type Vfs, type Watcher, type WatchEvent } from "@vfs/core";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { local } from "../src/index.ts";
import { Folders } from "./folders.ts";

const folders = new Folders();
let root: string;
let outside: string;
let vfs: Vfs;

beforeEach(() => {
  root = folders.make();
  outside = folders.make();
  vfs = createVfs(local({ root }));
});

afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  await vfs.close();
  folders.clean();
});

const at = (name: string): string => join(root, name);

async function watching(path = "/", recursive = true): Promise<Watcher> {
  const watcher = vfs.watch(path, { recursive });
  await watcher.ready;
  return watcher;
}

let lasts = 0;

/** Everything that is told of what was done up to here. */
async function told(watcher: Watcher, directory = ""): Promise<WatchEvent[]> {
  const last = `last-${++lasts}`;
  fs.writeFileSync(at(join(directory, last)), "");
  const events: WatchEvent[] = [];
  for (;;) {
    const { value } = await watcher.next();
    if (value === undefined || value.filename?.endsWith(last) === true) return events;
    if (!/last-\d+$/.test(value.filename ?? "")) events.push(value);
  }
}

async function next(watcher: Watcher): Promise<WatchEvent[]> {
  const { value } = await watcher.next();
  return value === undefined ? [] : [value];
}

const texts = (events: readonly WatchEvent[]): string[] =>
  events.map(({ kind, filename, oldName }) =>
    oldName === undefined ? `${kind} ${filename}` : `${kind} ${oldName} -> ${filename}`,
  );

describe("local › watch", () => {
  it("tells of what other programs do", async () => {
    const watcher = await watching();
    fs.mkdirSync(at("a/b/c"), { recursive: true });
    fs.writeFileSync(at("a/b/c/f"), "x");
    expect(texts(await told(watcher))).toEqual(
      expect.arrayContaining(["created a", "created a/b", "created a/b/c", "created a/b/c/f"]),
    );
    fs.appendFileSync(at("a/b/c/f"), "y");
    expect(texts(await told(watcher, "a/b/c"))).toEqual(["changed a/b/c/f"]);
    fs.renameSync(at("a/b"), at("z"));
    fs.writeFileSync(at("z/c/f"), "while it was on its way");
    const moved = texts(await told(watcher));
    expect(moved).toContain("renamed a/b -> z");
    expect(moved).toContain("changed z/c/f");
    fs.rmSync(at("z"), { recursive: true });
    expect(texts(await told(watcher)).filter((text) => text.includes("removed"))).toEqual(
      expect.arrayContaining(["removed z/c/f", "removed z/c", "removed z"]),
    );
  });

  it("tells of a number that is used again as of another file", async () => {
    fs.writeFileSync(at("a"), "x");
    const watcher = await watching();
    fs.rmSync(at("a"));
    fs.writeFileSync(at("b"), "y");
    const events = texts(await told(watcher));
    expect(events.filter((text) => !text.startsWith("changed"))).toEqual(["removed a", "created b"]);
  });

  it("shows nothing of unfinished files", async () => {
    const watcher = await watching();
    await vfs.writeFile("/f", "x");
    await vfs.writeStream("/g", ["a", "b"]);
    await vfs.writeFile("/f", "y");
    const events = await told(watcher);
    expect(JSON.stringify(events)).not.toContain("tmp");
    expect(new Set(texts(events).filter((text) => !text.startsWith("changed")))).toEqual(
      new Set(["created f", "created g"]),
    );
  });

  it("does not go through a link that lies in the root", async () => {
    fs.symlinkSync(outside, at("link"));
    fs.symlinkSync(join(outside, "file"), at("to-file"));
    const watcher = await watching();
    fs.writeFileSync(join(outside, "file"), "secret");
    fs.mkdirSync(join(outside, "secret-directory"));
    expect(await told(watcher)).toEqual([]);
    const through = vfs.watch("/link");
    await expect(through.ready).rejects.toMatchObject({ code: "ENOENT", path: "/link" });
  });

  it("tells nothing of a place that a swapped-in link leads to", async () => {
    fs.mkdirSync(at("d/e"), { recursive: true });
    const watcher = await watching();
    fs.writeFileSync(at("d/e/f"), "x");
    await told(watcher);
    fs.renameSync(at("d/e"), join(outside, "e"));
    fs.symlinkSync(join(outside, "e"), at("d/e"));
    // The directory is watched still, as far as the kernel is concerned.
    fs.writeFileSync(join(outside, "e", "secret"), "x");
    fs.writeFileSync(join(outside, "e", "f"), "secret");
    const events = await told(watcher);
    expect(JSON.stringify(events)).not.toContain("secret");
    expect(texts(events)).toEqual(expect.arrayContaining(["removed d/e/f", "removed d/e", "created d/e"]));
    expect(events.find(({ kind }) => kind === "created")?.type).toBe("symlink");
    fs.mkdirSync(join(outside, "e", "secret-2"));
    expect(await told(watcher)).toEqual([]);
  });

  it("tells nothing of a directory that was moved out of the root", async () => {
    fs.mkdirSync(at("d/e"), { recursive: true });
    const watcher = await watching();
    fs.renameSync(at("d"), join(outside, "d"));
    fs.writeFileSync(join(outside, "d", "e", "secret"), "x");
    fs.writeFileSync(join(outside, "d", "secret"), "x");
    expect(texts(await told(watcher))).toEqual(["removed d/e", "removed d"]);
    fs.mkdirSync(join(outside, "d", "e", "secret-2"));
    expect(await told(watcher)).toEqual([]);
  });

  it("of a directory that is swapped for another one tells of that", async () => {
    fs.mkdirSync(at("w/old"), { recursive: true });
    fs.mkdirSync(at("other/new"), { recursive: true });
    const watcher = await watching("/w");
    fs.renameSync(at("w"), join(outside, "w"));
    fs.renameSync(at("other"), at("w"));
    fs.writeFileSync(join(outside, "w", "secret"), "x");
    const events: WatchEvent[] = [];
    while (!texts(events).includes("created new")) events.push(...(await next(watcher)));
    expect(texts(events)).toEqual(["removed old", "removed w", "created w", "created new"]);
    fs.writeFileSync(at("w/new/f"), "x");
    expect(texts(await next(watcher))).toEqual(["created new/f"]);
  });

  it("ends when the root itself is removed", async () => {
    const watcher = await watching();
    fs.rmSync(root, { recursive: true });
    const failure: unknown = await watcher.next().catch((reason: unknown) => reason);
    expect(failure).toMatchObject({ code: "ENOENT", path: "/", hint: "the root of the store was removed" });
    expect(String(failure)).not.toContain(root);
  });

  it("says what to do when the host watches as much as it may, and not where", async () => {
    fs.mkdirSync(at("d"));
    vi.spyOn(fs, "watch").mockImplementation(() => {
      throw Object.assign(new Error(`ENOSPC: no more watches, watch '${root}'`), { code: "ENOSPC" });
    });
    syncBuiltinESMExports();
    const error: unknown = await vfs.watch("/d").ready.catch((reason: unknown) => reason);
    expect(isVfsError(error, "ENOSPC")).toBe(true);
    expect(String(error)).toContain("max_user_watches");
    expect(String(error)).not.toContain(root);
  });

  it("misses nothing of a flood that the kernel has no room for", { timeout: 60_000 }, async () => {
    fs.writeFileSync(at("a"), "");
    fs.writeFileSync(at("b"), "");
    fs.writeFileSync(at("gone"), "");
    const watcher = await watching();
    const limit = Number(fs.readFileSync("/proc/sys/fs/inotify/max_queued_events", "latin1"));
    const [a, b] = [fs.openSync(at("a"), "a"), fs.openSync(at("b"), "a")];
    // While this goes on nobody takes the events; alike ones that follow each other are one to the kernel.
    for (let i = 0; i < limit; i++) fs.writeSync(i % 2 === 0 ? a : b, "x");
    fs.mkdirSync(at("new/in"), { recursive: true });
    fs.writeFileSync(at("new/in/f"), "x");
    fs.rmSync(at("gone"));
    fs.closeSync(a);
    fs.closeSync(b);
    const seen = new Set<string>();
    while (seen.size < 6) {
      const { value } = await watcher.next();
      if (value !== undefined) seen.add(`${value.kind} ${value.filename}`);
    }
    expect([...seen].sort()).toEqual([
      "changed a",
      "changed b",
      "created new",
      "created new/in",
      "created new/in/f",
      "removed gone",
    ]);
    fs.writeFileSync(at("new/in/g"), "x");
    expect(texts(await told(watcher, "new/in"))).toContain("created new/in/g");
  });

  it("keeps the process alive only when it shall, and holds nothing after its end", async () => {
    const held = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap").length;
    fs.mkdirSync(at("d/e"), { recursive: true });
    // Node gives a handle back some turns after it was closed.
    const nothingHeld = (): Promise<void> => vi.waitFor(() => expect(held()).toBe(0));
    await nothingHeld();
    const idle = vfs.watch("/", { recursive: true, persistent: false });
    await idle.ready;
    expect(held()).toBe(0);
    const persistent = await watching();
    expect(held()).toBe(3);
    persistent.close();
    idle.close();
    await nothingHeld();
  });
});
