import { readFileSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseEnv } from "node:util";
import type { MountSpec } from "../location.ts";
import { UsageError } from "../output.ts";

/** What a configuration says. */
export interface Config {
  readonly file: string;
  readonly mounts: readonly MountSpec[];
}

/** In the order in which they are looked for. */
const NAMES = ["ts", "mts", "js", "mjs", "json", "yaml", "yml"].map((ending) => `vfs.config.${ending}`);

/**
 * Reads the configuration: the file that is named, or that of `VFS_CONFIG`, or one that is called `vfs.config` in the
 * working directory. Paths in it start from where it is.
 *
 * @returns Undefined where there is none.
 * @throws UsageError For one that is named and not there, and for one that makes no sense.
 */
export async function loadConfig(named: string | undefined, cwd: string): Promise<Config | undefined> {
  const wanted = named ?? (process.env["VFS_CONFIG"] || undefined);
  const file = wanted === undefined ? found(cwd) : resolve(cwd, wanted);
  if (file === undefined) return undefined;
  if (!isFile(file)) throw new UsageError(`${wanted}: there is no such configuration`);
  const shown = wanted ?? file.slice(dirname(file).length + 1);
  // It brings all layers along.
  const { mountsOf } = await import("./mounts.ts");
  return { file, mounts: mountsOf(await contentOf(file, shown), shown, dirname(file)) };
}

function found(cwd: string): string | undefined {
  return NAMES.map((name) => join(cwd, name)).find(isFile);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

async function contentOf(file: string, shown: string): Promise<unknown> {
  try {
    if ([".json", ".yaml", ".yml"].includes(extname(file))) {
      const { parse } = await import("yaml");
      // JSON is YAML.
      return parse(readFileSync(file, "utf8"), { maxAliasCount: 100, uniqueKeys: true }) as unknown;
    }
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    if (module.default === undefined) throw new UsageError("it has no default export");
    return module.default;
  } catch (error) {
    throw new UsageError(`${shown}: ${(error as Error).message}`);
  }
}

/**
 * Puts into the environment what a file says, line by line, `NAME=value`; what the environment has already stays.
 *
 * @throws UsageError When the file cannot be read.
 */
export function loadEnvFile(file: string, cwd: string): void {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    throw new UsageError(
      `--env-file ${file}: ${(error as NodeJS.ErrnoException).code ?? "it cannot be read"}`,
    );
  }
  for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ??= value;
}
