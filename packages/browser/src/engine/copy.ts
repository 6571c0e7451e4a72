import {
  checkAccess,
  copied,
  isOwner,
  modeAfterWrite,
  permitted,
  READ,
  VfsError,
  type CopyOptions,
  type VPath,
  type Who,
} from "@vfs/core";
import type { Engine } from "./engine.ts";
import { fileOnly, type Writer } from "./writer.ts";

/** Copies a file over `to`, with mode and attributes. */
export function copyFile(
  { tree }: Engine,
  writer: Writer,
  path: VPath,
  to: VPath,
  { ifNoneMatch, preserveTimestamps = false }: CopyOptions,
  who: Who,
): void {
  const source = tree.follow(path, who);
  checkAccess(who, source, READ, source.type);
  if (source.type === "directory") throw new VfsError("EISDIR");
  // Under whichever of its names.
  if (ifNoneMatch === undefined && tree.find(to)?.node === source) return;
  const { mode, contentType, meta, mtimeMs, atimeMs } = source;
  const isNew = tree.find(to, who) === undefined;
  writer.replace(to, fileOnly(source), { mode, ifNoneMatch }, who);
  const copy = tree.follow(to);
  if (isNew) Object.assign(copy, copied(who, source, copy));
  const times = preserveTimestamps ? { mtimeMs, atimeMs } : {};
  // What was copied into somebody else's file keeps the mode that they gave it.
  const { uid, gid } = copy;
  const owners = isOwner(who, copy) ? { mode: modeAfterWrite(who, { mode, uid, gid }), ...times } : {};
  const changes = { ...owners, contentType: contentType ?? null, meta: meta ?? {} };
  // What is new was allowed where it was made, whatever its mode lets its owner do from then on.
  copy.change(isNew ? changes : permitted(who, copy, "file", changes), Date.now());
  tree.described(copy);
}
