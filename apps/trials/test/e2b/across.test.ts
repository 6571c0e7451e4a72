import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onE2b, type Served } from "../servers.ts";

let served: Served;
beforeAll(async () => void (served = await onE2b()));
afterAll(() => served[Symbol.asyncDispose]());

/** Everything below a directory, with what a copy is to keep. */
async function contentOf(vfs: Vfs, root: string): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {};
  for await (const entry of vfs.find(root)) {
    const { mode, mtimeMs } = await vfs.lstat(entry.path);
    const kind = entry.isDirectory() ? "directory" : entry.isFile() ? "file" : "link";
    const body = entry.isFile()
      ? Buffer.from(await vfs.readFile(entry.path)).toString("base64")
      : entry.isSymbolicLink()
        ? await vfs.readlink(entry.path)
        : "";
    // A link has bits of its own in some stores.
    const kept = kind === "link" ? {} : { mode: mode & 0o777, mtimeMs: Math.floor(mtimeMs) };
    content[entry.path.slice(root.length)] = { kind, body, ...kept };
  }
  return content;
}

describe("e2b among other stores", () => {
  it("cp › memory to e2b to sqlite and back is the same tree", async () => {
    await using vfs = createVfs(memory());
    await vfs.mount("/box", served.make());
    await vfs.mount("/db", sqlite({ file: ":memory:" }));
    await vfs.mkdir("/t/empty", { recursive: true });
    await vfs.mkdir("/t/a/b", { recursive: true });
    await vfs.writeFile("/t/a/text", "text\n");
    await vfs.writeFile(
      "/t/a/b/binary",
      new Uint8Array(70_000).map((_, i) => i ^ (i >> 8)),
    );
    await vfs.writeFile("/t/a/it's $(odd)\n-", "odd");
    await vfs.writeFile("/t/nothing", "");
    await vfs.symlink("a/text", "/t/link");
    await vfs.symlink("nowhere", "/t/dangling");
    await vfs.chmod("/t/a/text", 0o640);
    await vfs.chmod("/t/a/b", 0o711);
    for (const path of ["/t/a/text", "/t/a/b/binary", "/t/a"]) await vfs.utimes(path, 1_000, 1_600_000_000);
    const options = { recursive: true, preserveTimestamps: true };
    await vfs.cp("/t", "/box/t", options);
    await vfs.cp("/box/t", "/db/t", options);
    await vfs.cp("/db/t", "/again", options);
    const before = await contentOf(vfs, "/t");
    expect(Object.keys(before).length).toBe(9);
    expect(await contentOf(vfs, "/box/t")).toEqual(before);
    expect(await contentOf(vfs, "/db/t")).toEqual(before);
    expect(await contentOf(vfs, "/again")).toEqual(before);
  });
});
