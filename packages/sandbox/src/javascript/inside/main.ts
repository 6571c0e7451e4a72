import { Buffer } from "./buffer.ts";
import { console } from "./console.ts";
import { fs } from "./fs.ts";
import { ask, host } from "./host.ts";
import { format, inspect } from "./inspect.ts";
import { path } from "./path.ts";
import { cwd, process, setCwd, start, type Given } from "./process.ts";
import { noteGlobals, restore, save, sourcesOf, type Sources } from "./saved-memory.ts";
import { load, namesOf, requireFrom, useCompiler } from "./require.ts";
import { atob, btoa, crypto, TextDecoder, TextEncoder } from "./text.ts";
import {
  clearAll,
  clearTimeout,
  fire,
  queueMicrotask,
  setImmediate,
  setInterval,
  setTimeout,
  waitMs,
} from "./timers.ts";

// The first code that runs inside: it makes what scripts find there, and tells the guest program what came of them.

const MOST_JSON_CHARS = 1 << 20;
const MOST_DEPTH = 100;

/** What a function of the host failed with. */
class HostFunctionError extends Error {
  override readonly name = "HostFunctionError";
}

function hostFunction(name: string): (...args: unknown[]) => unknown {
  const call = (...args: unknown[]): unknown => {
    const answer = ask("call", name, args);
    if ("code" in answer) throw new HostFunctionError(answer.message);
    return answer.value ?? undefined;
  };
  return Object.defineProperty(call, "name", { value: name });
}

function define(names: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(names))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

process["chdir"] = (to: string): void => {
  const resolved = (path["resolve"] as (to: string) => string)(to);
  const stats = (fs["statSync"] as (at: string) => { isDirectory(): boolean })(resolved);
  if (!stats.isDirectory())
    throw Object.assign(new Error(`ENOTDIR: not a directory, chdir '${to}'`), { code: "ENOTDIR" });
  setCwd(resolved);
};

define({
  Buffer,
  console,
  process,
  fs,
  path,
  crypto,
  TextEncoder,
  TextDecoder,
  atob,
  btoa,
  queueMicrotask,
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval: clearTimeout,
  clearImmediate: clearTimeout,
  global: globalThis,
  util: load("node:util"),
  performance: { now: () => host.now() },
  require: requireFrom(cwd),
});

/** Whether JSON has the same value. */
function isJson(value: unknown, depth: number): boolean {
  if (depth > MOST_DEPTH) return false;
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    case "object": {
      if (value === null) return true;
      const prototype: unknown = Object.getPrototypeOf(value);
      const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
      return isPlain && Object.values(value).every((item) => isJson(item, depth + 1));
    }
    default:
      return false;
  }
}

/** A value as the caller is told of it, in JSON. */
function tell(value: unknown): string {
  if (value === undefined) return "{}";
  const repr = inspect(value);
  if (isJson(value, 0)) {
    const json = JSON.stringify(value);
    if (json.length <= MOST_JSON_CHARS) return `{"repr":${JSON.stringify(repr)},"value":${json}}`;
  }
  return JSON.stringify({ repr });
}

/** A text, whatever it is: a name that is an object is shown as one. */
function shown(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

/** An exception as the caller is told of it. */
function failure(thrown: unknown): object {
  if (!(thrown instanceof Error))
    return { type: "Error", message: inspect(thrown), traceback: `Uncaught ${inspect(thrown)}\n` };
  // The guest may have put anything there.
  const told: { readonly [K in "name" | "message" | "stack"]?: unknown } = thrown;
  const [type, message, stack] = [told.name, told.message, told.stack ?? ""].map(shown);
  const frames = (stack ?? "").split("\n").filter((frame) => frame !== "" && !frame.includes("(inside:"));
  const line = /<execute \d+>:(\d+)/.exec(frames.join("\n"))?.[1];
  const cause = thrown.cause === undefined ? "" : `\n  [cause]: ${inspect(thrown.cause)}`;
  const traceback = `${[`${type}: ${message}`, ...frames].join("\n")}${cause}\n`;
  return { type, message, traceback, ...(line === undefined ? {} : { line: Number(line) }) };
}

/** What the guest program asks of this side. */
const session = {
  begin: (given: string): void => start(JSON.parse(given) as Given),
  /** The outcome of a piece of code, once there is one; a promise as its last value is waited for. */
  async finish(running: Promise<{ value: unknown }>): Promise<string> {
    try {
      return tell(await (await running).value);
    } catch (thrown) {
      return session.fail(thrown);
    }
  },
  fail: (thrown: unknown): string => JSON.stringify({ error: failure(thrown) }),
  exitCode: (): number => Number(process["exitCode"] ?? 0) & 255,
  names: (id: string): string => JSON.stringify(namesOf(id)),
  boot(config: string, compile: unknown): void {
    const { callbacks, directory } = JSON.parse(config) as { callbacks: string[]; directory: string };
    for (const name of callbacks) define({ [name]: hostFunction(name) });
    setCwd(directory);
    useCompiler(compile);
    noteGlobals();
  },
  save: (sources: string): string => save(JSON.parse(sources) as Sources),
  sourcesOf,
  restore(json: string): string {
    restore(json);
    return "{}";
  },
  waitMs,
  fire,
  clearAll,
  format,
};

Object.assign(globalThis, { __session: session });
