import type { Entry, ExactTimes, FileType, Stat } from "@vfs/core";
import { isTemporary } from "./temporaries.ts";

const TYPES: Readonly<Record<string, FileType>> = { f: "file", d: "directory", l: "symlink" };

/** What `find` printed of one file. */
export interface Found {
  /** Relative to where it began; empty for that itself. */
  readonly name: string;
  readonly stat: Stat;
}

/**
 * Reads the records that `find` printed.
 *
 * @param root Of the mount, without links on it: what an absolute link that leads below it is shown without.
 */
export function recordsOf(text: string, root: string, exactly: boolean = false): Found[] {
  const fields = text.split("\0");
  const found: Found[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [facts = "", name = "", target = ""] = fields.slice(at, at + 3);
    found.push({ name, stat: statOf(facts, shownTarget(target, root), exactly) });
  }
  return found;
}

/** The entries among the records, without unfinished files. */
export function entriesOf(found: readonly Found[]): Entry[] {
  return found
    .filter(({ name }) => !name.split("/").some(isTemporary))
    .map(({ name, stat }) => ({ name, type: stat.type, stat }));
}

/** The text of a link as the mount has it. */
function shownTarget(target: string, root: string): string {
  if (root === "") return target;
  if (target === root) return "/";
  return target.startsWith(`${root}/`) ? target.slice(root.length) : target;
}

const encoder = new TextEncoder();

function statOf(facts: string, target: string, exactly: boolean): Stat {
  const [kind = "", size, mtime = "", atime = "", ctime = "", mode = "", uid, gid, nlink, ino, birth = ""] =
    facts.split(" ");
  const type = TYPES[kind] ?? "other";
  const bytes = type === "file" ? Number(size) : type === "symlink" ? encoder.encode(target).length : 0;
  // Some file systems do not keep it.
  const isBorn = /^\d+\.\d+$/.test(birth);
  const times: ExactTimes = {
    mtimeNs: nanosecondsOf(mtime),
    atimeNs: nanosecondsOf(atime),
    ctimeNs: nanosecondsOf(ctime),
    birthtimeNs: nanosecondsOf(isBorn ? birth : ctime),
  };
  return {
    type,
    size: bytes,
    mtimeMs: toMs(times.mtimeNs),
    mode: Number.parseInt(mode, 8) & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    nlink: Number(nlink),
    ino: Number(ino),
    atimeMs: toMs(times.atimeNs),
    ctimeMs: toMs(times.ctimeNs),
    ...(isBorn ? { birthtimeMs: toMs(times.birthtimeNs) } : {}),
    etag: type === "file" ? `${ino}-${bytes}-${mtime}-${ctime}` : undefined,
    ...(exactly ? { exactTimes: times } : {}),
  };
}

/** Of a time as `find` prints it: seconds with ten places, of which the kernel knows nine. */
function nanosecondsOf(text: string): bigint {
  const [, sign = "", seconds = "0", places = ""] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  const whole = BigInt(seconds) * 1_000_000_000n;
  const rest = BigInt(places.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -whole + rest : whole + rest;
}

function toMs(ns: bigint): number {
  return Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6;
}

/** A time as `touch -d` takes it. */
export function touched(ms: number): string {
  return `@${secondsOf(ms)}`;
}

/** A time in seconds, to the nanosecond as far as a number of milliseconds tells it. */
export function secondsOf(ms: number): string {
  const whole = Math.floor(ms);
  const ns = BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
  const size = ns < 0n ? -ns : ns;
  const places = String(size % 1_000_000_000n).padStart(9, "0");
  return `${ns < 0n ? "-" : ""}${size / 1_000_000_000n}.${places}`;
}
