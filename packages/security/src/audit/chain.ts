import { VfsError } from "@vfs/core";
import { Sha256 } from "@vfs/core/sha256";

/** What an entry refers to that is the first of its log. */
export const BEGINNING: string = "0".repeat(64);

/** A key for the hashes of a log: text is taken as UTF-8. */
export type AuditKey = string | Uint8Array;

/** Where a log ends: kept elsewhere, it shows later whether the log was cut. */
export interface AuditHead {
  /** The number of the last entry; 0 for an empty log. */
  readonly seq: number;
  /** Its hash, in hex. */
  readonly hash: string;
}

/** What is written of a call. */
export interface AuditEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  /** When the call ended, in milliseconds since 1970. */
  readonly timeMs: number;
  /** The operation, in core's words; `audit.open` when a log is begun or gone on with. */
  readonly op: string;
  /** From the root of everything. */
  readonly path: string;
  readonly to?: string | undefined;
  readonly actor?: string | undefined;
  /** `ok`, the code of the error, `link` where a symbolic link was met, `aborted`, or `failed`. */
  readonly outcome: string;
  /** How much was written or read. */
  readonly bytes?: number | undefined;
  /** What the error says beside its code: the rule that refused the call. */
  readonly why?: string | undefined;
  /** The hash of the entry before. */
  readonly prev: string;
}

/** Computes the hash of the text of an entry, in hex. */
export type Hash = (text: string) => string;

const LEAST_KEY_BYTES = 16;
const BLOCK_BYTES = 64;
const encoder = new TextEncoder();

/**
 * SHA-256, or with a key HMAC-SHA-256. Not that of WebCrypto, which takes ten times as long for so short a text: each
 * call of it goes to another thread and back.
 *
 * @throws TypeError for a key of less than 16 bytes.
 * @see https://www.rfc-editor.org/rfc/rfc2104
 */
export function hasher(key: AuditKey | undefined): Hash {
  if (key === undefined) return (text) => hex(new Sha256().update(encoder.encode(text)).digest());
  const bytes = typeof key === "string" ? encoder.encode(key) : new Uint8Array(key);
  if (bytes.length < LEAST_KEY_BYTES)
    throw new TypeError(`an audit key has at least ${LEAST_KEY_BYTES} bytes, got ${bytes.length}`);
  const short = bytes.length > BLOCK_BYTES ? new Sha256().update(bytes).digest() : bytes;
  const padded = (by: number): Uint8Array =>
    Uint8Array.from({ length: BLOCK_BYTES }, (_, i) => (short[i] ?? 0) ^ by);
  const inner = padded(0x36);
  const outer = padded(0x5c);
  return (text) => {
    const message = new Sha256().update(inner).update(encoder.encode(text)).digest();
    return hex(new Sha256().update(outer).update(message).digest());
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The text of an entry that its hash is made of: JSON, with the members in one order and none that is undefined. */
export function textOf({ seq, timeMs, op, path, to, actor, outcome, bytes, why, prev }: AuditEntry): string {
  return JSON.stringify({ seq, timeMs, op, path, to, actor, outcome, bytes, why, prev });
}

/** A line of the log, without its end. */
export function lineOf(text: string, hash: string): string {
  return `${text.slice(0, -1)},"hash":"${hash}"}`;
}

/** A line taken apart. */
export interface Line {
  readonly text: string;
  readonly hash: string;
  readonly entry: AuditEntry;
}

const LINE = /^(\{"seq":\d+,.*,"prev":"[0-9a-f]{64}"),"hash":"([0-9a-f]{64})"\}$/s;

/** Takes a line apart; undefined for what is no entry. */
export function parseLine(line: string): Line | undefined {
  const [, start, hash] = LINE.exec(line) ?? [];
  if (start === undefined || hash === undefined) return undefined;
  const text = `${start}}`;
  try {
    const entry = JSON.parse(text) as AuditEntry;
    // Whatever is not written as this package writes it was written by somebody else.
    return textOf(entry) === text ? { text, hash, entry } : undefined;
  } catch {
    return undefined;
  }
}

/** What a caller is told where a log cannot be gone on with. */
export function brokenLog(hint: string): VfsError {
  return new VfsError("EIO", { hint });
}
