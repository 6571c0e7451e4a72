import { assert, isDeepEqual } from "./assert.ts";
import { Buffer } from "./buffer.ts";
import { console } from "./console.ts";
import { EventEmitter } from "./events.ts";
import { fs } from "./fs.ts";
import { ask } from "./host.ts";
import { format, inspect } from "./inspect.ts";
import { dirname, path } from "./path.ts";
import { process } from "./process.ts";
import { crypto, TextDecoder, TextEncoder } from "./text.ts";
import * as timers from "./timers.ts";

/** A script that is being run, or has been. */
interface Module {
  readonly id: string;
  readonly filename: string;
  readonly children: Module[];
  exports: unknown;
  loaded: boolean;
}

type Require = ((specifier: string) => unknown) & {
  resolve(specifier: string): string;
  readonly cache: Record<string, Module>;
  main?: Module | undefined;
};

function promisify(action: (...args: unknown[]) => void) {
  return (...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      action(...args, (error: unknown, value: unknown) => {
        if (error === null || error === undefined) resolve(value);
        else reject(error);
      });
    });
}

const { setTimeout, setInterval, setImmediate, clearTimeout } = timers;
const timerFunctions = {
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval: clearTimeout,
  clearImmediate: clearTimeout,
};

/** What can be had by `require` and `import` without a file. */
export const BUILT_IN: Readonly<Record<string, unknown>> = {
  fs,
  path,
  process,
  console,
  assert,
  crypto,
  "assert/strict": assert,
  "fs/promises": fs["promises"],
  "path/posix": path,
  buffer: { Buffer },
  events: Object.assign(EventEmitter, { EventEmitter, default: EventEmitter }),
  os: { EOL: "\n", platform: () => "linux", type: () => "Linux", arch: () => "wasm32", cpus: () => [] },
  timers: timerFunctions,
  "timers/promises": {
    setTimeout: (ms: number, value?: unknown) =>
      new Promise((resolve) => void setTimeout(resolve, ms, value)),
  },
  util: { inspect, format, promisify, isDeepStrictEqual: isDeepEqual, TextEncoder, TextDecoder },
};

const cache: Record<string, Module> = Object.create(null) as Record<string, Module>;
/** Of a script that failed while its names were asked for: it is told when the script itself is. */
const failures = new Map<string, unknown>();

/** A `require` for scripts in a directory. */
export function requireFrom(directory: () => string): Require {
  const resolve = (specifier: string): string => {
    if (typeof specifier !== "string")
      throw Object.assign(new TypeError('The "id" argument must be of type string'), {
        code: "ERR_INVALID_ARG_TYPE",
      });
    const answer = ask("resolve", specifier, directory());
    if ("code" in answer)
      throw Object.assign(new Error(answer.message), { code: answer.code, requireStack: [] });
    return answer.value as string;
  };
  return Object.assign((specifier: string) => load(resolve(specifier)), { resolve, cache });
}

/** What a script, or what stands in for one, exports; it is run when it was not before. */
export function load(id: string): unknown {
  if (id.startsWith("node:")) return BUILT_IN[id.slice(5)];
  if (failures.has(id)) {
    const error = failures.get(id);
    failures.delete(id);
    throw error;
  }
  const known = cache[id];
  if (known !== undefined) return known.exports;
  const module: Module = { id, filename: id, children: [], exports: {}, loaded: false };
  cache[id] = module;
  try {
    run(module);
  } catch (error) {
    delete cache[id];
    throw error;
  }
  module.loaded = true;
  return module.exports;
}

function run(module: Module): void {
  const { filename } = module;
  const answer = ask("source", filename);
  if ("code" in answer) throw Object.assign(new Error(answer.message), { code: answer.code });
  const text = answer.value as string;
  if (filename.endsWith(".json")) {
    module.exports = JSON.parse(text);
    return;
  }
  const directory = dirname(filename);
  const require = requireFrom(() => directory);
  if ((process["argv"] as string[])[1] === filename) require.main = module;
  const compile = evaluate as (source: string, name: string) => (...args: unknown[]) => void;
  const wrapper = compile(text, filename);
  wrapper.call(module.exports, module.exports, require, module, filename, directory);
}

let evaluate: unknown;

/** @param compile Makes a function of a script: only the guest program can give it the name of its file. */
export function useCompiler(compile: unknown): void {
  evaluate = compile;
}

/** By which names a script's exports can be imported one by one. */
export function namesOf(id: string): string[] {
  try {
    const exported = load(id);
    const hasNames = (typeof exported === "object" || typeof exported === "function") && exported !== null;
    return hasNames ? Object.keys(exported).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name)) : [];
  } catch (error) {
    failures.set(id, error);
    return [];
  }
}
