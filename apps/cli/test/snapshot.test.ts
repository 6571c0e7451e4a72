import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

let folder: string;
let vfs: ReturnType<typeof typedIn>;
beforeEach(() => {
  folder = newFolder();
  vfs = typedIn(folder);
  mkdirSync(join(folder, "p", "src"), { recursive: true });
  writeFileSync(join(folder, "p", "a.txt"), "one\ntwo\n");
  writeFileSync(join(folder, "p", "src", "b.txt"), "b");
});

const at = (...names: string[]): string => join(folder, "p", ...names);

/** What a command that must go well prints. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await vfs(["snapshot", ...args]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

describe("vfs snapshot", () => {
  it("keeps a folder, tells what changed and brings it back", async () => {
    expect(await printed("create", "file:p", "before", "--description", "all well")).toMatch(
      /^before: 2 files, 9 B/,
    );
    writeFileSync(at("a.txt"), "one\n2\n");
    writeFileSync(at("new.txt"), "new");
    rmSync(at("src"), { recursive: true });
    expect(await printed("diff", "file:p", "before")).toBe(
      "M /a.txt (content)\nA /new.txt\nD /src\nD /src/b.txt\n",
    );
    expect(await printed("diff", "--text", "file:p", "before")).toContain("-two\n+2\n");
    expect(await printed("restore", "--dry-run", "file:p", "before")).toContain("remove file:p/new.txt");
    expect(existsSync(at("new.txt"))).toBe(true);
    expect(await printed("restore", "file:p", "before")).toContain("write  file:p/a.txt");
    expect([readFileSync(at("a.txt"), "utf8"), readFileSync(at("src", "b.txt"), "utf8")]).toEqual([
      "one\ntwo\n",
      "b",
    ]);
    expect(readdirSync(at()).toSorted()).toEqual([".vfs-snapshots", "a.txt", "src"]);
    expect(await printed("diff", "file:p", "before")).toBe("");
    expect(await printed("restore", "--rollback", "file:p", "before")).toBe("nothing was cut short\n");
    expect(await printed("list", "file:p")).toMatch(/ 2 +9 B +before +all well\n$/);
    const [line = ""] = (await printed("list", "--json", "file:p")).split("\n");
    expect(JSON.parse(line)).toMatchObject({ name: "before", files: 2 });
  });

  it("makes a folder of its own of one", async () => {
    await printed("create", "file:p", "before");
    rmSync(at("src"), { recursive: true });
    expect(await printed("fork", "file:p", "before", "file:attempt")).toBe("file:attempt: 3 made\n");
    expect(readFileSync(join(folder, "attempt", "src", "b.txt"), "utf8")).toBe("b");
    expect(readdirSync(join(folder, "attempt")).toSorted()).toEqual(["a.txt", "src"]);
    expect(await printed("fork", "file:p", "before", "sqlite:try.db:/there")).toContain("3 made");
    const { code, stderr } = await vfs(["snapshot", "fork", "file:p", "before", "file:attempt"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/attempt: directory not empty/) as string]);
  });

  it("keeps them in any store, and removes the old ones", async () => {
    const store = ["--store", "sqlite:kept.db:/p"];
    for (const name of ["one", "two", "three"]) {
      writeFileSync(at("a.txt"), name.repeat(300));
      await printed("create", "file:p", name, ...store);
    }
    expect(existsSync(at(".vfs-snapshots"))).toBe(false);
    expect(await printed("prune", "--keep", "1", "--dry-run", "file:p", ...store)).toContain(
      "one\ntwo\n2 removed",
    );
    expect(await printed("prune", "--keep", "1", "file:p", ...store)).toContain("one\ntwo\n2 removed");
    expect(await printed("verify", "file:p", "three", ...store)).toContain("objects are whole");
    expect(await printed("delete", "file:p", "three", ...store)).toContain("1 removed");
    expect(await printed("list", "file:p", ...store)).toBe("");
    expect((await vfs(["snapshot", "prune", "file:p", ...store])).code).toBe(2);
  });

  it("writes archives and reads them", async () => {
    await printed("create", "file:p", "all");
    mkdirSync(join(folder, "q"));
    for (const name of ["x.tar", "x.tar.gz", "x.tgz", "x.json"]) {
      await printed("export", "file:p", "all", `file:${name}`);
      await printed("import", "file:q", `file:${name}`, "--name", name, "--store", "file:kept");
      await printed("restore", "file:q", name, "--store", "file:kept");
      expect(readdirSync(join(folder, "q")).toSorted()).toEqual(["a.txt", "src"]);
      rmSync(join(folder, "q", "src"), { recursive: true });
    }
    await printed("restore", "file:q", "x.tgz", "--store", "file:kept");
    expect(readFileSync(join(folder, "q", "src", "b.txt"), "utf8")).toBe("b");
    const { stdout } = await vfs(["snapshot", "export", "file:p", "all", "-", "--format", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({ metadata: { name: "all" } });
    const piped = await vfs(["snapshot", "import", "file:q", "-", "--name", "piped"], {
      stdin: [Buffer.from(stdout)],
    });
    expect([piped.code, piped.stdout]).toEqual([0, expect.stringMatching(/^piped: 2 files/) as string]);
    writeFileSync(join(folder, "bad.tar"), "no archive");
    const bad = await vfs(["snapshot", "import", "file:q", "file:bad.tar"]);
    expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining("neither tar") as string]);
    expect((await vfs(["snapshot", "export", "file:p", "all", "file:y", "--format", "zip"])).code).toBe(2);
  });

  it("says what cannot be", async () => {
    const gone = await vfs(["snapshot", "restore", "file:p", "nothing"]);
    expect([gone.code, gone.stderr]).toEqual([
      1,
      expect.stringContaining('no snapshot is called "nothing"') as string,
    ]);
    expect((await vfs(["snapshot", "create", "/notes", "lost"])).code).toBe(2);
    await printed("create", "file:p", "one");
    writeFileSync(
      at("noise"),
      Buffer.from(Array.from({ length: 5000 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 24)),
    );
    const full = await vfs(["snapshot", "create", "file:p", "two", "--limit", "1k"]);
    expect([full.code, full.stderr]).toEqual([1, expect.stringContaining("prune") as string]);
    rmSync(at(".vfs-snapshots", "objects"), { recursive: true });
    const lost = await vfs(["snapshot", "verify", "file:p", "one"]);
    expect([lost.code, lost.stdout]).toEqual([1, expect.stringContaining("is missing") as string]);
  });
});
