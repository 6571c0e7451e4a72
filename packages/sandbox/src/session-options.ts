import type { Callback, CallbackFunction, CallbackStub, EngineOptions, HostServices } from "./engine.ts";
import { resolveLimits } from "./limits.ts";
import { resolveMounts } from "./mounts.ts";
import type { SessionOptions } from "./session.ts";

/**
 * Fills in what is not told.
 *
 * @throws TypeError or RangeError for what makes no sense, or what the engine cannot do.
 */
export function resolveSession(options: SessionOptions): EngineOptions {
  const { vfs, engine, mountPath, mounts = {}, limits = {}, callbacks = {}, isolation = "process" } = options;
  const points = resolveMounts(vfs, mountPath, mounts);
  const { can = [] } = engine;
  if (points.length > 1 && !can.includes("mounts"))
    throw new TypeError(`${engine.name} has one place for files: mount them in one Vfs with vfs.mount()`);
  if (isolation !== "process" && isolation !== "strict")
    throw new TypeError(`isolation must be "process" or "strict", got "${String(isolation)}"`);
  if (isolation === "strict" && !can.includes("strict"))
    throw new TypeError(`${engine.name} cannot be isolated strictly: leave isolation as it is`);
  return {
    vfs: points[0].vfs,
    mountPath: points[0].path,
    mounts: points,
    isolation,
    limits: resolveLimits(limits),
    callbacks: functionsOf(callbacks),
    stubs: stubsOf(callbacks),
  };
}

/**
 * Other files and functions for a session that was started with these options.
 *
 * @throws TypeError when they are not where they were, or not called as they were.
 */
export function resolveServices(
  started: EngineOptions,
  { vfs, mounts, callbacks }: Pick<SessionOptions, "vfs" | "mounts" | "callbacks">,
): HostServices {
  const others = vfs === undefined && mounts === undefined;
  // Where the first files are is said by `mountPath` alone, unless they are all in `mounts`.
  const points = others ? started.mounts : resolveMounts(vfs, vfs && started.mountPath, mounts ?? {});
  checkSame(
    "mounts",
    points.map(({ path }) => path),
    started.mounts.map(({ path }) => path),
  );
  const functions = callbacks === undefined ? started.callbacks : functionsOf(callbacks);
  checkSame("callbacks", Object.keys(functions), Object.keys(started.callbacks));
  return { mounts: points, callbacks: functions };
}

function checkSame(what: string, given: readonly string[], known: readonly string[]): void {
  if (given.length === known.length && known.every((name) => given.includes(name))) return;
  const list = (names: readonly string[]): string => names.join(", ") || "none";
  throw new TypeError(
    `the ${what} must be those that the pool was made with: ${list(known)}; got ${list(given)}`,
  );
}

function functionsOf(callbacks: Readonly<Record<string, Callback>>): Record<string, CallbackFunction> {
  return Object.fromEntries(
    Object.entries(callbacks).map(([name, callback]) => {
      if (!/^[A-Za-z_]\w*$/.test(name))
        throw new TypeError(`a callback's name must be an identifier, got "${name}"`);
      const run: unknown = typeof callback === "function" ? callback : callback?.run;
      if (typeof run !== "function")
        throw new TypeError(`the callback ${name} must be a function, or have one: run`);
      return [name, run as CallbackFunction];
    }),
  );
}

function stubsOf(callbacks: Readonly<Record<string, Callback>>): Record<string, CallbackStub> {
  return Object.fromEntries(
    Object.entries(callbacks).flatMap(([name, callback]) => {
      if (typeof callback === "function") return [];
      const { signature, doc } = callback;
      if (signature !== undefined && !/^\([^\n]*$/.test(signature))
        throw new TypeError(
          `the signature of ${name} must begin with "(": "(sku: str) -> float"; got "${signature}"`,
        );
      return [[name, { signature, doc }]];
    }),
  );
}
