import { join } from "node:path";
import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";

interface Bench {
  readonly vfs: Vfs;
  /** The store's own connection. */
  readonly database: Database.Database | undefined;
  /** Lets the database have only so many pages more. */
  readonly leave: (pages: number) => void;
}

function limited(file: string): Bench {
  const pragma = vi.spyOn(Database.prototype, "pragma");
  const vfs = createVfs(sqlite({ file }));
  const database = pragma.mock.contexts.at(-1) as Database.Database | undefined;
  pragma.mockRestore();
  const leave = (pages: number): void => {
    const now = database?.pragma("page_count", { simple: true }) as number;
    database?.pragma(`max_page_count = ${now + pages}`);
  };
  return { vfs, database, leave };
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

  it("what was learned in a transaction that was undone › is not believed, though another store comes as far", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, leave } = limited(file);
    const other = createVfs(sqlite({ file }));
    await vfs.mkdir("/d/e", { recursive: true });
    for (const name of ["a", "b", "c"]) await vfs.writeFile(`/${name}`, "x");
    const handle = await vfs.open("/a", "r");
    const undone = async (): Promise<void> => {
      leave(20);
      const learning = [vfs.rename("/d", "/moved"), vfs.stat("/moved/e"), vfs.mkdir("/moved/g")];
      learning.push(vfs.writeFile("/large", new Uint8Array(1 << 20)));
      expect((await Promise.all(learning.map(code))).every((one) => one.startsWith("ENOSPC"))).toBe(true);
      leave(100_000);
    };
    // The same number of changes as were undone: the revision and the shape are the same again.
    await undone();
    await other.rename("/d", "/elsewhere");
    expect(await vfs.exists("/moved/e")).toBe(false);
    await other.rename("/elsewhere", "/d");
    await undone();
    await Promise.all([other.unlink("/b"), other.unlink("/c")]);
    await Promise.all(["/f", "/h", "/i"].map((path) => other.mkdir(path)));
    expect(peek(file, "SELECT count(*) FROM held")).toEqual([2]);
    await vfs.writeFile("/g", "x");
    expect(peek(file, "SELECT count(*) FROM held")).toEqual([0]);
    await handle.close();
    await other.close();
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("a database that cannot be written › gives EROFS, and is read", async () => {
    const file = join(testDirectory(), "a.db");
    const { vfs, database } = limited(file);
    await vfs.writeFile("/f", "content");
    database?.pragma("query_only = 1");
    expect(await code(vfs.writeFile("/f", "new"))).toBe("EROFS /f");
    expect(() => vfs.sync.mkdir("/d")).toThrow(/EROFS.*cannot be written/);
    expect(await vfs.readFile("/f", "utf8")).toBe("content");
    database?.pragma("query_only = 0");
    await vfs.writeFile("/f", "new");
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });
});
