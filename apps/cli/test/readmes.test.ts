import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Capabilities } from "@vfs/core";
import { e2b } from "@vfs/e2b";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { s3 } from "@vfs/s3";
import { sqlite } from "@vfs/sqlite";
import { describe, expect, it } from "vitest";
import { newFolder } from "./helpers.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const README = "README.md";
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** Runs code of a README as its reader would: in a folder of his own, with the packages that `home` has. */
function run(code: string, home: string): string {
  const folder = newFolder();
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src", "people.json"), '[{ "name": "Ada" }]\n');
  return execFileSync(
    process.execPath,
    [
      "--conditions=@vfs/source",
      "--input-type=module-typescript",
      "--eval",
      `process.chdir(${JSON.stringify(folder)});\n${code}`,
    ],
    { cwd: join(ROOT, home), encoding: "utf8" },
  );
}

/** Where the packages of an example are: the command has most of them, and the package itself the rest. */
function homeOf(path: string, code: string): string {
  const command = "apps/cli";
  const own = dirname(path);
  const imported = [...code.matchAll(/from "(@vfs\/[a-z-]+)"/g)].map(([, name]) => name ?? "");
  const manifest = JSON.parse(read(`${command}/package.json`)) as Record<string, object>;
  const present = { ...manifest["dependencies"], ...manifest["devDependencies"] };
  return own !== "." && imported.some((name) => !(name in present) && own.endsWith(name.slice(5)))
    ? own
    : command;
}

describe("READMEs", () => {
  const isWritten = (path: string): boolean => !path.endsWith("CHANGELOG.md");
  const readmes = [README, ...globSync("{packages,apps}/*/*.md", { cwd: ROOT }).filter(isWritten)];

  it("are there for each package, with 80 lines at most", () => {
    for (const manifest of globSync("{packages,apps}/*/package.json", { cwd: ROOT })) {
      const path = join(dirname(manifest), README);
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(read(path).trimEnd().split("\n").length, path).toBeLessThanOrEqual(80);
    }
  });

  for (const path of readmes) {
    const [, code, printed] = /```ts\n([\s\S]*?)```\n+(?:```text\n([\s\S]*?)```)?/.exec(read(path)) ?? [];
    if (code === undefined) continue;
    // What runs tests tells how many failed.
    const expected: unknown = printed ?? expect.stringMatching(/fail 0\n/);
    it(`the example of ${path} does what it says`, () => {
      // One place shows that the example runs; the kit in all three is a test of each store.
      const once = code.replace('["root", "mount", "layer"]', '["root"]');
      expect(run(once, homeOf(path, code))).toEqual(expected);
    });
  }

  const providers: Record<string, Capabilities> = {
    memory: memory().caps,
    local: local({ root: "." }).caps,
    sqlite: sqlite({ file: ":memory:" }).caps,
    s3: s3({ bucket: "any" }).caps,
    e2b: e2b({}).caps,
  };
  for (const [name, caps] of Object.entries(providers))
    it.runIf(process.platform === "linux")(`tells what ${name} can do`, () => {
      const [, told = ""] =
        /<!-- caps: [^\n]*-->\n([\s\S]*?)<!-- \/caps -->/.exec(read(`packages/${name}/${README}`)) ?? [];
      expect(told.replaceAll(/\s+/g, " ").trim()).toBe(abilities(caps));
    });
});

/** Capabilities in words. */
function abilities(caps: Capabilities): string {
  const entries = Object.entries(caps);
  const names = (wanted: boolean): string =>
    entries.flatMap(([name, value]) => (value === wanted ? [name] : [])).join(", ") || "nothing";
  const values = entries.flatMap(([name, value]) =>
    typeof value === "string" ? [`${name} \`${value}\``] : [],
  );
  return `- Has: ${names(true)} - Has not: ${names(false)} - ${values.join(", ")}`;
}
