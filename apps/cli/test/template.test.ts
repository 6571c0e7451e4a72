import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

const TEMPLATE = `variables: { owner: null }
files:
  - { path: "/\${owner}/note.txt", content: "of \${owner}" }
  - { path: /licence, contentFrom: /MIT }
`;

let folder: string;
let vfs: ReturnType<typeof typedIn>;

beforeEach(() => {
  folder = newFolder();
  vfs = typedIn(folder);
  mkdirSync(join(folder, "licences"));
  writeFileSync(join(folder, "licences", "MIT"), "free");
  writeFileSync(join(folder, "t.yaml"), TEMPLATE);
});

describe("template", () => {
  it("makes the files of a template in any store, and says which", async () => {
    const args = [
      "template",
      "apply",
      "file:t.yaml",
      "sqlite:x.db:/home",
      "--set",
      "owner=ada",
      "--content-from",
      "licences",
    ];
    const dry = await vfs([...args, "--dry-run"]);
    expect(dry.stdout).toContain("create  sqlite:x.db:/home/ada/note.txt");
    const { code, stdout, stderr } = await vfs(args);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(dry.stdout);
    expect((await vfs(["cat", "sqlite:x.db:/home/ada/note.txt", "sqlite:x.db:/home/licence"])).stdout).toBe(
      "of adafree",
    );
    const again = await vfs(args);
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining("sqlite:x.db:/home/ada") as string,
    ]);
    expect((await vfs([...args, "--on-conflict", "merge", "--json"])).stdout).toContain('"action":"keep"');
    expect((await vfs([...args, "--on-conflict", "perhaps"])).code).toBe(2);
    expect((await vfs([...args, "--set", "nothing"])).code).toBe(2);
  });

  it("prints what is wrong with one, with lines", async () => {
    writeFileSync(join(folder, "bad.yaml"), "files:\n  - path: /a\n    contents: x\n");
    const { code, stdout } = await vfs(["template", "validate", "file:t.yaml", "file:bad.yaml"]);
    expect([code, stdout.split("\n")[0]]).toEqual([
      1,
      expect.stringMatching(/^file:bad.yaml:3:15: files\[0\].contents/) as string,
    ]);
    expect((await vfs(["template", "validate", "file:t.yaml"])).code).toBe(0);
    const failed = await vfs(["template", "apply", "file:bad.yaml", "file:out"]);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("line 3") as string]);
  });

  it("prints a template that makes a tree again", async () => {
    const { stdout } = await vfs(["template", "capture", "file:licences"]);
    writeFileSync(join(folder, "again.yaml"), stdout);
    expect((await vfs(["template", "apply", "file:again.yaml", "file:out"])).code).toBe(0);
    expect(readFileSync(join(folder, "out", "MIT"), "utf8")).toBe("free");
    expect(JSON.parse((await vfs(["template", "capture", "file:licences", "--json"])).stdout)).toMatchObject({
      files: [{ path: "/MIT", content: "free" }],
    });
  });
});
