import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { conform, delayed } from "@vfs/conformance";
import type { Provider } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../src/packages.ts";
import { writeProvider } from "../src/provider-template.ts";

type Skips = Readonly<Record<string, readonly string[]>>;

const BIN = join(ROOT, "node_modules", ".bin");
const shell = process.platform === "win32";

// In this package's folder, so that it finds what a package in `packages/` would be linked to.
const folder = mkdtempSync(join(ROOT, "apps", "published", ".snippets-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeProvider("tape-drive", folder);

describe("new-provider", () => {
  it("makes a package that has no mistake in its types", async () => {
    const own = JSON.parse(readFileSync(join(folder, "tsconfig.test.json"), "utf8")) as object;
    // Packages are found by their names: here they do not lie beside it.
    const config = { ...own, extends: "../../../tsconfig.base.json", references: [] };
    writeFileSync(join(folder, "tsconfig.test.json"), JSON.stringify(config));
    const { stdout } = await promisify(execFile)(
      join(BIN, "tsc"),
      ["-p", join(folder, "tsconfig.test.json")],
      {
        shell,
      },
    ).catch((error: unknown) => error as { stdout: string });
    expect(stdout).toBe("");
  });

  it("names the package in all its files", () => {
    expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toMatchObject({
      name: "@vfs/tape-drive",
    });
    expect(readFileSync(join(folder, "src", "index.ts"), "utf8")).toBe(
      'export { tapeDrive } from "./tape-drive.ts";\n',
    );
    expect(readFileSync(join(folder, "src", "tape-drive.ts"), "utf8")).not.toMatch(/mapStore|"map"/);
  });

  it("refuses what is no name of a package", () => {
    for (const name of ["", "../up", "Tape", "tape_drive", "1st"])
      expect(() => writeProvider(name, join(folder, "none")), name).toThrow(TypeError);
    const script = join(ROOT, "scripts", "new-provider.ts");
    const run = () => execFileSync(process.execPath, [script, "core"], { stdio: "pipe" });
    expect(run).toThrow(/packages.core is there already/);
  });
});

// (Vite looks for the file that a `tsconfig.json` extends as soon as it lies beside a source.)
writeFileSync(join(folder, "tsconfig.json"), "{}");
const { tapeDrive } = (await import(join(folder, "src", "index.ts"))) as { tapeDrive: () => Provider };
const { SKIPS, DELAYED_SKIPS } = (await import(join(folder, "test", "skips.ts"))) as Record<string, Skips>;

// As its own test does, which has more places and more delays: those are tried where the example is, in the kit itself.
describe("new-provider › conformance › mount", () => {
  conform(it, { make: tapeDrive, caps: tapeDrive().caps, place: "mount", skips: SKIPS! });
});
describe("new-provider › conformance › behind random delays", () => {
  const make = () => delayed(tapeDrive(), 7);
  conform(it, { make, caps: make().caps, skips: DELAYED_SKIPS! });
});
