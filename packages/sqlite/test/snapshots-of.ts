import type { StoreSnapshots, Vfs } from "@vfs/core";

/** The snapshots that a store keeps, which it must. */
export async function snapshotsOf(vfs: Vfs): Promise<StoreSnapshots> {
  const kept = await vfs.storeSnapshots();
  if (kept === undefined) throw new Error("there are no snapshots");
  return kept;
}
