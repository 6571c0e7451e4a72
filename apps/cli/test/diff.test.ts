import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

/** Whether there is a patch(1) here. */
const PATCH = existsSync("/usr/bin/patch");

let folder: string;
let vfs: ReturnType<typeof typedIn>;

beforeEach(async () => {
  folder = newFolder();
  vfs = typedIn(folder);
  mkdirSync(join(folder, "a", "deep"), { recursive: true });
  writeFileSync(join(folder, "a", "text"), "one\ntwo\nthree\n");
  writeFileSync(join(folder, "a", "deep", "same"), "same");
  writeFileSync(join(folder, "a", "bytes"), new Uint8Array([0, 1, 2]));
  await vfs(["cp", "-r", "file:a", "sqlite:x.db:/b"]);
});

describe("diff", () => {
  it("says nothing of what is the same, with 0", async () => {
    expect(await vfs(["diff", "file:a", "sqlite:x.db:/b"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await vfs(["diff", "file:a/text", "sqlite:x.db:/b"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("prints what is different, with 1", async () => {
    writeFileSync(join(folder, "a", "text"), "one\n2\nthree\n");
    writeFileSync(join(folder, "a", "bytes"), new Uint8Array([0, 1, 3]));
    mkdirSync(join(folder, "a", "new", "er"), { recursive: true });
    await vfs(["rm", "sqlite:x.db:/b/deep/same"]);
    await vfs(["mkdir", "sqlite:x.db:/b/deep/same"]);
    await vfs(["touch", "sqlite:x.db:/b/other"]);
    const { code, stdout, stderr } = await vfs(["diff", "-r", "file:a", "sqlite:x.db:/b"]);
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toBe(
      `Files file:a/bytes and sqlite:x.db:/b/bytes differ
file:a/deep/same is a file, sqlite:x.db:/b/deep/same is a directory
Only in file:a: new
Only in sqlite:x.db:/b: other
--- file:a/text
+++ sqlite:x.db:/b/text
@@ -1,3 +1,3 @@
 one
-2
+two
 three
`,
    );
    const brief = await vfs([
      "diff",
      "-q",
      "file:a",
      "sqlite:x.db:/b",
      "--exclude",
      "{new,other,deep,bytes}",
    ]);
    expect(brief).toEqual({
      code: 1,
      stdout: "Files file:a/text and sqlite:x.db:/b/text differ\n",
      stderr: "",
    });
    const values = (await vfs(["diff", "--json", "file:a", "sqlite:x.db:/b"])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { path: string; kind: string; patch?: string });
    expect(values.map(({ path, kind, patch }) => [path, kind, patch !== undefined])).toEqual([
      ["bytes", "changed", false],
      ["deep/same", "type", false],
      ["new", "removed", false],
      ["other", "added", false],
      ["text", "changed", true],
    ]);
  });

  it("-N and -U › show what only one has, and fewer lines around", async () => {
    writeFileSync(join(folder, "a", "text"), "one\n2\nthree\n");
    expect((await vfs(["diff", "-U", "0", "file:a/text", "sqlite:x.db:/b/text"])).stdout).toBe(
      "--- file:a/text\n+++ sqlite:x.db:/b/text\n@@ -2,1 +2,1 @@\n-2\n+two\n",
    );
    writeFileSync(join(folder, "a", "new"), "no end of line");
    expect((await vfs(["diff", "-N", "sqlite:x.db:/b", "file:a", "--exclude", "text"])).stdout).toBe(
      "--- sqlite:x.db:/b/new\n+++ file:a/new\n@@ -0,0 +1,1 @@\n+no end of line\n\\ No newline at end of file\n",
    );
  });

  it.runIf(PATCH)("makes what patch(1) takes", async () => {
    writeFileSync(
      join(folder, "a", "text"),
      `${Array.from({ length: 99 }, (_, i) => `line ${i}`).join("\n")}\n`,
    );
    cpSync(join(folder, "a", "text"), join(folder, "old"));
    writeFileSync(
      join(folder, "new"),
      readFileSync(join(folder, "old"), "utf8").replace("line 7\n", "").concat("end"),
    );
    const { stdout } = await vfs(["diff", "file:old", "file:new"]);
    execFileSync("patch", ["old"], { cwd: folder, input: stdout });
    expect(readFileSync(join(folder, "old"), "utf8")).toBe(readFileSync(join(folder, "new"), "utf8"));
  });

  it("answers 2 for what cannot be compared", async () => {
    const { code, stdout, stderr } = await vfs(["diff", "file:a", "file:none"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("none: no such file or directory");
    expect((await vfs(["diff", "file:a"])).code).toBe(2);
  });

  it.skipIf(process.platform === "win32")(
    "compares what links say, and follows those that are named",
    async () => {
      symlinkSync("text", join(folder, "a", "link"));
      await vfs(["cp", "file:a/link", "sqlite:x.db:/b/link"]);
      expect((await vfs(["diff", "file:a", "sqlite:x.db:/b"])).code).toBe(0);
      expect((await vfs(["diff", "file:a/link", "sqlite:x.db:/b/text"])).code).toBe(0);
      await vfs(["rm", "sqlite:x.db:/b/link"]);
      symlinkSync("deep", join(folder, "a", "link2"));
      await vfs(["cp", "file:a/link2", "sqlite:x.db:/b/link"]);
      await vfs(["rm", "file:a/link2"]);
      expect((await vfs(["diff", "file:a", "sqlite:x.db:/b"])).stdout).toBe(
        "Links file:a/link and sqlite:x.db:/b/link differ\n",
      );
    },
  );
});
