import type { Bytes } from "@vfs/core";
import { joined } from "../content/packing.ts";
import type { Arrivals, Attributes } from "./arrivals.ts";
import { fromBase64 } from "./base64.ts";
import type { About } from "./import.ts";
import { badArchive } from "./limits.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Takes in JSON: that of `export`, or that of chuk-virtual-fs. */
export async function importJson(source: AsyncIterable<Bytes>, arrivals: Arrivals): Promise<About> {
  const parts: Bytes[] = [];
  let length = 0;
  for await (const part of source) {
    parts.push(part);
    length += part.length;
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(joined(parts, length)));
  } catch (reason) {
    throw badArchive("it is neither tar, tar.gz nor JSON", reason);
  }
  const top = fields(value, "it");
  if (top["format"] === "vfs-snapshot" && top["version"] === 1) await ownEntries(top["entries"], arrivals);
  else if (isFields(top["snapshot"])) await chukEntries(top["snapshot"], arrivals);
  else
    throw badArchive("it is JSON, but of no snapshot: it has neither `entries` of format 1 nor `snapshot`");
  const { name, description } = isFields(top["metadata"]) ? top["metadata"] : {};
  return {
    ...(typeof name === "string" && name !== "" ? { name } : {}),
    ...(typeof description === "string" ? { description } : {}),
  };
}

async function ownEntries(entries: unknown, arrivals: Arrivals): Promise<void> {
  if (!Array.isArray(entries)) throw badArchive("its `entries` are no list");
  const first = new Map<string, string>();
  for (const [at, item] of entries.entries()) {
    const entry = fields(item, `entries[${at}]`);
    const { path, type, target, group } = entry;
    if (typeof path !== "string") throw badArchive(`entries[${at}] has no path`);
    const attributes = attributesOf(entry);
    const source = typeof group === "string" ? first.get(group) : undefined;
    if (type === "directory") arrivals.directory(path, attributes);
    else if (type === "symlink" && typeof target === "string") arrivals.symlink(path, attributes, target);
    else if (type === "file" && source !== undefined) arrivals.link(path, source);
    else if (type === "file") {
      if (typeof group === "string") first.set(group, path);
      await put(path, entry, attributes, arrivals);
    } else throw badArchive(`entries[${at}] is no file, directory or link`);
  }
}

/**
 * Directories and files by path; content is text, or base64 where `encoding` says so.
 *
 * @see https://github.com/chrishayuk/chuk-virtual-fs
 */
async function chukEntries(snapshot: Fields, arrivals: Arrivals): Promise<void> {
  const { timestamp } = snapshot;
  const mtimeMs = numberOf(typeof timestamp === "number" ? timestamp * 1000 : undefined) ?? Date.now();
  for (const path of Object.keys(fields(snapshot["directories"] ?? {}, "`directories`")))
    arrivals.directory(path, { mtimeMs });
  for (const [path, item] of Object.entries(fields(snapshot["files"] ?? {}, "`files`"))) {
    const { content, encoding, base64 } = typeof item === "string" ? { content: item } : fields(item, path);
    const isBase64 = base64 !== undefined || encoding === "base64";
    await put(
      path,
      isBase64 ? { base64: base64 ?? content } : { text: content ?? "" },
      { mtimeMs },
      arrivals,
    );
  }
}

async function put(
  path: string,
  { text, base64 }: Fields,
  attributes: Attributes,
  arrivals: Arrivals,
): Promise<void> {
  const bytes =
    typeof text === "string"
      ? new TextEncoder().encode(text)
      : typeof base64 === "string"
        ? fromBase64(base64)
        : undefined;
  if (bytes === undefined) throw badArchive(`${path} has neither a text nor base64 as its content`);
  async function* content(): AsyncIterable<Bytes> {
    if (bytes !== undefined) yield bytes;
  }
  await arrivals.file(path, attributes, bytes.length, content());
}

function attributesOf({ mode, uid, gid, mtimeMs, atimeMs, contentType, meta }: Fields): Attributes {
  return {
    mode: numberOf(mode),
    uid: numberOf(uid),
    gid: numberOf(gid),
    mtimeMs: numberOf(mtimeMs) ?? 0,
    atimeMs: numberOf(atimeMs),
    contentType: typeof contentType === "string" ? contentType : undefined,
    meta: metaOf(meta),
  };
}

// A date has no more milliseconds.
const MOST = 8.64e15;

/** A number that a store can keep; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= MOST ? value : undefined;
}

/** Attributes of a user's own: only texts. */
export function metaOf(value: unknown): Record<string, string> | undefined {
  if (!isFields(value)) return undefined;
  const texts = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return texts.length === 0 ? undefined : Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fields(value: unknown, what: string): Fields {
  if (!isFields(value)) throw badArchive(`${what} is no object`);
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
