import type { Bytes } from "@vfs/core";
import { createTarPacker, type TarHeader } from "modern-tar";
import type { Snapshot } from "../catalog.ts";
import { walk, type Tree, type TreeEntry } from "../tree-entry.ts";

/** What tar has no words for, in records of our own (POSIX leaves names in capitals to everybody). */
export const PAX = {
  name: "VFS.name",
  description: "VFS.description",
  meta: "VFS.meta",
  contentType: "VFS.contentType",
  /** The store kept no modes: those in the archive are made up. */
  modeless: "VFS.modeless",
  /** As it was kept, to the last digit. */
  mtimeMs: "VFS.mtimeMs",
} as const;

/** A tree as a tar. Names of one file that follow the first are links to it. */
export function tarOf(tree: Tree, about: Snapshot): ReadableStream<Bytes> {
  const { readable, controller } = createTarPacker();
  const add = async (header: TarHeader, content?: AsyncIterable<Bytes>): Promise<void> => {
    const writer = controller.add(header).getWriter();
    if (content !== undefined) for await (const piece of content) await writer.write(piece);
    await writer.close();
  };
  const fill = async (): Promise<void> => {
    const { name, description } = about;
    await add(
      headerOf("./", tree.root, {
        [PAX.name]: name,
        ...(description === "" ? {} : { [PAX.description]: description }),
      }),
    );
    const first = new Map<string, string>();
    for await (const { path, entry } of walk(tree)) {
      const at = path.slice(1);
      const source = entry.group === undefined ? undefined : first.get(entry.group);
      if (entry.type === "directory") await add(headerOf(`${at}/`, entry));
      else if (entry.type === "symlink") await add(headerOf(at, entry));
      else if (source !== undefined)
        await add({ ...headerOf(at, entry), type: "link", linkname: source, size: 0 });
      else {
        if (entry.group !== undefined) first.set(entry.group, at);
        await add(headerOf(at, entry), tree.read(entry));
      }
    }
    controller.finalize();
  };
  fill().catch((reason: unknown) => controller.error(reason));
  return readable;
}

function headerOf(name: string, entry: TreeEntry, more: Record<string, string> = {}): TarHeader {
  const { type, size = 0, mode, uid = 0, gid = 0, mtimeMs, atimeMs, contentType, meta, target } = entry;
  const pax: Record<string, string> = { ...more, mtime: seconds(mtimeMs), [PAX.mtimeMs]: String(mtimeMs) };
  if (atimeMs !== undefined) pax["atime"] = seconds(atimeMs);
  if (contentType !== undefined) pax[PAX.contentType] = contentType;
  if (meta !== undefined) pax[PAX.meta] = JSON.stringify(meta);
  if (mode === undefined && type !== "symlink") pax[PAX.modeless] = "1";
  return {
    name,
    type,
    size,
    mode: mode ?? (type === "directory" ? 0o755 : type === "symlink" ? 0o777 : 0o644),
    uid,
    gid,
    mtime: new Date(Math.max(0, Math.floor(mtimeMs / 1000) * 1000)),
    ...(target === undefined ? {} : { linkname: target }),
    pax,
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(9).replace(/\.?0+$/, "");
}
