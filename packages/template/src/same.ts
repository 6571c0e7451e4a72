import { type Stats, type Vfs } from "@vfs/core";
import type { PlanNode } from "./plan.ts";
import type { Supply } from "./supply.ts";

const encoder = new TextEncoder();

/** Whether what is there is what a template would make. */
export async function sameAsPlanned(
  view: Vfs,
  node: PlanNode,
  found: Stats,
  supply: Supply,
): Promise<boolean> {
  switch (node.type) {
    case "directory":
      return found.type === "directory";
    case "symlink":
      return found.type === "symlink" && (await view.readlink(node.path)) === node.target;
    case "link": {
      const file = await view.lstat(node.to, { throwIfNoEntry: false });
      return file !== undefined && file.ino !== 0 && file.ino === found.ino && file.dev === found.dev;
    }
    case "file": {
      if (found.type !== "file") return false;
      if (node.mode !== undefined && node.mode !== (found.mode & 0o7777)) return false;
      const wanted = await supply.whole(node.origin);
      const bytes = typeof wanted === "string" ? encoder.encode(wanted) : wanted;
      return bytes.length === found.size && equal(bytes, await view.readFile(node.path));
    }
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
