import { Dirent as NodeDirent } from "node:fs";
import type { FileType } from "@vfs/core";
import { encoded } from "./bytes.ts";

// libuv's UV_DIRENT_FILE and so on.
const TYPES: Readonly<Record<FileType, number>> = {
  file: 1,
  directory: 2,
  symlink: 3,
  other: 4,
};

// Node's own class; its types leave the constructor out.
const Dirent = NodeDirent as unknown as new (
  name: string | Buffer,
  type: number,
  parentPath: string,
) => NodeDirent;

/** Node's entry of a directory. */
export function toDirent(name: string, type: FileType, parentPath: string, encoding: unknown): NodeDirent {
  return new Dirent(encoded(name, encoding), TYPES[type], parentPath);
}
