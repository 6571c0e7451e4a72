import type { Vfs } from "@vfs/core";

/** All that a store shows, by path. */
export type Photograph = Readonly<Record<string, unknown>>;

/** Looks at everything. When it was read is left out, for that is what this does. */
export async function photograph(vfs: Vfs): Promise<Photograph> {
  const seen: Record<string, unknown> = {};
  for (const path of ["/", ...(await vfs.readdir("/", { recursive: true })).map((name) => `/${name}`)]) {
    const { type, mode, uid, gid, nlink, ino, size, mtimeMs, ctimeMs, birthtimeMs, etag, meta } =
      await vfs.lstat(path);
    const content =
      type === "file" ? await vfs.checksum(path) : type === "symlink" ? await vfs.readlink(path) : undefined;
    seen[path] = {
      type,
      mode,
      uid,
      gid,
      nlink,
      ino,
      size,
      mtimeMs,
      ctimeMs,
      birthtimeMs,
      etag,
      meta,
      content,
    };
  }
  return seen;
}
