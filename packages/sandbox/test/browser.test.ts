import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, callerOf, launchProfile, openWithCalls, serveSite } from "@vfs/chromium";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PYTHON_ATTACKS, READ_JS } from "./attacks/python.ts";
import type { PageCalls } from "./page/page.ts";

const HOME = fileURLToPath(new URL("..", import.meta.url));
const ENGINE = dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
const SECRET = "planted-secret-5d20";
const CHECKS = readFileSync(new URL("files.py", import.meta.url), "utf8");

const requests: string[] = [];
const cleanup: (() => unknown)[] = [];
let context: BrowserContext;
let folder: string;
let origin: string;
let page: Page;

beforeAll(async () => {
  const scripts = { page: "page.ts", stock: "stock.ts", closed: "closed.ts", open: "open-realm.ts" };
  const input = Object.fromEntries(
    Object.entries(scripts).map(([name, file]) => [name, `${HOME}/test/page/${file}`]),
  );
  folder = await bundle({ root: HOME, input });
  cleanup.push(() => rmSync(folder, { recursive: true }));
  for (const name of ["secret", "other-secret"]) writeFileSync(join(folder, name), SECRET);
  const site = await serveSite(folder, {
    more: { pyodide: ENGINE },
    onRequest: (path) => void requests.push(path),
  });
  cleanup.push(() => site[Symbol.asyncDispose]());
  ({ origin } = site);
  context = await launchProfile();
  cleanup.push(() => context.close());
  page = await openPage();
});

afterAll(async () => {
  for (const action of cleanup.toReversed()) await action();
});

/** All pages share what the browser keeps, as those of one visitor do. */
function openPage(path = "/"): Promise<Page> {
  return openWithCalls(context, origin + path);
}

const call = callerOf<PageCalls>();

/** Starts a session, by a program of its own for the worker if there is one. */
async function startIn(name: string, worker?: string): Promise<void> {
  const failure = await call(page, "start", name, {}, worker);
  if (failure !== null) throw new Error(failure.message);
}

/** Runs code that must succeed, and answers its value. */
async function valueOf(code: string, session = "main", timeoutMs = 30_000): Promise<unknown> {
  const { ok, value, error } = await call(page, "run", session, code, timeoutMs);
  if (!ok) throw new Error(error?.traceback || `${error?.kind}: ${error?.message}`);
  return value;
}

it("what a page takes of this package reaches nothing of Node", () => {
  const scripts = globSync("**/*.js", { cwd: folder });
  expect(scripts.some((path) => path.includes("main"))).toBe(true);
  for (const path of scripts) {
    const text = readFileSync(join(folder, path), "utf8");
    // So Vite replaces what browsers do not have.
    expect(text, path).not.toMatch(/browser-external|["']node:/);
  }
});

describe("Python in a page", () => {
  beforeAll(() => startIn("main"));

  it("works on the files of the page, live and both ways", async () => {
    await call(page, "write", "/a.txt", "from the page");
    expect(await valueOf("open('/data/a.txt').read()")).toBe("from the page");
    await call(page, "write", "/a.txt", "changed");
    expect(await valueOf("open('/data/a.txt').read()")).toBe("changed");
    await call(page, "move", "/a.txt", "/b.txt");
    expect(await valueOf("import os; os.listdir('/data')")).toEqual(["b.txt"]);
    expect(await valueOf("open('/data/c.txt', 'w').write('from Python')")).toBe(11);
    expect(await call(page, "read", "/c.txt")).toBe("from Python");
  });

  it("does with files what Python programs expect", async () => {
    const names = [...CHECKS.matchAll(/^@check\ndef (\w+)/gm)].map(([, name = ""]) => name);
    const told = await valueOf(`${CHECKS}\nimport os; os.mkdir("/data/checks"); run_all("/data/checks")`);
    expect(names.length).toBeGreaterThan(25);
    expect(told).toEqual(Object.fromEntries(names.map((name) => [name, null])));
  });

  it("hands over what is larger than the memory that is shared, whole", async () => {
    await valueOf("open('/data/big', 'wb').write(bytes(i % 251 for i in range(1000)) * 3500)");
    const sum = 3500 * [...Array(1000).keys()].reduce((all, i) => all + (i % 251), 0);
    expect(await call(page, "sum", "/big")).toBe(sum);
    expect(await valueOf("sum(open('/data/big', 'rb').read())")).toBe(sum);
    // The code itself goes over in several pieces too.
    expect(await valueOf(`len(${JSON.stringify("x".repeat(3_000_000))})`)).toBe(3_000_000);
  });

  it("calls functions of the page, and many of them at once", async () => {
    expect(await valueOf("[add(1, 2), list(reversed(b'abc'))]")).toEqual([3, [99, 98, 97]]);
    expect(await valueOf("import asyncio; await asyncio.gather(*(later(20) for _ in range(50)))")).toEqual(
      Array.from({ length: 50 }, () => 20),
    );
    const { error } = await call(page, "run", "main", "fail()");
    expect(error).toMatchObject({ type: "HostFunctionError", message: "as it must" });
  });

  it("refuses a function that waits for its own session", async () => {
    const { error } = await call(page, "run", "main", "again()");
    expect(error?.message).toContain("EDEADLK");
  });

  it("tells what was printed, and reads what it is given", async () => {
    const result = await call(
      page,
      "run",
      "main",
      "import sys; print(input(), file=sys.stderr); print('ö')",
      5000,
      "given",
    );
    expect(result).toMatchObject({ ok: true, stdout: "ö\n", stderr: "given\n", restarted: false });
  });

  it("keeps its memory until it is reset, and what was saved of it", async () => {
    await valueOf("kept = {'a': [1, 2]}");
    expect(await call(page, "checkpoint", "main")).toBeGreaterThan(0);
    await call(page, "reset", "main");
    expect(await valueOf("'kept' in globals()")).toBe(false);
    await call(page, "restore", "main");
    expect(await valueOf("kept")).toEqual({ a: [1, 2] });
  });

  it("is interrupted where it takes too long, prints too much or takes too much memory, and goes on", async () => {
    const limits = { outputBytes: 10_000, memoryBytes: 64 << 20 };
    expect(await call(page, "start", "bounded", limits)).toBe(null);
    await valueOf("kept = 1", "bounded");
    const kindOf = async (code: string): Promise<unknown> => {
      const { error, restarted } = await call(page, "run", "bounded", code, 400);
      return [error?.kind, restarted];
    };
    expect(await kindOf("while True: pass")).toEqual(["timeout", false]);
    expect(await kindOf("import time; time.sleep(100)")).toEqual(["timeout", false]);
    expect(await kindOf("while True: print('x' * 1000)")).toEqual(["output", false]);
    expect(await kindOf("a = []\nwhile True: a.append(bytearray(10 << 20))")).toEqual(["memory", false]);
    expect(await valueOf("kept", "bounded")).toBe(1);
    // What swallows its interrupts is ended, and another interpreter takes its place.
    const stubborn = "while True:\n  try:\n    while True: pass\n  except BaseException: pass";
    expect(await kindOf(stubborn)).toEqual(["timeout", true]);
    expect(await valueOf("'kept' in globals()", "bounded")).toBe(false);
    await call(page, "close", "bounded");
  });

  it("is stopped by a signal", async () => {
    expect(await call(page, "runUntilStopped", "main", "stop()\nwhile True: pass")).toBe("enough");
    expect(await valueOf("1 + 1")).toBe(2);
  });

  it("keeps databases that two sessions share", async () => {
    expect(await call(page, "start", "other")).toBe(null);
    await valueOf(
      "import sqlite3; db = sqlite3.connect('/data/app.db', timeout=0.1); db.execute('create table t(x)'); db.commit()",
    );
    await valueOf("db.execute('insert into t values(7)')");
    const insert =
      "import sqlite3; db = sqlite3.connect('/data/app.db', timeout=0.1); db.execute('insert into t values(8)'); db.commit()";
    const { error } = await call(page, "run", "other", insert);
    expect(error?.message).toBe("database is locked");
    await valueOf("db.commit()");
    await valueOf(insert, "other");
    expect(await valueOf("db.execute('select x from t').fetchall()")).toEqual([[7], [8]]);
    await call(page, "close", "other");
  });
});

describe("the prepared memory", () => {
  it("is made once, kept by the browser, and made anew where it is of no use", async () => {
    const other = await openPage();
    const before = await call(other, "kept");
    expect(before).toBe(1);
    expect(await call(other, "start", "main")).toBe(null);
    await call(other, "spoil");
    expect(await call(other, "start", "again")).toBe(null);
    expect((await call(other, "run", "again", "1 + 1")).value).toBe(2);
    expect(await call(other, "kept")).toBe(1);
    await other.close();
  });
});

describe("a page that cannot share memory", () => {
  for (const [path, missing] of [
    ["/plain/", "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"],
    ["/no-coop/", "with Cross-Origin-Opener-Policy: same-origin"],
    ["/no-coep/", "with Cross-Origin-Embedder-Policy: require-corp"],
  ] as const)
    it(`is told which header is missing below ${path}`, async () => {
      const other = await openPage(path);
      const failure = await call(other, "start", "main");
      expect(failure?.code).toBe("ENOTSUP");
      expect(failure?.message).toMatch(new RegExp(`${missing}\\)$`));
      await other.close();
    });
});

describe("untrusted code in a page", () => {
  /** Ways out that read a path of the site, or at least ask for it. */
  const attacksOn = (path: string): { readonly name: string; readonly code: string }[] => {
    const read = `(() => { const r = new XMLHttpRequest(); r.open('GET', '${path}', false); r.send(); return r.responseText })()`;
    return [
      ...PYTHON_ATTACKS.filter(({ code }) => code.includes(READ_JS)).map(({ name, code }) => ({
        name,
        code: code.replaceAll(READ_JS, read),
      })),
      { name: "a request by js", code: `import js; js.fetch('${path}'); print('asked')` },
    ];
  };
  /** Whether the code has got out: it printed what it must not know, or the site was asked. */
  const gotOut = (text: string): boolean => text.includes(SECRET) || requests.includes("/secret");

  beforeAll(() => startIn("sealed", "/open.js"));

  it("gets out of pyodide as it is, by each of these", async () => {
    const codes = attacksOn("/other-secret").map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(8);
    for (const text of (await call(page, "inWorker", "/stock.js", ...codes)) as string[])
      expect(text).toMatch(/planted-secret|asked/);
    expect(requests).toContain("/other-secret");
  });

  // The seal alone: nothing of the worker's is taken away here.
  for (const { name, code } of attacksOn("/secret"))
    it(`does not get out by ${name}`, async () => {
      const told = await call(page, "run", "sealed", code, 10_000);
      expect(gotOut(JSON.stringify(told))).toBe(false);
      expect(await valueOf("1 + 1", "sealed")).toBe(2);
    });

  it("has nothing left of the worker to call, if it got through the seal", async () => {
    const names =
      `fetch XMLHttpRequest WebSocket WebSocketStream EventSource indexedDB caches navigator location
      importScripts postMessage self.postMessage Worker BroadcastChannel addEventListener RTCPeerConnection
      self.__proto__.fetch EventTarget.prototype`.split(/\s+/);
    const told = (await call(page, "inWorker", "/closed.js", ...names, "WebAssembly")) as Record<
      string,
      string[]
    >;
    expect(told["before"]).toEqual(
      expect.arrayContaining(["fetch", "XMLHttpRequest", "indexedDB", "caches", "postMessage"]),
    );
    expect(told["after"]).toEqual(["WebAssembly"]);
  });
});
