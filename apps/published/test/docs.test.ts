import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../src/packages.ts";

const run = promisify(execFile);
const HOME = join(ROOT, "apps", "published");
const SERVER = join(ROOT, "packages", "s3", "test", "server", "main.ts");

/** A piece of TypeScript of a guide. */
interface Snippet {
  readonly guide: string;
  readonly line: number;
  readonly code: string;
  /** For pages only: it cannot run here. */
  readonly browser: boolean;
  /** What stands below it. */
  readonly printed: string | undefined;
}

function snippetsOf(guide: string): Snippet[] {
  const text = readFileSync(join(ROOT, guide), "utf8");
  return [
    ...text.matchAll(/^```(?:ts|typescript)( browser)?\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm),
  ].map((found) => {
    const [, browser, code = "", printed] = found;
    const line = text.slice(0, found.index).split("\n").length;
    return { guide, line, code, browser: browser !== undefined, printed };
  });
}

const guides = globSync("docs/*.md", { cwd: ROOT });
const snippets = guides.flatMap(snippetsOf);
// These are run by a test of the command; here their types are looked at.
const readmes = globSync(["README.md", "packages/*/*.md"], { cwd: ROOT }).flatMap(snippetsOf);

const fileOf = ({ guide, line }: Snippet): string =>
  `${guide.slice(0, -".md".length).replaceAll("/", "-")}-${line}.ts`;

// In this package's folder, so that every package is found by its name: as built, which is what a reader has.
const folder = mkdtempSync(join(HOME, ".snippets-"));
const MARK = "==== ";

/** Runs pieces one after another, each in an empty folder but for `src/people.json`, and marks where each begins. */
const RUNNER = `
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
const here = import.meta.dirname;
for (const file of process.argv.slice(2)) {
  const folder = mkdtempSync(join(tmpdir(), "vfs-docs-"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src", "people.json"), '[{ "name": "Ada" }]');
  process.chdir(folder);
  console.log("${MARK}" + file);
  await import(pathToFileURL(join(here, file)).href).catch((error) => console.log(error));
  await new Promise((soon) => setTimeout(soon, 10)); // callbacks that nothing waits for
  process.chdir(here);
  rmSync(folder, { recursive: true });
}
process.exit(0);
`;

let printedBy: ReadonlyMap<string, string> = new Map();
let bucket: ChildProcess | undefined;
const env: NodeJS.ProcessEnv = { ...process.env, NODE_NO_WARNINGS: "1" };

beforeAll(async () => {
  // Each is a module, whether it imports something or not.
  for (const snippet of [...snippets, ...readmes])
    writeFileSync(join(folder, fileOf(snippet)), `${snippet.code}\nexport {};\n`);
  writeFileSync(join(folder, "run.mjs"), RUNNER);
  // A store in a bucket, for the guides that need one.
  bucket = spawn(process.execPath, [SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(bucket.stdout!, "data")) as [Buffer];
  const aws = {
    AWS_ENDPOINT_URL_S3: line.toString().trim(),
    AWS_ACCESS_KEY_ID: "AKTEST",
    AWS_SECRET_ACCESS_KEY: "SKTEST",
  };
  const files = snippets.filter(({ browser, printed }) => !browser && printed !== undefined).map(fileOf);
  const { stdout } = await run(process.execPath, [join(folder, "run.mjs"), ...files], {
    env: { ...env, ...aws },
  });
  const parts = stdout.split(new RegExp(`^${MARK}(.*)\n`, "m")).slice(1);
  printedBy = new Map(parts.flatMap((name, i) => (i % 2 === 0 ? [[name, parts[i + 1] ?? ""] as const] : [])));
});
afterAll(() => {
  bucket?.stdin?.end();
  rmSync(folder, { recursive: true });
});

describe("guides", () => {
  for (const snippet of snippets) {
    const { guide, line, browser, printed } = snippet;
    if (browser || printed === undefined) continue;
    it(`${guide}:${line} prints what it says`, () => {
      expect(printedBy.get(fileOf(snippet))).toBe(printed);
    });
  }

  // What prints nothing of its own runs tests, which tell how many failed.
  for (const snippet of snippets.filter(({ browser, printed }) => !browser && printed === undefined))
    it(`${snippet.guide}:${snippet.line} passes its tests`, async () => {
      const { stdout } = await run(process.execPath, [join(folder, fileOf(snippet))], { env });
      expect(stdout).toMatch(/fail 0\n/);
    });

  it("have, as all READMEs, no mistake in their types", async () => {
    const config = {
      extends: "../../../tsconfig.base.json",
      compilerOptions: {
        noEmit: true,
        composite: false,
        isolatedDeclarations: false,
        noUnusedLocals: false,
        rewriteRelativeImportExtensions: false,
        customConditions: [],
        types: ["node"],
        lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      },
      files: [...snippets, ...readmes].map(fileOf),
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const shell = process.platform === "win32";
    const tsc = join(ROOT, "node_modules", ".bin", "tsc");
    const { stdout } = await run(tsc, ["-p", folder], { shell }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe("");
  });

  it("lead to pages that are there", () => {
    const pages = [...guides, "README.md", "CONTRIBUTING.md", "SECURITY.md"];
    for (const page of pages)
      for (const [, target = ""] of readFileSync(join(ROOT, page), "utf8").matchAll(
        /\]\((?!https?:|#)([^)#]+)/g,
      ))
        expect(existsSync(join(ROOT, dirname(page), target)), `${target} in ${page}`).toBe(true);
  });

  it("are all in the list of guides", () => {
    const list = readFileSync(join(ROOT, "docs", "README.md"), "utf8");
    for (const guide of guides.filter((name) => !name.endsWith("README.md")))
      expect(list).toContain(`](${guide.slice("docs/".length)})`);
  });
});
