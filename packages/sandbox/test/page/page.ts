import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import {
  createSession,
  GuestDied,
  python,
  type Checkpoint,
  type ExecutionResult,
  type Limits,
  type Session,
} from "../../src/browser/index.ts";

const ENGINE_URL = "/pyodide/";

const vfs: Vfs = createVfs(memory());
const sessions = new Map<string, Session>();
const checkpoints: Checkpoint[] = [];
const aborting = new AbortController();

/** What went wrong, as a test can be told. */
interface Failure {
  readonly code: string | undefined;
  readonly message: string;
}

const callbacks = {
  add: (a: number, b: number) => a + b,
  reversed: async (bytes: Uint8Array) => bytes.toReversed(),
  later: async (ms: number) => {
    await new Promise((resolve) => void setTimeout(resolve, ms));
    return ms;
  },
  fail: () => {
    throw new RangeError("as it must");
  },
  again: async () => (await sessionOf("main").execute("1")).value,
  stop: () => aborting.abort(new Error("enough")),
};

function sessionOf(name: string): Session {
  const session = sessions.get(name);
  if (session === undefined) throw new Error(`there is no session ${name}`);
  return session;
}

/** @param worker Another program for the worker. */
async function start(name: string, limits: Limits = {}, worker?: string): Promise<Failure | null> {
  try {
    const other = worker === undefined ? {} : { worker: () => new Worker(worker, { type: "module" }) };
    const engine = python({ engineUrl: ENGINE_URL, ...other });
    sessions.set(name, await createSession({ vfs, engine, limits, callbacks }));
    return null;
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof GuestDied ? `${message}: ${cause.message}` : message;
    return { code: isVfsError(error) ? error.code : undefined, message: why };
  }
}

/** What a test can call in the page. */
const calls = {
  start,
  run: (name: string, code: string, timeoutMs = 30_000, stdin = ""): Promise<ExecutionResult> =>
    sessionOf(name).execute(code, { timeoutMs, stdin }),
  runUntilStopped: (name: string, code: string): Promise<string> =>
    sessionOf(name)
      .execute(code, { signal: aborting.signal })
      .then(
        () => "not stopped",
        (error: Error) => error.message,
      ),
  reset: (name: string): Promise<void> => sessionOf(name).reset(),
  close: (name: string): Promise<void> => sessionOf(name).close(),
  checkpoint: async (name: string): Promise<number> => {
    const checkpoint = await sessionOf(name).checkpoint();
    checkpoints.push(checkpoint);
    return checkpoint.bytes.length;
  },
  restore: (name: string): Promise<void> => sessionOf(name).restore(checkpoints.at(-1) as Checkpoint),
  write: (path: string, text: string): Promise<void> => vfs.writeFile(path, text),
  read: (path: string): Promise<string> => vfs.readFile(path, "utf8"),
  /** A sum of the bytes of a file. */
  sum: async (path: string): Promise<number> =>
    (await vfs.readFile(path)).reduce((sum, byte) => sum + byte, 0),
  move: (path: string, to: string): Promise<void> => vfs.rename(path, to),
  /** How many prepared memories the browser keeps. */
  kept: async (): Promise<number> => {
    let count = 0;
    for (const name of await caches.keys()) count += (await (await caches.open(name)).keys()).length;
    return count;
  },
  /** Replaces what the browser keeps by what is of no use. */
  spoil: async (): Promise<void> => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) await cache.put(request, new Response(new Uint8Array(64)));
    }
  },
  /** Calls something in a worker of this page. */
  inWorker: (script: string, ...args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(script, { type: "module" });
      worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => resolve(data));
      worker.addEventListener("error", ({ message }) => reject(new Error(message)));
      worker.postMessage(args);
    }),
};

export type PageCalls = typeof calls;

Object.assign(globalThis, { calls });
