import { lstatSync, readdirSync, realpathSync, statSync, type BigIntStats } from "node:fs";
import { basename, join } from "node:path";
import { isCode, reasonOf, Refusal } from "./refusal.ts";
import type { Sandbox } from "./sandbox.ts";
import { nameOfOwner } from "./users.ts";

/** What the daemon says of a file: protojson, so that zeros are left out. */
export interface EntryInfo {
  readonly name: string;
  readonly type?: "FILE_TYPE_FILE" | "FILE_TYPE_DIRECTORY";
  readonly path: string;
  readonly size?: string;
  readonly mode?: number;
  readonly permissions: string;
  readonly owner: string;
  readonly group: string;
  readonly modifiedTime: string;
  readonly symlinkTarget?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Describes a file as the daemon does: type and mode of where a link leads, but the link's own length.
 *
 * @param path As the sandbox has it.
 */
export function entryAt(sandbox: Sandbox, path: string): EntryInfo {
  const host = sandbox.toHost(path);
  const own = lstatSync(host, { bigint: true });
  const isLink = own.isSymbolicLink();
  const target = isLink ? targetOf(host) : own;
  const metadata = sandbox.attributes.get(own.ino);
  return {
    name: basename(path),
    ...typeOf(target),
    path,
    ...(own.size === 0n ? {} : { size: String(own.size) }),
    ...(target === undefined ? {} : { mode: Number(target.mode & 0o7777n) }),
    permissions: permissionsOf(own),
    owner: nameOfOwner(Number(own.uid)),
    group: nameOfOwner(Number(own.gid)),
    modifiedTime: timeOf(own.mtimeNs),
    ...(isLink ? { symlinkTarget: target === undefined ? path : sandbox.toSandbox(realpathSync(host)) } : {}),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

function targetOf(host: string): BigIntStats | undefined {
  try {
    return statSync(host, { bigint: true });
  } catch {
    return undefined;
  }
}

function typeOf(stats: BigIntStats | undefined): Pick<EntryInfo, "type"> {
  if (stats?.isFile() === true) return { type: "FILE_TYPE_FILE" };
  return stats?.isDirectory() === true ? { type: "FILE_TYPE_DIRECTORY" } : {};
}

/** As `FileMode.String` of Go has it. */
function permissionsOf(stats: BigIntStats): string {
  const kind = stats.isSymbolicLink() ? "L" : stats.isDirectory() ? "d" : stats.isFIFO() ? "p" : "-";
  const mode = Number(stats.mode);
  return kind + Array.from("rwxrwxrwx", (letter, i) => ((mode >> (8 - i)) & 1 ? letter : "-")).join("");
}

function timeOf(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, "0")}Z`;
}

/** All below a directory, as far down as asked, in the order of Go's `WalkDir`. One that cannot be read fails it all. */
export function listBelow(sandbox: Sandbox, path: string, depth: number): EntryInfo[] {
  const entries: EntryInfo[] = [];
  for (const name of readdirSync(sandbox.toHost(path)).sort()) {
    const entry = entryAt(sandbox, join(path, name));
    entries.push(entry);
    const isOwn = entry.type === "FILE_TYPE_DIRECTORY" && entry.symlinkTarget === undefined;
    if (depth > 1 && isOwn) entries.push(...listBelow(sandbox, join(path, name), depth - 1));
  }
  return entries;
}

/** Describes a file, or refuses in the words of the daemon. */
export function statAt(sandbox: Sandbox, path: string): EntryInfo {
  try {
    return entryAt(sandbox, path);
  } catch (error) {
    const code = isCode(error, "ENOENT") ? "not_found" : "internal";
    throw new Refusal(code, `file not found: lstat ${path}: ${reasonOf(error)}`);
  }
}
