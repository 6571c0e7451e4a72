import type { NewEntry } from "@vfs/core";
import { secondsOf } from "../stat.ts";

const BLOCK = 512;
const encoder = new TextEncoder();
const FLAGS = { file: "0", symlink: "2", directory: "5" };

/**
 * An archive as `tar -x` reads it, with what its fixed fields have no room for in extended headers.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 */
export function packed(entries: readonly NewEntry[], nowMs: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const { data = new Uint8Array(), target = "", mtimeMs = nowMs, atimeMs } = entry;
    const content = entry.type === "file" ? data : new Uint8Array();
    const extended = extendedOf(entry.name, target, mtimeMs, atimeMs);
    if (extended.length > 0) parts.push(...member("x", "extended", "", 0o644, extended, nowMs));
    const { mode = entry.type === "directory" ? 0o755 : 0o644 } = entry;
    parts.push(...member(FLAGS[entry.type], entry.name, target, mode, content, mtimeMs));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return joined(parts);
}

function member(
  flag: string,
  name: string,
  target: string,
  mode: number,
  content: Uint8Array,
  mtimeMs: number,
): Uint8Array[] {
  const header = new Uint8Array(BLOCK);
  const put = (at: number, length: number, text: string): void =>
    header.set(encoder.encode(text).subarray(0, length), at);
  const number = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  put(0, 100, name);
  put(100, 8, `${number(mode & 0o7777, 7)}\0`);
  put(108, 8, `${number(0, 7)}\0`);
  put(116, 8, `${number(0, 7)}\0`);
  put(124, 12, `${number(content.length, 11)}\0`);
  put(136, 12, `${number(Math.max(0, Math.floor(mtimeMs / 1000)), 11)}\0`);
  put(148, 8, "        ");
  put(156, 1, flag);
  put(157, 100, target);
  put(257, 8, "ustar\x0000");
  put(
    148,
    8,
    `${number(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
  );
  return [header, content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

function extendedOf(name: string, target: string, mtimeMs: number, atimeMs: number | undefined): Uint8Array {
  const records: string[] = [];
  if (encoder.encode(name).length > 99) records.push(record("path", name));
  if (encoder.encode(target).length > 99) records.push(record("linkpath", target));
  if (mtimeMs % 1000 !== 0 || mtimeMs < 0) records.push(record("mtime", secondsOf(mtimeMs)));
  if (atimeMs !== undefined) records.push(record("atime", secondsOf(atimeMs)));
  return encoder.encode(records.join(""));
}

/** A record begins with its own length. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = encoder.encode(rest).length;
  let length = bytes + 1;
  while (`${length}`.length + bytes > length) length++;
  return length + rest;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
