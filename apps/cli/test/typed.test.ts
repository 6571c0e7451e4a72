import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

let folder: string;
let vfs: ReturnType<typeof typedIn>;

beforeEach(() => {
  folder = newFolder();
  vfs = typedIn(folder);
  mkdirSync(join(folder, "in", "deep"), { recursive: true });
  writeFileSync(join(folder, "in", "a.txt"), "alpha\nbeta\n");
  writeFileSync(join(folder, "in", "large"), "");
  truncateSync(join(folder, "in", "large"), 3 << 20);
  writeFileSync(join(folder, "in", "deep", "b.md"), "Beta\n");
  const time = new Date("2026-02-03T04:05:06Z");
  utimesSync(join(folder, "in", "a.txt"), time, time);
});

/** What a command line that must succeed printed. */
async function printed(line: string): Promise<string> {
  const { code, stdout, stderr } = await vfs(line.split(" "));
  expect([code, stderr], line).toEqual([0, ""]);
  return stdout;
}

describe("ls", () => {
  it("-lRh › lists directories in directories, with sizes for people", async () => {
    expect((await printed("ls -lRh file:in")).replaceAll(/\d{4}-\d\d-\d\d [\d:]+/g, "TIME")).toBe(
      `file:in:
-rw-r--r--     11  TIME  a.txt
drwxr-xr-x      0  TIME  deep/
-rw-r--r--   3.0M  TIME  large

file:in/deep:
-rw-r--r--      5  TIME  b.md
`,
    );
    expect(await printed("ls -1 --json -R file:in")).toContain('"directory":"file:in/deep","name":"b.md"');
  });

  it("-S, -t, -r and -d › sort, and show a directory itself", async () => {
    expect(await printed("ls -S file:in")).toMatch(/^large\n/);
    expect(await printed("ls -t file:in")).toMatch(/a\.txt\n$/);
    expect(await printed("ls -tr file:in")).toMatch(/^a\.txt\n/);
    expect(await printed("ls -d file:in file:in/a.txt")).toBe("file:in/\nfile:in/a.txt\n");
    expect(await printed("ls --help")).toContain("-h, --human-readable");
  });
});

describe("du", () => {
  beforeEach(() => {
    mkdirSync(join(folder, "in", "deep-er"));
    writeFileSync(join(folder, "in", "deep-er", "c"), "ccc");
    mkdirSync(join(folder, "in", "deep", "empty"));
  });

  for (const store of ["file:in", "sqlite:x.db:/in"])
    it(`adds up directories, each behind what is in it: ${store}`, async () => {
      if (store !== "file:in") await printed("cp -r file:in sqlite:x.db:/in");
      expect(await printed(`du ${store}`)).toBe(
        `3       ${store}/deep-er
0       ${store}/deep/empty
5       ${store}/deep
3145747 ${store}
`,
      );
      expect(await printed(`du -sh ${store}`)).toBe(`3.1M    ${store}\n`);
      expect(await printed(`du -ad 1 ${store}`)).toBe(
        `11      ${store}/a.txt
3       ${store}/deep-er
5       ${store}/deep
3145728 ${store}/large
3145747 ${store}
`,
      );
      expect(JSON.parse(await printed(`du -s --json ${store}`))).toEqual({
        path: store,
        bytes: 3_145_747,
        files: 4,
      });
    });

  it("-c › adds up what was named, and goes on behind what is not there", async () => {
    const { code, stdout, stderr } = await vfs(["du", "-sc", "file:in/deep", "file:none", "file:in/a.txt"]);
    expect([code, stdout]).toEqual([1, "5       file:in/deep\n11      file:in/a.txt\n16      total\n"]);
    expect(stderr).toContain("none: no such file or directory");
    expect((await vfs(["du", "-s", "-d", "1", "file:in"])).code).toBe(2);
  });
});

describe("touch", () => {
  it("makes files, and sets times", async () => {
    await printed("touch file:new sqlite:x.db:/also");
    expect([readFileSync(join(folder, "new"), "utf8"), await printed("ls sqlite:x.db")]).toEqual([
      "",
      "also\n",
    ]);
    await printed("touch -d 2026-01-31T12:00:00Z file:new file:other");
    for (const name of ["new", "other"])
      expect(statSync(join(folder, name)).mtime.toISOString()).toBe("2026-01-31T12:00:00.000Z");
    await printed("touch -r file:in/a.txt file:new");
    expect(statSync(join(folder, "new")).mtime.toISOString()).toBe("2026-02-03T04:05:06.000Z");
    await printed("touch file:new");
    expect(Date.now() - statSync(join(folder, "new")).mtimeMs).toBeLessThan(60_000);
    expect(readFileSync(join(folder, "in", "a.txt"), "utf8")).toBe("alpha\nbeta\n");
  });

  it("-c › leaves alone what is not there, a database too", async () => {
    await printed("touch -c file:none");
    expect(existsSync(join(folder, "none"))).toBe(false);
    expect((await vfs(["touch", "-c", "sqlite:none.db:/a"])).code).toBe(1);
    expect(existsSync(join(folder, "none.db"))).toBe(false);
    expect((await vfs(["touch", "-d", "soon", "file:none"])).code).toBe(2);
    expect((await vfs(["touch", "none"])).stderr).toContain("did you mean file:none?");
  });
});

describe("options as people type them", () => {
  it("cp -R, -rf, -av, mv -fv, rm -rf and mkdir -pv", async () => {
    await printed("cp -R file:in file:out");
    await printed("cp -rf file:in/ file:out");
    expect(await printed("cp -av file:in sqlite:x.db:/in")).toBe("file:in -> sqlite:x.db:/in\n");
    expect(await printed("stat sqlite:x.db:/in/a.txt")).toContain("2026-02-03 04:05:06");
    expect(await printed("mv -fv file:out file:there")).toBe("file:out -> file:there\n");
    expect(await printed("mkdir -pv file:x/y/z")).toBe("file:x/y/z\n");
    await printed("mkdir -m 700 file:private");
    expect(statSync(join(folder, "private")).mode & 0o777).toBe(0o700);
    expect((await vfs(["mkdir", "-m", "rwx", "file:p"])).code).toBe(2);
    expect(await printed("rm -rfv file:there file:none")).toBe("file:there\nfile:none\n");
    await printed("rm -R file:x");
    expect([existsSync(join(folder, "there")), existsSync(join(folder, "x"))]).toEqual([false, false]);
  });
});
