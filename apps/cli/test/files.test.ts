import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
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
  writeFileSync(join(folder, "in", "deep", "b.md"), "Beta and gamma\n");
  writeFileSync(join(folder, "in", ".hidden"), "h");
});

/** What a command that must succeed printed. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await vfs(args);
  expect([code, stderr], args.join(" ")).toEqual([0, ""]);
  return stdout;
}

/** The lines of a command with `--json`, read. */
async function values(...args: string[]): Promise<Record<string, unknown>[]> {
  const lines = (await printed(...args, "--json")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("cp and mv", () => {
  it("carry a tree from the host into a database and back", async () => {
    await printed("cp", "-r", "file:./in", "sqlite:./x.db:/copy");
    expect(await printed("cat", "sqlite:./x.db:/copy/a.txt")).toBe("alpha\nbeta\n");
    await printed("mv", "sqlite:x.db:/copy", "file:out");
    expect(readFileSync(join(folder, "out", "deep", "b.md"), "utf8")).toBe("Beta and gamma\n");
    expect(await printed("ls", "sqlite:x.db")).toBe("");
  });

  it("put things into a directory that is there, and what is in `dir/` or in a whole store", async () => {
    await printed("mkdir", "sqlite:x.db:/to");
    await printed("cp", "file:in/a.txt", "file:in/deep/b.md", "sqlite:x.db:/to");
    await printed("cp", "-r", "file:in/deep", "sqlite:x.db:/to");
    await printed("cp", "-r", "file:in/deep/", "sqlite:x.db:/to/deep2");
    await printed("cp", "-r", "sqlite:x.db", "file:all");
    expect(
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.startsWith("all"))
        .sort(),
    ).toEqual([
      "all",
      "all/to",
      "all/to/a.txt",
      "all/to/b.md",
      "all/to/deep",
      "all/to/deep/b.md",
      "all/to/deep2",
      "all/to/deep2/b.md",
    ]);
  });

  it("leave alone what is there when told so", async () => {
    writeFileSync(join(folder, "old"), "old");
    await vfs(["cp", "-n", "file:in/a.txt", "file:old"]);
    await vfs(["mv", "-n", "file:in/a.txt", "file:old"]);
    expect([readFileSync(join(folder, "old"), "utf8"), existsSync(join(folder, "in", "a.txt"))]).toEqual([
      "old",
      true,
    ]);
    const { code, stderr } = await vfs(["cp", "-n", "-", "file:old"], { stdin: [Buffer.from("new")] });
    expect([code, readFileSync(join(folder, "old"), "utf8")]).toEqual([1, "old"]);
    expect(stderr).toContain("already exists");
  });

  it("read the standard input", async () => {
    const { code } = await vfs(["cp", "-", "sqlite:x.db:/piped"], {
      stdin: [Buffer.from("one "), Buffer.from("two")],
    });
    expect([code, await printed("cat", "sqlite:x.db:/piped")]).toEqual([0, "one two"]);
  });

  it("do all that they can, and say what they could not", async () => {
    const { code, stderr } = await vfs(["cp", "file:in/none", "file:in/a.txt", "file:in/deep"]);
    expect(code).toBe(1);
    expect(stderr).toBe(`vfs: file:${join(folder, "in", "none")}: no such file or directory\n`);
    expect(existsSync(join(folder, "in", "deep", "a.txt"))).toBe(true);
  });

  it("show a bar on a terminal and take it away, and say nothing of what is short in a pipe", async () => {
    async function* slowly(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        yield new Uint8Array(1 << 20);
      }
    }
    const shown = await vfs(["cp", "-", "sqlite:x.db:/large"], { stdin: slowly(), isTTY: true });
    expect(shown.stderr).toMatch(/\r\d\.0 MiB {2}[\d.]+ MiB\/s {2}cp -/);
    expect(shown.stderr.endsWith("\r\u001b[K")).toBe(true);
    for (const line of shown.stderr.split("\r")) expect(line.replace("\u001b[K", "").length).toBeLessThan(60);
    expect(await vfs(["cp", "-", "sqlite:x.db:/large"], { stdin: slowly() })).toMatchObject({
      stdout: "",
      stderr: "",
    });
  });
});

describe("looking", () => {
  it("lists", async () => {
    expect(await printed("ls", "file:in")).toBe("a.txt\ndeep/\n");
    expect(await printed("ls", "-a", "file:in")).toBe(".hidden\na.txt\ndeep/\n");
    expect(await printed("ls", "file:in/a.txt")).toBe("file:in/a.txt\n");
    expect(await printed("ls", "-l", "file:in")).toMatch(
      /^-rw-r--r-- +11 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}a\.txt\ndrwxr-xr-x .* deep\/\n$/,
    );
    expect(await values("ls", "file:in")).toMatchObject([
      { name: "a.txt", type: "file", size: 11, mode: 0o644 },
      { name: "deep", type: "directory" },
    ]);
  });

  it("finds", async () => {
    expect(await printed("find", "file:in", "--name", "*.md")).toBe("file:in/deep/b.md\n");
    expect(await printed("find", "file:in", "--type", "d")).toBe("file:in/deep\n");
    expect(await values("find", "file:in/", "--max-depth", "1", "--type", "f")).toEqual([
      { path: "file:in/.hidden", type: "file" },
      { path: "file:in/a.txt", type: "file" },
    ]);
  });

  it("greps", async () => {
    expect(await printed("grep", "-i", "beta", "file:in")).toBe(
      "file:in/a.txt:2:beta\nfile:in/deep/b.md:1:Beta and gamma\n",
    );
    expect(await printed("grep", "beta", "file:in", "-m", "1")).toBe("file:in/a.txt:2:beta\n");
    expect(await printed("grep", "-F", "a\nd".slice(0, 1), "file:in", "--name", "*.md")).toBe(
      "file:in/deep/b.md:1:Beta and gamma\n",
    );
    expect(await values("grep", "gamma", "file:in")).toMatchObject([
      { path: "file:in/deep/b.md", line: 1, text: "Beta and gamma" },
    ]);
    expect((await vfs(["grep", "nowhere", "file:in"])).code).toBe(1);
    expect((await vfs(["grep", "be(ta", "file:in"])).code).toBe(2);
    expect((await vfs(["grep", "-F", "be(ta", "file:in"])).code).toBe(1);
  });

  it("finds by size and time", async () => {
    expect(await printed("find", "file:in", "--type", "f", "--min-size", "12")).toBe("file:in/deep/b.md\n");
    expect(await printed("find", "file:in", "--name", "*.txt", "--max-size", "1k")).toBe("file:in/a.txt\n");
    expect(await printed("find", "file:in", "--older", "2001-01-01")).toBe("");
    expect(await printed("find", "file:in", "--name", "*.md", "--newer", "2001-01-01T00:00Z")).toBe(
      "file:in/deep/b.md\n",
    );
    expect((await vfs(["find", "file:in", "--min-size", "1x"])).code).toBe(2);
    expect((await vfs(["find", "file:in", "--newer", "soon"])).code).toBe(2);
  });

  it("greps with lines around, names of files and chosen files", async () => {
    writeFileSync(join(folder, "in", "lines.txt"), "1\n2 x\n3\n4 x\n5\n6\n7\n8 X x\n");
    const at = "file:in/lines.txt";
    expect(await printed("grep", "-C", "1", "x", at)).toBe(
      `${at}-1-1\n${at}:2:2 x\n${at}-3-3\n${at}:4:4 x\n${at}-5-5\n--\n${at}-7-7\n${at}:8:8 X x\n`,
    );
    expect(await printed("grep", "-A", "1", "-m", "1", "x", at)).toBe(`${at}:2:2 x\n${at}-3-3\n`);
    expect(await printed("grep", "-B", "1", "--max-results", "1", "x", at)).toBe(`${at}-1-1\n${at}:2:2 x\n`);
    expect(await printed("grep", "-i", "--column", "X", at, "--max-results", "1")).toBe(`${at}:2:3:2 x\n`);
    expect(await printed("grep", "-v", "-m", "2", "x", at)).toBe(`${at}:1:1\n${at}:3:3\n`);
    expect(await printed("grep", "-l", "-i", "beta", "file:in")).toBe("file:in/a.txt\nfile:in/deep/b.md\n");
    expect(await printed("grep", "-l", "-i", "beta", "file:in", "--exclude", "deep")).toBe("file:in/a.txt\n");
    expect(await printed("grep", "-l", "-F", "-i", "BETA", "file:in", "--include", "deep/*")).toBe(
      "file:in/deep/b.md\n",
    );
    expect(await values("grep", "-B", "1", "4 x", at)).toMatchObject([{ line: 4, before: ["3"], after: [] }]);
    writeFileSync(join(folder, "in", "data.bin"), "beta\0\n");
    expect(await printed("grep", "beta", "file:in/data.bin")).toBe("file:in/data.bin: binary file matches\n");
    expect(await printed("grep", "-a", "-l", "beta", "file:in/data.bin")).toBe("file:in/data.bin\n");
  });

  it("draws a tree", async () => {
    expect(await printed("tree", "file:in")).toBe(
      "file:in\n├── .hidden\n├── a.txt\n└── deep/\n    └── b.md\n",
    );
    expect(await printed("tree", "-L", "1", "file:in")).toBe("file:in\n├── .hidden\n├── a.txt\n└── deep/\n");
    const [tree] = await values("tree", "file:in/deep");
    expect(tree).toMatchObject({
      path: "file:in/deep",
      children: [{ name: "b.md", path: "file:in/deep/b.md", size: 15 }],
    });
  });

  it("describes", async () => {
    symlinkSync("a.txt", join(folder, "in", "link"));
    expect(await printed("stat", "file:in/link")).toMatch(/^path +file:in\/link\ntype +symlink to a\.txt\n/);
    expect(await printed("ls", "-l", "file:in")).toMatch(/ {2}link -> a\.txt\n/);
    expect(await values("stat", "file:in/a.txt")).toMatchObject([{ path: "file:in/a.txt", size: 11 }]);
  });

  it("prints bytes as they are, and in JSON what JSON can carry", async () => {
    writeFileSync(join(folder, "bytes"), new Uint8Array([255, 0, 1]));
    expect(await values("cat", "file:bytes", "file:in/a.txt")).toEqual([
      { path: "file:bytes", base64: "/wAB" },
      { path: "file:in/a.txt", text: "alpha\nbeta\n" },
    ]);
  });
});

describe("mkdir and rm", () => {
  it("make and remove directories", async () => {
    expect((await vfs(["mkdir", "sqlite:x.db:/a/b"])).code).toBe(1);
    await printed("mkdir", "-p", "sqlite:x.db:/a/b", "sqlite:x.db:/a/b");
    expect((await vfs(["rm", "sqlite:x.db:/a"])).code).toBe(1);
    await printed("rm", "-r", "sqlite:x.db:/a");
    expect((await vfs(["rm", "sqlite:x.db:/a"])).stderr).toContain("no such file or directory");
    await printed("rm", "-f", "sqlite:x.db:/a");
  });
});

describe("the root", () => {
  it("is memory, with the working directory read-only at /cwd", async () => {
    expect(await printed("ls")).toBe("cwd/\n");
    expect(await printed("cat", "/cwd/in/a.txt")).toBe("alpha\nbeta\n");
    const { code, stderr } = await vfs(["rm", "/cwd/in/a.txt"]);
    expect([code, stderr]).toEqual([
      1,
      "vfs: /cwd/in/a.txt: read-only file system (the mount is read-only)\n",
    ]);
    expect(existsSync(join(folder, "in", "a.txt"))).toBe(true);
  });

  it("is what --mount makes", async () => {
    const mounts = ["--mount", "/db=sqlite:x.db", "--mount-ro=/db/in=file:in"];
    await printed("cp", ...mounts, "/db/in/a.txt", "/db/copy");
    expect(await printed("find", "/", ...mounts)).toBe(
      "/db\n/db/copy\n/db/in\n/db/in/.hidden\n/db/in/a.txt\n/db/in/deep\n/db/in/deep/b.md\n",
    );
    expect((await vfs(["rm", ...mounts, "/db/in/a.txt"])).code).toBe(1);
    expect(await printed("ls", "--mount", "/=file:in")).toBe("a.txt\ndeep/\n");
    expect(await printed("ls", "sqlite:x.db")).toBe("copy\n");
  });
});

describe("what makes no sense", () => {
  const wrong: [args: string[], says: RegExp][] = [
    [["ls", "ftp://x/y"], /no store "ftp:"/],
    [["ls", "sqlite:"], /name the file/],
    [["ls", "--mount", "db=memory:"], /\/path=store/],
    [["ls", "--mount", "/db=sqlite:x.db:/inside"], /mount file:/],
    [["find", "/", "--type", "x"], /f, d or l/],
    [["grep", "(", "/"], /regular expression/],
    [["cp", "/one"], /source and a destination/],
    [["tree", "-L", "none"], /whole number/],
    [["frobnicate"], /unknown command/],
    [["ls", "--frobnicate"], /unknown option/],
  ];
  for (const [args, says] of wrong)
    it(`is refused with 2: vfs ${args.join(" ")}`, async () => {
      const { code, stderr, stdout } = await vfs(args);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(says);
      expect(stderr).not.toContain("    at ");
    });

  it("makes no database where somebody only looks", async () => {
    const { code, stderr } = await vfs(["ls", "sqlite:none.db"]);
    expect([code, existsSync(join(folder, "none.db"))]).toEqual([1, false]);
    expect(stderr).toContain("there is no such database");
    expect((await vfs(["ls", "--mount", "/m=file:none"])).stderr).toContain(
      "only a directory can be mounted",
    );
  });

  it("is told as JSON to a program", async () => {
    const { code, stderr } = await vfs(["cat", "file:none", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: "ENOENT", path: `file:${join(folder, "none")}` },
    });
  });

  it("is told as JSON to a program, whoever finds it out", async () => {
    for (const args of [
      ["ls", "--frobnicate", "--json"],
      ["--json"],
      ["--json", "frobnicate"],
      ["tree", "-L", "none", "--json"],
      ["cp", "/one", "--json"],
      ["ls", "--mount", "nonsense", "--json"],
    ]) {
      const { code, stdout, stderr } = await vfs(args);
      expect([code, stdout, stderr.trimEnd().split("\n").length], args.join(" ")).toEqual([2, "", 1]);
      expect(JSON.parse(stderr)).toMatchObject({ error: { message: expect.stringMatching(/./) as unknown } });
    }
  });

  it("help and version are no failure", async () => {
    expect(await printed("--version")).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
    const { code, stdout } = await vfs(["--help"]);
    expect(code).toBe(0);
    for (const command of [
      "ls",
      "cat",
      "cp",
      "mv",
      "rm",
      "mkdir",
      "find",
      "grep",
      "tree",
      "stat",
      "run",
      "tour",
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
      expect(await printed("help", command)).toMatch(new RegExp(`^Examples:\\n  vfs ${command}\\b`, "m"));
    }
  });
});
