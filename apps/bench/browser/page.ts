import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createSession, python } from "@vfs/sandbox/browser";
import { bareIndexedDb } from "./bare.ts";
import { OURS } from "./ours.ts";
import { PEERS } from "./peers.ts";
import { rawInPage } from "./raw.ts";
import { measureAll, partOf, type Figures } from "./steps.ts";
import type { Open } from "./store.ts";

const STORES: Readonly<Record<string, Open>> = {
  ...OURS,
  ...PEERS,
  "raw in a page": rawInPage,
  "bare IndexedDB": bareIndexedDb,
};
// OPFS of 10,000 files takes a minute to be made by a page: a worker makes it.
const PREPARED = new Set(["ZenFS WebAccess", "raw in a page"]);

function openerOf(name: string): Open {
  const open = STORES[name];
  if (open === undefined) throw new Error(`there is no store ${name}`);
  return open;
}

const calls = {
  async measure(name: string): Promise<Figures> {
    if (name.endsWith("worker") || name.endsWith("sync")) return inWorker("measure", name);
    if (PREPARED.has(name)) await inWorker("fill", "raw in a worker", partOf(name));
    const store = await openerOf(name)();
    return measureAll(store, PREPARED.has(name) ? async () => undefined : undefined, partOf(name));
  },
  /** How long it takes from nothing to the content of a file. */
  async open(name: string): Promise<number> {
    if (name.endsWith("worker") || name.endsWith("sync")) return inWorker("open", name);
    const startMs = performance.now();
    await (await openerOf(name)()).read(`/flat/f${Math.floor(4321 * partOf(name))}`);
    return performance.now() - startMs;
  },
  /** How long a session takes until it has run its first code. */
  async python(): Promise<number> {
    const vfs = createVfs(memory());
    const startMs = performance.now();
    await using session = await createSession({ vfs, engine: python({ engineUrl: "/pyodide/" }) });
    const { ok } = await session.execute("import json, sqlite3");
    if (!ok) throw new Error("Python does not run");
    return performance.now() - startMs;
  },
};

function inWorker<T>(what: string, name: string, part = 1): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<{ value: T } | { error: string }>) => {
      worker.terminate();
      if ("error" in data) reject(new Error(data.error));
      else resolve(data.value);
    });
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    worker.postMessage([what, name, part]);
  });
}

export type BenchCalls = typeof calls;

Object.assign(globalThis, { calls });
