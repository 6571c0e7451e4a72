import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findPackage } from "../src/packages.ts";

/** A folder with packages in it: their manifests by where they lie. */
function folderWith(packages: Readonly<Record<string, object>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "packages-")));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [place, manifest] of Object.entries(packages)) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, "package.json"), JSON.stringify(manifest));
  }
  return folder;
}

describe("findPackage", () => {
  it("names the command that installs what is missing, or another version", () => {
    const folder = folderWith({ "node_modules/just-bash": { version: "3.0.0" } });
    expect(() => findPackage("just-bash", "3.4.2", folder)).toThrow(
      'just-bash is installed as 3.0.0, which this was not made for: run "npm install just-bash@3.4.2"',
    );
    expect(() => findPackage("quickjs-emscripten", "0.32.0", folder)).toThrow(
      'quickjs-emscripten is not installed: run "npm install quickjs-emscripten@0.32.0"',
    );
  });

  it("lets a guest read the package and what it needs, and no other package", () => {
    const folder = folderWith({
      "node_modules/a": {
        version: "1.0.0",
        dependencies: { b: "1", "@s/c": "1" },
        optionalDependencies: { none: "1" },
      },
      "node_modules/a/node_modules/b": { version: "1.0.0", dependencies: { a: "1" } },
      "node_modules/b": { version: "2.0.0" },
      "node_modules/@s/c": { version: "1.0.0" },
      "node_modules/other": { version: "1.0.0" },
    });
    const { readable, version } = findPackage("a", undefined, folder);
    const inFolder = readable
      .filter((path) => path.startsWith(folder))
      .map((path) => path.slice(folder.length));
    expect(version).toBe("1.0.0");
    expect(inFolder).toContain("/node_modules/@s/c");
    expect(inFolder).toContain("/node_modules/a/node_modules/b");
    expect(
      inFolder.filter((path) =>
        ["/node_modules", "/node_modules/b", "/node_modules/other", "", "/"].includes(path),
      ),
    ).toEqual([]);
  });
});
