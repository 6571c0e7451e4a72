import { VfsError, type Dirent, type Stats, type Vfs } from "@vfs/core";
import { toBase64 } from "./base64.ts";
import { mayLeave } from "./may-leave.ts";
import type { Template, TemplateDirectory, TemplateFile, TemplateLink } from "./template.ts";
import { escapeText } from "./variables.ts";

export interface CaptureOptions {
  /** Larger files are refused with `EFBIG`: a template is kept in memory. 1 MiB unless told. */
  readonly maxFileBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const USUAL = { directory: 0o755, file: 0o644 } as const;

/**
 * Writes a tree as a template that makes the same tree: files as text where they are UTF-8, else as base64; empty
 * directories, modes that are not the usual ones, links, further names of one file, content types and attributes.
 *
 * @throws VfsError `ENOTSUP` for a symbolic link that leads out of the tree, or for what is neither file, directory nor
 * link: no template has it.
 */
export async function capture(vfs: Vfs, path: string, options: CaptureOptions = {}): Promise<Template> {
  const { maxFileBytes = 1 << 20, signal } = options;
  const view = vfs.view({ root: await vfs.realpath(path), readOnly: true });
  const directories: (string | TemplateDirectory)[] = [];
  const files: TemplateFile[] = [];
  const links: TemplateLink[] = [];
  const names = new Map<string, string>();
  const found = await view.readdir("/", { recursive: true, withFileTypes: true, stat: true, signal });
  for (const entry of found.toSorted((a, b) => compare(a.path, b.path))) {
    signal?.throwIfAborted();
    const stat = entry.stat ?? (await view.lstat(entry.path));
    const at = escapeText(entry.path);
    if (entry.type === "directory") directories.push(directoryOf(at, stat));
    else if (entry.type === "symlink") links.push({ path: at, target: await targetOf(view, entry) });
    else if (entry.type === "other")
      throw new VfsError("ENOTSUP", { syscall: "capture", path: entry.path, hint: "no template has it" });
    else {
      const first = firstName(names, stat, entry.path);
      if (first === entry.path) files.push(await fileOf(view, entry, stat, maxFileBytes));
      else links.push({ path: at, to: escapeText(first) });
    }
  }
  return {
    ...(directories.length > 0 ? { directories } : {}),
    ...(files.length > 0 ? { files } : {}),
    ...(links.length > 0 ? { links } : {}),
  };
}

function directoryOf(path: string, { mode }: Stats): string | TemplateDirectory {
  const bits = mode & 0o7777;
  return bits === USUAL.directory ? path : { path, mode: octal(bits) };
}

async function fileOf(view: Vfs, { path }: Dirent, stat: Stats, most: number): Promise<TemplateFile> {
  if (stat.size > most)
    throw new VfsError("EFBIG", {
      syscall: "capture",
      path,
      hint: `${stat.size} bytes, and maxFileBytes is ${most}`,
    });
  const bytes = await view.readFile(path);
  const text = asText(bytes);
  const bits = stat.mode & 0o7777;
  const { contentType, meta } = stat;
  return {
    path: escapeText(path),
    ...(text === undefined ? { base64: toBase64(bytes) } : { content: escapeText(text) }),
    ...(bits === USUAL.file ? {} : { mode: octal(bits) }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
}

/** The target of a link, if it may stand in a template. */
async function targetOf(view: Vfs, { path }: Dirent): Promise<string> {
  const target = await view.readlink(path);
  if (target.startsWith("/") || mayLeave(path, target))
    throw new VfsError("ENOTSUP", {
      syscall: "capture",
      path,
      hint: `it leads to ${target}, which may be out of the tree`,
    });
  return escapeText(target);
}

/** Under which name a file with several came first. */
function firstName(names: Map<string, string>, { nlink, ino, dev }: Stats, path: string): string {
  if (nlink < 2 || ino === 0) return path;
  const key = `${dev}:${ino}`;
  const first = names.get(key) ?? path;
  names.set(key, first);
  return first;
}

/** The text that bytes are in UTF-8, if they are, to the byte. */
function asText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function octal(bits: number): string {
  return bits.toString(8).padStart(4, "0");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
