import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

let folder: string;
let vfs: ReturnType<typeof typedIn>;

beforeEach(() => {
  folder = newFolder();
  vfs = typedIn(folder);
  mkdirSync(join(folder, "d"));
  writeFileSync(join(folder, "a.txt"), "alpha");
});

describe("what would be lost with the command", () => {
  const lost: [args: string[], meant: string][] = [
    [["mv", "file:./a.txt", "c.txt"], "file:c.txt"],
    [["cp", "file:./a.txt", "/c.txt"], "file:c.txt"],
    [["cp", "file:./a.txt", "../c.txt"], "file:../c.txt"],
    [["cp", "file:./a.txt", "memory:/c.txt"], "file:c.txt"],
    [["cp", "file:./a.txt", "memory:"], "file:."],
    [["mkdir", "file:new", "foo"], "file:foo"],
    [["rm", "file:a.txt", "a.txt"], "file:a.txt"],
    [["rm", "-f", "/a.txt"], "file:a.txt"],
    [["mv", "a.txt", "file:c.txt"], "file:a.txt"],
    [["cp", "a.txt", "file:c.txt"], "file:a.txt"],
    [["ls", "d"], "file:d"],
    [["cp", "--mount", "/=memory:", "file:a.txt", "/c.txt"], "file:c.txt"],
    [["cp", "--mount", "/x=memory:", "file:a.txt", "/x/c.txt"], "file:x/c.txt"],
    [["cp", "--mount", "/x=file:d", "file:a.txt", "/c.txt"], "file:c.txt"],
    [["cp", "--mount", "/x=file:d", "file:a.txt", "/x/../c.txt"], "file:c.txt"],
    [["mkdir", "--mount", "/x=file:d", "--mount", "/x/m=memory:", "/x/m/n"], "file:x/m/n"],
  ];
  for (const [args, meant] of lost)
    it(`is refused with 2, and nothing is done: vfs ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await vfs(args);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^vfs: \S+ is in memory that ends with this command; did you mean \S+\?\n$/);
      expect(stderr).toContain(`did you mean ${meant}?`);
      expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("alpha");
      expect(existsSync(join(folder, "new"))).toBe(false);
    });

  it("is not what lies in a mounted store, for which a slash in front may be left out", async () => {
    expect(await vfs(["cp", "--mount", "/x=file:d", "file:a.txt", "/x/b"])).toMatchObject({ code: 0 });
    expect(await vfs(["mv", "--mount", "/x=file:d", "x/b", "x/c"])).toMatchObject({ code: 0 });
    expect(await vfs(["mkdir", "--mount", "/=file:d", "e"])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, "d", "c"), "utf8")).toBe("alpha");
    expect(existsSync(join(folder, "d", "e"))).toBe(true);
  });

  it("is not printed either", async () => {
    const { code, stderr } = await vfs(["cp", "file:./a.txt", "-"]);
    expect([code, stderr]).toEqual([2, "vfs: -: cp does not print; use cat: vfs cat file:./a.txt\n"]);
    expect((await vfs(["mv", "-", "file:b"])).code).toBe(2);
  });
});

describe("a database", () => {
  it("has paths that begin with a slash", async () => {
    const { code, stderr } = await vfs(["cp", "file:a.txt", "sqlite:./x.db:a.txt"]);
    expect([code, stderr]).toEqual([
      2,
      "vfs: sqlite:./x.db:a.txt: a path in a database begins with a slash: sqlite:./x.db:/a.txt\n",
    ]);
    expect(existsSync(join(folder, "x.db:a.txt"))).toBe(false);
    expect((await vfs(["ls", "sqlite:./x.db:"])).code).toBe(2);
  });

  it("may have a path with :/ in it", async () => {
    expect(await vfs(["mkdir", "-p", "sqlite:./x.db:/a:/b"])).toMatchObject({ code: 0, stderr: "" });
    expect((await vfs(["find", "sqlite:./x.db"])).stdout).toBe("sqlite:./x.db:/a:\nsqlite:./x.db:/a:/b\n");
    expect((await vfs(["find", "sqlite:./x.db:/a:"])).stdout).toBe("sqlite:./x.db:/a:/b\n");
    expect((await vfs(["find", "sqlite:./x.db:/"])).stdout).toContain("sqlite:./x.db:/a:/b\n");
  });

  it("is not made by a command that only looks, where it is mounted either", async () => {
    for (const args of [
      ["ls", "/"],
      ["rm", "/a/b"],
    ]) {
      const { code, stderr } = await vfs(["--mount", "/a=sqlite:./none.db", ...args]);
      expect([code, stderr]).toEqual([
        1,
        "vfs: sqlite:./none.db: no such file or directory (there is no such database)\n",
      ]);
      expect(existsSync(join(folder, "none.db"))).toBe(false);
    }
    expect(await vfs(["mkdir", "--mount", "/a=sqlite:./none.db", "/a/b"])).toMatchObject({ code: 0 });
    expect((await vfs(["ls", "--mount", "/a=sqlite:./none.db", "/a"])).stdout).toBe("b/\n");
  });

  it("is named as it was written, when something is wrong with it", async () => {
    for (const args of [
      ["ls", "sqlite:./a.txt"],
      ["ls", "--mount", "/a=sqlite:./a.txt"],
    ]) {
      const { code, stderr } = await vfs(args);
      expect([code, stderr.startsWith("vfs: sqlite:./a.txt: ")], stderr).toEqual([1, true]);
    }
    await vfs(["mkdir", "sqlite:./x.db:/a"]);
    expect((await vfs(["cat", "sqlite:./x.db:/none"])).stderr).toContain("vfs: sqlite:./x.db:/none: no such");
  });
});

describe("dir/, . and ..", () => {
  it("are a directory, or nothing", async () => {
    for (const target of ["file:./none/", "file:./none/."]) {
      const { code, stderr } = await vfs(["cp", "file:./a.txt", target]);
      expect([code, existsSync(join(folder, "none"))]).toEqual([1, false]);
      expect(stderr).toContain("there is no such directory");
      expect((await vfs(["mv", "file:./a.txt", target])).code).toBe(1);
      expect((await vfs(["cp", "-", target], { stdin: [Buffer.from("x")] })).code).toBe(1);
    }
    expect(existsSync(join(folder, "none"))).toBe(false);
    expect((await vfs(["cat", "file:./a.txt/"])).stderr).toContain("not a directory");
    expect((await vfs(["rm", "file:./a.txt/"])).code).toBe(1);
    expect((await vfs(["cp", "file:./a.txt", "file:./d/"])).code).toBe(0);
    expect((await vfs(["cp", "-r", "file:./d", "file:./new/"])).code).toBe(0);
    expect(readFileSync(join(folder, "new", "a.txt"), "utf8")).toBe("alpha");
  });

  for (const text of ["file:.", "file:", "file:./d/..", "file:d/.", "file:./d/../", "file:/", "sqlite:x.db"])
    it(`are not removed, as the top of a store is not: ${text}`, async () => {
      await vfs(["mkdir", "sqlite:x.db:/a"]);
      // Never with -r: a command that were wrong here would take the machine with it.
      const { code, stderr } = await vfs(["rm", "file:a.txt", text]);
      expect([code, existsSync(join(folder, "a.txt"))]).toEqual([2, true]);
      expect(stderr).toMatch(/rm (removes no|does not remove)/);
    });
});

describe("a mount", () => {
  it("is not removed", async () => {
    const { code, stderr } = await vfs(["rm", "--mount", "/a=file:d", "/a"]);
    expect([code, stderr]).toEqual([
      2,
      "vfs: /a: rm does not remove the top of a store; name what is in it\n",
    ]);
  });

  it("is refused by the user's path when there is one already", async () => {
    const { code, stderr } = await vfs(["ls", "--mount", "/a=file:d", "--mount", "/a/=memory:"]);
    expect([code, stderr]).toEqual([2, "vfs: /a: two stores are mounted there\n"]);
    const inFile = await vfs(["ls", "--mount", "/=file:.", "--mount", "/a.txt=memory:"]);
    expect(inFile.stderr).toMatch(/^vfs: \/a\.txt: not a directory/);
  });
});

describe("a name with control characters", () => {
  it.skipIf(process.platform === "win32")(
    "is written out on a terminal, and as it is in a pipe",
    async () => {
      const name = "x\u001b[2J\ny";
      writeFileSync(join(folder, "d", name), "");
      for (const args of [["ls"], ["ls", "-l"], ["find"], ["tree"]]) {
        expect((await vfs([...args, "file:d"])).stdout).toContain(name);
        const { stdout } = await vfs([...args, "file:d"], { shown: true });
        expect(stdout).toContain("x\\x1b[2J\\x0ay");
      }
      writeFileSync(join(folder, "d", "c1\u009b2J"), "");
      expect((await vfs(["ls", "--json", "file:d"])).stdout).toContain('"c1\\u009b2J"');
      const { stderr } = await vfs(["cat", `file:${name}`], { isTTY: true });
      expect(stderr).toContain("x\\x1b[2J\\x0ay: no such file");
    },
  );
});
