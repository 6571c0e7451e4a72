import { COMPILE_OWN_SIDE } from "../../python/guest/own-side.ts";
import { MODULES, prepareMemory } from "../../python/guest/prepare-memory.ts";
import { PYODIDE_VERSION } from "../../python/guest/seal.ts";

const CACHE = "vfs-sandbox-python";

/** The prepared memory of the interpreter, kept by the browser from one visit to the next. */
export interface KeptMemory {
  readonly bytes: Uint8Array;
  /** Whether it is from an earlier visit. */
  readonly wasKept: boolean;
  /** Forgets it: it cannot be used after all. */
  forget(): Promise<void>;
}

/** Takes the prepared memory from what the browser keeps, or makes it, which takes some seconds, and keeps it. */
export async function preparedMemory(engineUrl: string): Promise<KeptMemory> {
  const cache = await openCache();
  const key = await keyOf(engineUrl);
  const forget = async (): Promise<void> => void (await cache?.delete(key));
  const kept = await cache?.match(key);
  if (kept !== undefined) return { bytes: new Uint8Array(await kept.arrayBuffer()), wasKept: true, forget };
  const bytes = await prepareMemory(engineUrl);
  if (cache !== undefined) await keep(cache, key, bytes);
  return { bytes, wasKept: false, forget };
}

/** Where the browser keeps nothing, as some private windows do, each session makes its own. */
async function openCache(): Promise<Cache | undefined> {
  try {
    return await caches.open(CACHE);
  } catch {
    return undefined;
  }
}

async function keep(cache: Cache, key: string, bytes: Uint8Array): Promise<void> {
  try {
    // What is from another version is of no use any more.
    for (const request of await cache.keys()) if (request.url !== key) await cache.delete(request);
    await cache.put(key, new Response(bytes as Uint8Array<ArrayBuffer>));
  } catch {
    // There is no room for it: the next visit makes it again.
  }
}

/** What the memory depends on: the engine, what is loaded into it, and the browser. */
async function keyOf(engineUrl: string): Promise<string> {
  const text = [PYODIDE_VERSION, MODULES.join(), COMPILE_OWN_SIDE, navigator.userAgent].join("\n");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return new URL(`prepared-memory?${PYODIDE_VERSION}-${hash.slice(0, 32)}`, engineUrl).href;
}
