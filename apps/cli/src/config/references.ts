import { UsageError } from "../output.ts";

/**
 * A value whose strings have the environment's word for `${env.NAME}`, or for `${env.NAME:-word}` this one where the
 * environment has none. What is no plain object, array or string stays as it is.
 *
 * @param at How the value is called in complaints: `vfs.config.yaml: mounts./data`.
 * @throws UsageError When the environment has no such name. No value of it is ever in a message.
 */
export function resolved<T>(value: T, at: string, env: NodeJS.ProcessEnv): T {
  return walk(value, at, env) as T;
}

const REFERENCE = /\$\{env\.([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

function walk(value: unknown, at: string, env: NodeJS.ProcessEnv): unknown {
  if (typeof value === "string") return text(value, at, env);
  if (Array.isArray(value)) return value.map((item, i) => walk(item, `${at}[${i}]`, env));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, walk(item, `${at}.${key}`, env)]),
  );
}

function text(value: string, at: string, env: NodeJS.ProcessEnv): string {
  return value.replaceAll(REFERENCE, (_, name: string, fallback: string | undefined) => {
    const found = env[name] || fallback;
    if (found === undefined)
      throw new UsageError(`${at}: the environment has no ${name}; set it, or give it with --env-file`);
    return found;
  });
}

/** Whether it is an object of the configuration, and not a store or a layer that a program has made. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
