import { isVfsError } from "@vfs/core";
import type { Damage } from "../engine.ts";
import { childPath, type TreeEntry } from "../tree-entry.ts";
import type { Objects } from "./objects.ts";
import { pageHashes, pieceHashes, readDirectory, type Fetch } from "./pages.ts";
import { MOST_PIECE_BYTES } from "./pieces.ts";
import { inPool } from "../in-pool.ts";

/**
 * Everything that trees consist of.
 *
 * @throws VfsError `EIO` where a list cannot be read: what it names is not known then, and nothing may be taken away.
 */
export async function reachable(roots: readonly TreeEntry[], fetch: Fetch): Promise<Set<string>> {
  const found = new Set<string>();
  const open: string[] = [];
  const enter = (tree: string | undefined): void => {
    if (tree === undefined || found.has(tree)) return;
    found.add(tree);
    open.push(tree);
  };
  for (const { tree } of roots) enter(tree);
  for (let tree = open.pop(); tree !== undefined; tree = open.pop()) {
    for (const page of await pageHashes(tree, fetch)) found.add(page);
    for (const entry of await readDirectory(tree, fetch)) {
      enter(entry.tree);
      const { content = [], lists } = entry;
      const isNew = content.some((hash) => !found.has(hash));
      for (const hash of content) found.add(hash);
      if (lists === true && isNew) for await (const piece of pieceHashes(entry, fetch)) found.add(piece);
    }
  }
  return found;
}

const BATCH = 256;

/** Takes away all objects but those that stay. */
export async function sweepObjects(
  objects: Objects,
  stays: ReadonlySet<string>,
): Promise<{ freedBytes: number; storedBytes: number }> {
  let freedBytes = 0;
  let storedBytes = 0;
  const goes: string[] = [];
  for await (const { hash, bytes } of objects.list())
    if (stays.has(hash)) storedBytes += bytes;
    else {
      goes.push(hash);
      freedBytes += bytes;
    }
  for (let at = 0; at < goes.length; at += BATCH) await objects.remove(goes.slice(at, at + BATCH));
  return { freedBytes, storedBytes };
}

/** Reads everything that a tree consists of. */
export async function checkTree(
  root: TreeEntry,
  fetch: Fetch,
): Promise<{ objects: number; bytes: number; damages: Damage[] }> {
  const damages: Damage[] = [];
  const checked = new Set<string>();
  let bytes = 0;
  const attempt = async (path: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (reason) {
      if (!isVfsError(reason, "EIO")) throw reason;
      damages.push({ path, message: reason.hint ?? reason.message });
    }
  };
  const piece = async (hash: string): Promise<void> => {
    if (checked.has(hash)) return;
    bytes += (await fetch(hash, MOST_PIECE_BYTES)).length;
    checked.add(hash);
  };
  const directory = async (tree: string, path: string): Promise<void> => {
    let entries: readonly TreeEntry[] = [];
    await attempt(path, async () => {
      for (const page of await pageHashes(tree, fetch)) checked.add(page);
      entries = await readDirectory(tree, fetch);
    });
    await inPool(entries, async (entry) => {
      if (entry.type !== "file") return;
      await attempt(childPath(path, entry.name), async () => {
        for await (const hash of pieceHashes(entry, fetch)) await piece(hash);
        if (entry.lists === true) for (const hash of entry.content ?? []) checked.add(hash);
      });
    });
    for (const { name, tree: below } of entries)
      if (below !== undefined) await directory(below, childPath(path, name));
  };
  if (root.tree !== undefined) await directory(root.tree, "/");
  return { objects: checked.size, bytes, damages };
}
