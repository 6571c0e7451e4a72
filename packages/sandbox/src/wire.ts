import { isVfsError, type Stats } from "@vfs/core";
import type { LockType } from "./lock-table.ts";
import type { WireStat } from "./protocol.ts";

// What crosses between the host and a guest: neither what a store throws or tells, nor what a guest sends, can be relied on.

/** The POSIX code of what was thrown, if it is an error of the files. */
export function codeOf(error: unknown): string | undefined {
  try {
    return isVfsError(error) ? error.code : undefined;
  } catch {
    return undefined;
  }
}

/** What was thrown, as a text, whatever it is. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return "what was thrown has no text";
  }
}

export function wire(stat: Stats): WireStat {
  const { type, mode, size, mtimeMs, atimeMs, ctimeMs, ino, nlink, uid, gid, dev } = stat;
  const [mtime, atime, ctime] = [mtimeMs, atimeMs, ctimeMs].map(finite) as [number, number, number];
  return [
    type,
    mode & 0o7777,
    whole(size),
    mtime,
    atime,
    ctime,
    whole(ino),
    whole(nlink),
    whole(uid),
    whole(gid),
    whole(dev),
  ];
}

/** What a store tells of a file may be anything; the guest works with whole numbers, where it must not fail. */
export function whole(value: number): number {
  return Math.max(0, Math.trunc(finite(value)));
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`expected a text, got ${typeof value}`);
}

export function number(value: unknown): number {
  if (typeof value === "number") return value;
  throw new TypeError(`expected a number, got ${typeof value}`);
}

export function lockType(value: unknown): LockType {
  if (value === "read" || value === "write") return value;
  throw new TypeError(`expected a kind of lock, got ${String(value)}`);
}
