import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchProfile } from "@vfs/chromium";
import type { BrowserContext, Page } from "playwright-core";
import { build, preview } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";

const HOME = fileURLToPath(new URL("..", import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), "vfs-app-page-"));

const cleanup: (() => unknown)[] = [() => rmSync(outDir, { recursive: true })];
let browser: BrowserContext;
let url: string;

beforeAll(async () => {
  const conditions = ["@vfs/source", "browser", "module", "import", "default"];
  await build({
    root: HOME,
    logLevel: "warn",
    resolve: { conditions },
    build: { outDir, emptyOutDir: true },
  });
  const server = await preview({ root: HOME, logLevel: "warn", build: { outDir }, preview: { port: 0 } });
  cleanup.push(() => server.close());
  url = server.resolvedUrls?.local[0] ?? "";
  browser = await launchProfile();
  cleanup.push(() => browser.close());
});

afterAll(async () => {
  for (const action of cleanup.toReversed()) await action();
});

const PATIENCE_MS = 60_000;

async function statusIs(page: Page, text: string): Promise<void> {
  await page.locator("#status", { hasText: new RegExp(`^${text}$`) }).waitFor({ timeout: PATIENCE_MS });
}

async function save(page: Page, path: string, text: string): Promise<void> {
  await page.getByLabel("Path").fill(path);
  await page.getByLabel("Text").fill(text);
  await page.getByRole("button", { name: "Save" }).click();
  await statusIs(page, `saved ${path}`);
}

/** Runs Python in the page; answers what it shows. */
async function run(page: Page, code: string): Promise<string | null> {
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Run" }).click();
  await statusIs(page, "running");
  await statusIs(page, "done");
  return page.locator("#output").textContent();
}

const filesOf = (page: Page): Promise<string[]> => page.locator("#files li").allTextContents();

it("writes files, runs Python on them, and still has them when it is loaded again", async () => {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.log(`page: ${error.stack ?? error.message}`));
  await page.goto(url);
  await statusIs(page, "ready");
  await save(page, "/opfs/notes.txt", "in OPFS");
  await save(page, "/indexeddb/notes.txt", "in IndexedDB");
  await save(page, "/gone.txt", "in memory");
  const upper = `
for place in ("opfs", "indexeddb", "."):
    name = f"{place}/notes.txt" if place != "." else "gone.txt"
    text = open(name).read()
    with open(f"{place}/upper.txt", "w") as file: file.write(text.upper())
    print(text)
len(text)`;
  expect(await run(page, upper)).toBe("in OPFS\nin IndexedDB\nin memory\n9");
  const kept = ["/indexeddb/notes.txt", "/indexeddb/upper.txt", "/opfs/notes.txt", "/opfs/upper.txt"];
  await expect.poll(() => filesOf(page)).toEqual(["/gone.txt", ...kept, "/upper.txt"]);

  await page.reload();
  await statusIs(page, "ready");
  expect(await filesOf(page)).toEqual(kept);
  await page.getByText("/opfs/upper.txt").click();
  await statusIs(page, "opened /opfs/upper.txt");
  expect(await page.getByLabel("Text").inputValue()).toBe("IN OPFS");
  expect(await run(page, `print(open("indexeddb/upper.txt").read())`)).toBe("IN INDEXEDDB\n");
});
