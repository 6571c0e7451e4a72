import nodeFs from "node:fs";
import { join } from "node:path";
import type { Way } from "./call-table.ts";

type AnyFs = typeof nodeFs;
type Fn = (...args: unknown[]) => unknown;

/** What a call came to, in a shape that can be compared: random names and numbers are left out. */
export async function outcomeOf(fs: AnyFs, call: string, args: unknown[], way: Way): Promise<unknown> {
  try {
    const value = await made(fs, call, args, way);
    const shaped = shape(call, value);
    if (call === "open" || call === "opendir") await end(fs, value);
    return { value: shaped };
  } catch (error) {
    return shapeOfError(error);
  }
}

/** Node minds what is left open. */
async function end(fs: AnyFs, opened: unknown): Promise<void> {
  const value =
    typeof opened === "object" && opened !== null && "told" in opened
      ? (opened.told as unknown[])[0]
      : opened;
  if (typeof value === "number") fs.closeSync(value);
  else await (value as { close(): Promise<void> }).close();
}

async function made(fs: AnyFs, call: string, args: unknown[], way: Way): Promise<unknown> {
  if (way === "sync") return (fs as unknown as Record<string, Fn>)[`${call}Sync`]?.(...args);
  if (way === "callback") {
    const values = await new Promise<unknown[]>((resolve) => {
      (fs as unknown as Record<string, Fn>)[call]?.(...args, (...told: unknown[]) => resolve(told));
    });
    if (values[0] instanceof Error) throw values[0];
    const told = values.slice(call === "exists" ? 0 : 1);
    // Whether nothing is told, or that it is undefined, is all the same.
    return { told: told.at(-1) === undefined ? told.slice(0, -1) : told };
  }
  const result = (fs.promises as unknown as Record<string, Fn>)[call]?.(...args);
  return call === "glob" ? collect(result as AsyncIterable<unknown>) : result;
}

async function collect(values: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function shapeOfError(error: unknown): unknown {
  const { name, code, message, syscall, path, dest, errno } = error as Record<string, string | undefined>;
  const keys = Object.keys(error as object).sort();
  return { name, code, message: named(message), syscall, path: named(path), dest, errno, keys };
}

/** The letters that `mkdtemp` takes are its own. */
function named(text: string | undefined): string | undefined {
  return text?.replace(/x-[A-Za-z0-9]{6}(?='?$)/, "x-XXXXXX");
}

function shape(call: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && "told" in value && Array.isArray(value.told))
    return { told: value.told.map((one) => shape(call, one)) };
  if (call === "open")
    return typeof value === "number" ? "a number" : "fd" in (value as object) ? "a handle" : value;
  if (call === "mkdtemp") return String(value).slice(0, -6);
  if (call === "statfs") return Object.keys(value as object).sort();
  if (call === "opendir") return `a Dir of ${(value as nodeFs.Dir).path}`;
  if (Array.isArray(value)) {
    const shaped = value.map((one) =>
      Buffer.isBuffer(one) ? `Buffer ${one.toString("hex")}` : shape("", one),
    );
    return call === "glob" ? shaped.sort(byText) : shaped;
  }
  if (value instanceof nodeFs.Dirent)
    return {
      dirent: value.name,
      parent: value.parentPath,
      is: [value.isFile(), value.isDirectory(), value.isSymbolicLink()],
    };
  if (Buffer.isBuffer(value)) return `Buffer ${value.toString("hex")}`;
  if (typeof value === "object" && value !== null && "isFile" in value)
    return shapeOfStats(value as nodeFs.Stats);
  return value;
}

function byText(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : Number(one > other);
}

function shapeOfStats(stats: nodeFs.Stats): unknown {
  const { mode, uid, gid, size, nlink } = stats;
  const isFile = stats.isFile();
  const keys = Object.keys(stats).sort();
  const dates = (["atime", "mtime", "ctime", "birthtime"] as const).map(
    (name) => stats[name] instanceof Date,
  );
  const is = [isFile, stats.isDirectory(), stats.isSymbolicLink(), stats.isFIFO(), stats.isSocket()];
  // The rest is for the host to say: sizes of directories, numbers, times of now.
  const file = isFile ? { size, nlink, mtimeMs: Number(stats.mtimeMs) === 2_000_000 } : {};
  return { keys, type: typeof stats.size, mode, uid, gid, dates, is, ...file };
}

/** Everything below a directory: types, permissions and content. */
export function treeOf(fs: AnyFs, at: string): unknown {
  return fs.readdirSync(at).map((name) => {
    const path = join(at, name);
    const stats = fs.lstatSync(path);
    const shown = name.replace(/^(.*-)[A-Za-z0-9]{6}$/, "$1XXXXXX");
    if (stats.isDirectory()) return [shown, stats.mode, treeOf(fs, path)];
    if (stats.isSymbolicLink()) return [shown, "link", fs.readlinkSync(path)];
    return [
      shown,
      stats.mode,
      stats.nlink,
      fs.readFileSync(path, "hex"),
      stats.mtimeMs < 1e9 ? stats.mtimeMs : "now",
    ];
  });
}
