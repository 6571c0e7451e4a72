import type { Described } from "./files.ts";

/** What kind of node it is, in a word. */
export function kindOf(of: Pick<Described, "isFile" | "isDirectory" | "isSymbolicLink">): string {
  if (of.isFile()) return "file";
  if (of.isDirectory()) return "directory";
  return of.isSymbolicLink() ? "symlink" : "other";
}

/** Bytes as a text that can be compared and printed. */
export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
