import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const APP = fileURLToPath(new URL("..", import.meta.url));
const PACKAGES = join(APP, "../../packages");

const folder = realpathSync(mkdtempSync(join(tmpdir(), "csv-answers-")));
afterAll(() => rmSync(folder, { recursive: true }));

/** Installs a package as a user gets it: what is in its tarball, and nothing else of the workspace. */
function install(name: string): void {
  const place = join(folder, "node_modules/@vfs", name);
  mkdirSync(place, { recursive: true });
  const packed = join(folder, "packed", name);
  execFileSync("npx", ["pnpm", "pack", "--pack-destination", packed], {
    cwd: join(PACKAGES, name),
    stdio: "ignore",
  });
  const [tarball = ""] = globSync(`${packed}/*.tgz`);
  execFileSync("tar", ["-xzf", tarball, "-C", place, "--strip-components=1"]);
}

describe("an app that has the packages from their tarballs", () => {
  beforeAll(() => {
    for (const name of ["core", "memory", "sandbox"]) install(name);
    // What comes from the registry is what is installed here already.
    for (const name of ["pyodide", "acorn"])
      symlinkSync(
        realpathSync(join(PACKAGES, "sandbox/node_modules", name)),
        join(folder, "node_modules", name),
      );
    for (const name of ["dist", "package.json", "sales.csv", "recordings.json"])
      cpSync(join(APP, name), join(folder, name), { recursive: true });
  });

  it("gets no tests and no paths of a workspace", () => {
    const place = join(folder, "node_modules/@vfs/sandbox");
    expect(readdirSync(place).toSorted()).toEqual([
      "BROWSER.md",
      "ENGINES.md",
      "FILES.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "SESSIONS.md",
      "dist",
      "package.json",
      "snapshot",
      "src",
    ]);
  });

  it("answers questions with code that was written for them, and keeps its file", () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["dist/main.js"], {
      cwd: folder,
      encoding: "utf8",
      env: {},
    });
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      "Which city has the largest turnover?",
      '  {"city":"Linz","turnover":97.4} (2 tries)',
      "How many units of each product were sold in each month?",
      '  [["2026-01","cake",3],["2026-01","coffee",7],["2026-01","tea",12],["2026-02","coffee",9],["2026-02","tea",20],["2026-03","tea",5]] (1 try)',
      "Please round all prices in the file.",
      "  timeout: the code took longer than it may (3 tries)",
      "the table is as it was: true",
      "",
    ]);
  });
});
