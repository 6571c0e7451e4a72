import { randomUUID } from "node:crypto";
import type { FileType, Stat } from "@vfs/core";
import type { Described, Head } from "./wire/wire.ts";

/** What a file is beside its content. */
export interface Attributes {
  readonly type: FileType;
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly mtimeMs: number;
  readonly contentType?: string | undefined;
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** Tells this write from all others. */
  readonly id: string;
}

const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000, other: 0 } as const;
const FORMAT_BITS = 0o170000;
const DIRECTORY_TYPE = "application/x-directory";

/** What S3 answers, in one store or another, when no type was given. */
const NO_TYPES: ReadonlySet<string | undefined> = new Set([
  "binary/octet-stream",
  "application/octet-stream",
  "",
]);

/** Names that are not the user's: those of rclone and s3fs, and two of our own. */
const ID = "vfs-id";
const META = "vfs-meta";
const RESERVED: ReadonlySet<string> = new Set(["mtime", "atime", "ctime", "mode", "uid", "gid", ID, META]);

/** What the write ids of a directory bucket begin with: a rename there takes everything along, and may not be told. */
const FREE = "free";

/**
 * The write id of a new object. It begins with a digest of the path, so that a copy that somebody made with other means
 * is known for one: the times of the original are not its own.
 */
export function newId(path: string, isDirectoryBucket: boolean): string {
  return `${isDirectoryBucket ? FREE : hash(path)}-${randomUUID().replaceAll("-", "").slice(0, 20)}`;
}

/** Whether an object with this id is what was written to this path, and no copy that others made. */
function isOwn(path: string, id: string): boolean {
  return id === "" || id.startsWith(`${FREE}-`) || id.startsWith(`${hash(path)}-`);
}

function hash(text: string): string {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return (sum >>> 0).toString(36);
}

/**
 * Writes attributes as metadata: times as rclone does, mode and owners as s3fs does.
 *
 * @see https://rclone.org/s3/#metadata
 * @see https://github.com/s3fs-fuse/s3fs-fuse/wiki/Fuse-Over-Amazon
 */
export function toDescribed(attributes: Attributes): Described {
  const { type, mode, uid, gid, mtimeMs, contentType, meta, id } = attributes;
  const plain: Record<string, string> = {
    mtime: secondsText(mtimeMs),
    mode: String((mode ?? defaultMode(type)) | TYPE_BITS[type]),
    [ID]: id,
  };
  if (uid !== undefined) plain["uid"] = String(uid);
  if (gid !== undefined) plain["gid"] = String(gid);
  const odd: Record<string, string> = {};
  for (const [name, value] of Object.entries(meta ?? {})) (isPlain(name, value) ? plain : odd)[name] = value;
  if (Object.keys(odd).length > 0) plain[META] = Buffer.from(JSON.stringify(odd)).toString("base64url");
  return {
    contentType: contentType ?? (type === "directory" ? DIRECTORY_TYPE : "application/octet-stream"),
    meta: plain,
  };
}

/** Whether a header can carry it unchanged. */
function isPlain(name: string, value: string): boolean {
  return (
    /^[a-z0-9][a-z0-9._-]*$/.test(name) &&
    !RESERVED.has(name) &&
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) &&
    !value.includes("  ") &&
    !value.startsWith("=?")
  );
}

/** Reads what {@link toDescribed} wrote, or what rclone, s3fs or anybody else did. */
export function toAttributes(path: string, head: Head): Attributes {
  const { meta, contentType, modifiedMs } = head;
  const { mtime, mode, uid, gid, [ID]: id = "", [META]: odd } = meta;
  const bits = number(mode);
  const mtimeMs = isOwn(path, id) && mtime !== undefined ? millisOf(mtime) : undefined;
  return {
    type: typeOf(bits, path),
    mode: bits === undefined ? undefined : bits & 0o7777,
    uid: number(uid),
    gid: number(gid),
    mtimeMs: mtimeMs ?? modifiedMs,
    contentType: NO_TYPES.has(contentType) || contentType === DIRECTORY_TYPE ? undefined : contentType,
    meta: { ...own(meta), ...decode(odd) },
    id,
  };
}

function typeOf(bits: number | undefined, path: string): FileType {
  if (path.endsWith("/")) return "directory";
  return bits !== undefined && (bits & FORMAT_BITS) === TYPE_BITS.symlink ? "symlink" : "file";
}

/** Describes an object, or the marker of a directory, whose path ends with a slash. */
export function toStat(path: string, head: Head): Stat {
  const attributes = toAttributes(path, head);
  const { type, mode = defaultMode(type), uid = 0, gid = 0, mtimeMs, contentType, meta } = attributes;
  const size = type === "directory" ? 0 : head.size;
  return { type, size, mtimeMs, mode, uid, gid, etag: etagOf(path, head), contentType, meta };
}

/** A directory that has no marker: it is there because something lies below it. */
export const IMPLIED: Stat = Object.freeze({
  type: "directory",
  size: 0,
  mtimeMs: 0,
  mode: 0o755,
  uid: 0,
  gid: 0,
  etag: undefined,
  contentType: undefined,
  meta: {},
});

/**
 * The etag that callers see. That of S3 is a digest of the content and comes back with it, so the write id is added;
 * of a copy that was made elsewhere, its time.
 */
export function etagOf(path: string, { etag, meta, modifiedMs }: Head): string {
  const { [ID]: id = "" } = meta;
  if (id === "") return etag;
  return isOwn(path, id) ? `${etag}.${id}` : `${etag}.${id}.${modifiedMs}`;
}

/** The etag of S3 in one of ours. */
export function s3Etag(etag: string): string {
  const dot = etag.indexOf(".");
  return dot < 0 ? etag : etag.slice(0, dot);
}

/** The write id among an object's metadata. */
export function idOf({ meta }: Described): string {
  return meta[ID] ?? "";
}

function defaultMode(type: FileType): number {
  if (type === "symlink") return 0o777;
  return type === "directory" ? 0o755 : 0o644;
}

function own(meta: Head["meta"]): Record<string, string> {
  return Object.fromEntries(Object.entries(meta).filter(([name]) => !RESERVED.has(name)));
}

function decode(odd: string | undefined): Record<string, string> {
  if (odd === undefined) return {};
  try {
    return JSON.parse(Buffer.from(odd, "base64url").toString()) as Record<string, string>;
  } catch {
    // Somebody else's idea of the same name.
    return {};
  }
}

function number(text: string | undefined): number | undefined {
  const value = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isInteger(value) ? value : undefined;
}

/** To the microsecond, which a double still holds. */
function secondsText(ms: number): string {
  return String(Number((Math.round(ms * 1000) / 1e6).toFixed(6)));
}

function millisOf(seconds: string): number | undefined {
  const value = seconds.trim() === "" ? Number.NaN : Number(seconds);
  return Number.isFinite(value) ? Math.round(value * 1e6) / 1e3 : undefined;
}
