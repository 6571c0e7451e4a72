import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, launchProfile, serveSite } from "@vfs/chromium";
import type { BrowserContext, Page } from "playwright-core";
import type { BenchCalls } from "./page.ts";
import { AT_OPEN, partOf, STEPS, type Figures } from "./steps.ts";

// `pnpm --filter @vfs/bench bench:browser [store ...]`: measures these stores, or all, each in a fresh profile of a real
// Chromium, and prints the table of all that were measured so far. `python` measures how long a session takes to be ready.
const HOME = fileURLToPath(new URL(".", import.meta.url));
const KEPT = fileURLToPath(new URL("../.cache/browser.json", import.meta.url));
const STORES = [
  "opfs",
  "opfs sync",
  "indexeddb",
  "ZenFS IndexedDB",
  "ZenFS WebAccess",
  "lightning-fs",
  "raw in a page",
  "raw in a worker",
  "bare IndexedDB",
];

const asked = process.argv.slice(2);
const kept = existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, "utf8")) as Record<string, Figures>) : {};
const folder = await bundle({
  root: HOME,
  minify: true,
  input: { page: `${HOME}page.ts`, worker: `${HOME}worker.ts` },
});
const engine = dirname(
  createRequire(import.meta.resolve("@vfs/sandbox/browser")).resolve("pyodide/package.json"),
);
const site = await serveSite(folder, { more: { pyodide: engine } });
let version = "";
try {
  for (const name of asked.length === 0 ? [...STORES, "python"] : asked)
    kept[name] = await inBrowser(name === "python" ? measurePython : (context) => measure(context, name));
  mkdirSync(dirname(KEPT), { recursive: true });
  writeFileSync(KEPT, JSON.stringify(kept, undefined, 1));
  console.log(`Chromium ${version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}; milliseconds\n`);
  console.log(table(kept));
  if (kept["python"] !== undefined) console.log(`\n${pythonTable(kept["python"])}`);
} finally {
  await site[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
}

/** Measures in a new profile on the disk, as users have one. */
async function inBrowser(action: (context: BrowserContext) => Promise<Figures>): Promise<Figures> {
  const context = await launchProfile();
  version = context.browser()?.version() ?? "";
  try {
    return await action(context);
  } finally {
    await context.close();
  }
}

async function measure(context: BrowserContext, name: string): Promise<Figures> {
  const page = await context.newPage();
  await load(page);
  const figures = (await call(page, "measure", name)) as Figures;
  const opened: number[] = [];
  for (let i = 0; i < 3; i++) {
    await load(page);
    opened.push((await call(page, "open", name)) as number);
  }
  return { ...figures, [AT_OPEN]: middle(opened) };
}

/** How long a session takes from the call to its first result: at first, when the page is loaded again, and the next one. */
async function measurePython(context: BrowserContext): Promise<Figures> {
  const page = await context.newPage();
  const start = async (): Promise<readonly [number, number]> => {
    await load(page);
    return [(await call(page, "python", "")) as number, (await call(page, "python", "")) as number];
  };
  const [first] = await start();
  const later: (readonly [number, number])[] = [];
  for (let i = 0; i < 5; i++) later.push(await start());
  return {
    "first visit": first,
    "page loaded again": middle(later.map(([one]) => one)),
    "another one in the same page": middle(later.map(([, another]) => another)),
  };
}

async function load(page: Page): Promise<void> {
  await page.goto(`${site.origin}/`);
  await page.waitForFunction(() => "calls" in globalThis);
}

function call(page: Page, what: keyof BenchCalls, name: string): Promise<unknown> {
  return page.evaluate(
    ([called, store]) => {
      const { calls } = globalThis as unknown as {
        calls: Record<string, (name: string) => Promise<unknown>>;
      };
      return calls[called]?.(store);
    },
    [what, name] as const,
  );
}

function middle(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function table(all: Readonly<Record<string, Figures>>): string {
  const names = STORES.filter((name) => all[name] !== undefined);
  const lines = [...STEPS, AT_OPEN].map((step) => {
    const cells = names.map((name) => shown(all[name]?.[step]));
    cells.unshift(step);
    return cells;
  });
  return [
    ["", ...names.map((name) => (partOf(name) < 1 ? `${name}, ${partOf(name)} of it` : name))],
    ["---", ...names.map(() => "---:")],
    ...lines,
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function pythonTable(figures: Figures): string {
  const lines = Object.entries(figures).map(([what, ms]) => `| ${what} | ${shown(ms)} |`);
  return ["| Python, from `createSession` to the first result | ms |", "| --- | ---: |", ...lines].join("\n");
}

function shown(ms: number | undefined): string {
  return ms === undefined ? "" : ms >= 100 ? ms.toFixed(0) : ms.toFixed(1);
}
