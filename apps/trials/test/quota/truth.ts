import type { Vfs } from "@vfs/core";
import type { Handle } from "./operations.ts";

/** How much there is, as a walk finds it. */
export interface Truth {
  readonly bytes: number;
  readonly files: number;
}

/**
 * Looks at everything: each inode once, without the root, and the bytes of files that are open without a name.
 *
 * @param vfs Reaches the store, with nothing in front of it.
 */
export async function truth(vfs: Vfs, handles: readonly Handle[] = []): Promise<Truth> {
  const sizes = new Map<number, number>();
  for await (const { stat } of vfs.find("/", { stat: true }))
    if (stat !== undefined) sizes.set(stat.ino ?? 0, stat.type === "file" ? stat.size : 0);
  const files = sizes.size;
  const orphans = new Map<number, number>();
  for (const handle of handles) {
    const stat = await handle.stat();
    if (stat.nlink === 0) orphans.set(stat.ino, stat.size);
  }
  const bytes = [...sizes.values(), ...orphans.values()].reduce((sum, size) => sum + size, 0);
  return { bytes, files };
}
