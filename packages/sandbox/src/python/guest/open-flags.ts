import type { FsNode } from "./emscripten.ts";

// How a file is opened, as musl has it.
export const O_ACCMODE = 3;
export const O_CREAT = 64;
export const O_EXCL = 128;
export const O_TRUNC = 512;
export const O_APPEND = 1024;
const O_DIRECTORY = 65_536;
const O_NOFOLLOW = 131_072;
export const O_RDWR = 2;

/** What POSIX minds and Emscripten does not: a slash behind a file, and a link where something is to be made. */
export function strictFlags(path: string | FsNode, flags: number): number {
  const isDirectory = typeof path === "string" && path.endsWith("/");
  const isNew = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
  return flags | (isDirectory ? O_DIRECTORY : 0) | (isNew ? O_NOFOLLOW : 0);
}
