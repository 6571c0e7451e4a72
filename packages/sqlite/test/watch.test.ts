import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createVfs, isVfsError, type Vfs, type Watcher } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { Child } from "./run-child.ts";

// Where the packages that a script imports are looked for.
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

function open(file: string): Vfs {
  const vfs = createVfs(sqlite({ file }));
  onTestFinished(() => vfs.close());
  return vfs;
}

async function watching(vfs: Vfs, path = "/"): Promise<Watcher> {
  const watcher = vfs.watch(path, { recursive: true, intervalMs: 5 });
  await watcher.ready;
  return watcher;
}

/** What is told until something with this name has come. */
async function until(watcher: Watcher, last: string): Promise<string[]> {
  const told: string[] = [];
  for await (const { kind, filename, oldName } of { [Symbol.asyncIterator]: () => unended(watcher) }) {
    if (filename === last) break;
    told.push(`${kind} ${oldName === undefined ? "" : `${oldName} -> `}${filename}`);
  }
  return told;
}

/** The same events, and the watch goes on after a loop over them. */
function unended(
  watcher: Watcher,
): AsyncIterator<Exclude<Awaited<ReturnType<Watcher["next"]>>["value"], undefined>> {
  return { next: () => watcher.next() };
}

const logged = (file: string): unknown => peek(file, "SELECT count(*) FROM change")[0];

describe("watch", () => {
  it("tells of what another process does, and in what order", { timeout: 60_000 }, async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = open(file);
    await vfs.writeFile("/counter", "0");
    const watcher = await watching(vfs);
    const child = new Child("share", file, "one", "5");
    await child.end();
    await vfs.writeFile("/last", "x");
    const told = await until(watcher, "last");
    expect(told).toContain("created one");
    for (let i = 0; i < 5; i++) expect(told.some((event) => event.endsWith(`one/${i}`))).toBe(true);
    expect(told).toContain("created log-by-handle");
    expect(told.indexOf("created one")).toBeLessThan(told.findIndex((event) => event.endsWith("one/0")));
  });

  it("tells of another connection's changes between its own, each once and in order", async () => {
    const file = join(testDirectory(), "a.db");
    const [vfs, other] = [open(file), open(file)];
    const watcher = await watching(vfs);
    const expected: string[] = [];
    for (let i = 0; i < 30; i++) {
      await (i % 3 === 0 ? vfs : other).writeFile(`/${i}`, "x");
      expected.push(`created ${i}`);
    }
    await vfs.writeFile("/last", "x");
    expect(await until(watcher, "last")).toEqual(expected);
  });

  it("tells of a change whose revision was taken before the watch began", async () => {
    const file = join(testDirectory(), "a.db");
    const [vfs, other] = [open(file), open(file)];
    const first = await watching(other);
    // From here on this one has revisions that it has not used yet, and the second watch writes nothing.
    await other.writeFile("/before", "x");
    const watcher = await watching(vfs);
    await other.writeFile("/after", "x");
    await other.writeFile("/last", "x");
    expect(await until(watcher, "last")).toEqual(["created after"]);
    first.close();
  });

  it("keeps nothing when nobody wants to know", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = open(file);
    await vfs.writeFile("/f", "x");
    expect(logged(file)).toBe(0);
    const watcher = await watching(vfs);
    await vfs.writeFile("/g", "x");
    expect(logged(file)).toBe(1);
    watcher.close();
    // As if it were long ago.
    const database = new Database(file);
    database.exec("UPDATE branch SET logUntilMs = 1");
    database.close();
    await vfs.writeFile("/h", "x");
    expect(logged(file)).toBe(0);
    await vfs.close();
    expect(audit(file)).toEqual([]);
  });

  it("says that events were lost when the history is gone under it", async () => {
    const file = join(testDirectory(), "a.db");
    const [vfs, other] = [open(file), open(file)];
    const watcher = await watching(vfs);
    const database = new Database(file);
    database.exec("UPDATE branch SET logUntilMs = 1");
    database.close();
    await other.writeFile("/f", "x");
    expect((await watcher.next()).value).toMatchObject({ kind: "overflow", filename: null });
    // And it goes on: the watch makes sure of that itself.
    for (let i = 0; ; i++) {
      await other.writeFile(`/again-${i}`, "x");
      const [event] = await Promise.race([
        watcher.next().then(({ value }) => [value]),
        new Promise<[]>((resolve) => setTimeout(resolve, 5, [])),
      ]);
      if (event !== undefined) break;
    }
  });

  it("finds the name of an open file that another connection has moved", async () => {
    const file = join(testDirectory(), "a.db");
    const [vfs, other] = [open(file), open(file)];
    await vfs.mkdir("/d");
    const handle = await vfs.open("/d/f", "w");
    const watcher = await watching(vfs);
    await handle.write("x");
    await other.rename("/d", "/e");
    await handle.write("y");
    await other.rename("/e/f", "/g");
    await handle.write("z");
    await other.unlink("/g");
    await handle.write("nobody's affair");
    await handle.close();
    await vfs.writeFile("/last", "x");
    expect(await until(watcher, "last")).toEqual([
      "changed d/f",
      "renamed d -> e",
      "changed e/f",
      "renamed e/f -> g",
      "changed g",
      "removed g",
    ]);
  });

  // In a process of its own: what a test runner keeps alive comes and goes.
  it.each([
    [false, ""],
    [true, "alive\n"],
  ])("keeps the process alive only when told: %s", async (persistent, told) => {
    const code = `
      import { createVfs } from "@vfs/core";
      import { sqlite } from "@vfs/sqlite";
      const watch = createVfs(sqlite({ file: ":memory:" })).watch("/", { persistent: ${persistent} });
      await watch.ready;
      setTimeout(() => { console.log("alive"); watch.close(); }, 300).unref();`;
    const args = ["--conditions=@vfs/source", "--input-type=module", "--eval", code];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PACKAGE });
    expect(stdout).toBe(told);
  });
});

describe("changes", () => {
  const codeOf = (action: Promise<unknown>): Promise<unknown> =>
    action.then(
      () => "no error",
      (error: unknown) => (isVfsError(error) ? error.code : error),
    );

  it("survive reopening, with revisions that go on", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = open(file);
    const { revision } = await vfs.changes();
    await vfs.writeFile("/f", "x");
    await vfs.close();
    const again = open(file);
    await again.rename("/f", "/g");
    const { changes, revision: now } = await again.changes(revision);
    expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual(["created /f", "renamed /g"]);
    await again.close();
    const third = open(file);
    expect((await third.changes()).revision).toBeGreaterThanOrEqual(now);
    expect((await third.changes(now)).changes).toEqual([]);
  });

  it("tell in one turn of what was called before them", async () => {
    const vfs = open(join(testDirectory(), "a.db"));
    const { revision } = await vfs.changes();
    const write = vfs.writeFile("/f", "x");
    const asked = vfs.changes(revision);
    const now = vfs.changes();
    await write;
    const { changes } = await asked;
    expect(changes.map(({ path }) => path)).toEqual(["/f"]);
    expect((await vfs.changes((await now).revision)).changes).toEqual([]);
  });

  it("are not those of a transaction that was undone", async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = open(file);
    const { revision } = await vfs.changes();
    const database = new Database(file);
    database.exec(
      "CREATE TRIGGER no BEFORE INSERT ON dentry WHEN new.name = 'no' BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    database.close();
    const both = await Promise.allSettled([vfs.writeFile("/yes", "x"), vfs.writeFile("/no", "x")]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await vfs.writeFile("/after", "x");
    expect((await vfs.changes(revision)).changes.map(({ path }) => path)).toEqual(["/after"]);
  });

  it("are bounded, and say so", { timeout: 60_000 }, async () => {
    const file = join(testDirectory(), "a.db");
    const vfs = open(file);
    const { revision } = await vfs.changes();
    for (let i = 0; i < 72; i++)
      await Promise.all(
        Array.from({ length: 1000 }, () => vfs.truncate("/f", 0).catch(() => vfs.appendFile("/f", "x"))),
      );
    const rows = Number(logged(file));
    expect(rows).toBeGreaterThanOrEqual(65_536);
    expect(rows).toBeLessThanOrEqual(65_536 + 4096 + 1);
    expect(await codeOf(vfs.changes(revision))).toBe("ESTALE");
    let { revision: at } = await vfs.changes();
    at = Number(peek(file, "SELECT logFrom FROM branch")[0]);
    let found = 0;
    for (let page = await vfs.changes(at); ; page = await vfs.changes(page.revision)) {
      found += page.changes.length;
      if (!page.more) break;
    }
    expect(found).toBeGreaterThanOrEqual(65_535);
  });
});
