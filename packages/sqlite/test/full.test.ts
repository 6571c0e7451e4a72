import { join } from "node:path";
import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit } from "./audit.ts";
import { testDirectory } from "./directory.ts";

/** A store, and a way to let its database have only so many pages more. */
function limited(file: string): { vfs: Vfs; leave: (pages: number) => void } {
  const pragma = vi.spyOn(Database.prototype, "pragma");
  const vfs = createVfs(sqlite({ file }));
  const database = pragma.mock.contexts.at(-1) as Database.Database | undefined;
  pragma.mockRestore();
  const leave = (pages: number): void => {
    const now = database?.pragma("page_count", { simple: true }) as number;
    database?.pragma(`max_page_count = ${now + pages}`);
  };
  return { vfs, leave };
}

const code = async (action: Promise<unknown>): Promise<string> =>
  action.then(
    () => "ok",
    (error: unknown) => (isVfsError(error) ? `${error.code} ${error.path}` : "another error"),
  );

describe("sqlite › full", () => {
  it("a transaction that does not fit › fails every call in it with ENOSPC and its own path, and changes nothing", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, leave } = limited(file);
    await vfs.mkdir("/d/e", { recursive: true });
    await vfs.writeFile("/d/f", "old");
    const before = [await vfs.usage("/"), await vfs.stat("/d/f")];
    leave(20);
    const failed = await Promise.all([
      code(vfs.writeFile("/d/f", "new")),
      code(vfs.rename("/d", "/moved")),
      code(vfs.mkdir("/moved/e/g")),
      code(vfs.open("/opened", "w")),
      code(vfs.writeFile("/large", new Uint8Array(1 << 20))),
      code(vfs.readFile("/moved/f")),
    ]);
    expect(failed).toEqual(
      ["/d/f", "/d", "/moved/e/g", "/opened", "/large", "/moved/f"].map((path) => `ENOSPC ${path}`),
    );
    expect([await vfs.usage("/"), await vfs.stat("/d/f")]).toEqual(before);
    expect(await vfs.readdir("/", { recursive: true })).toEqual(["d", "d/e", "d/f"]);
    expect(() => vfs.sync.writeFile("/large", new Uint8Array(1 << 20))).toThrow(/ENOSPC/);
    expect(await code(vfs.writeStream("/large", [new Uint8Array(3 << 20)]))).toBe("ENOSPC /large");
    // What was learned in a transaction that was undone must not be believed.
    await vfs.writeFile("/d/e/small", "fits");
    leave(100_000);
    await vfs.writeFile("/large", new Uint8Array(1 << 20));
    await vfs.rename("/d", "/moved");
    expect((await vfs.readdir("/", { recursive: true })).sort()).toEqual([
      "large",
      "moved",
      "moved/e",
      "moved/e/small",
      "moved/f",
    ]);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });
});
