import type { Vfs } from "@vfs/core";

/** Makes an object that stands in for `node:fs`. */
export function toNodeFs(vfs: Vfs): Vfs {
  return vfs;
}
