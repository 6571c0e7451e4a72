import type { Bytes } from "@vfs/core";
import type { Tree, TreeEntry } from "../tree-entry.ts";
import { pieceHashes, readDirectory, readPage, type Fetch } from "./pages.ts";
import { MOST_PIECE_BYTES } from "./pieces.ts";

/** A tree whose parts are objects. */
export function storedTree(root: TreeEntry, fetch: Fetch): Tree {
  return {
    root,
    list: async ({ tree }) => (tree === undefined ? [] : readDirectory(tree, fetch)),
    find: async ({ tree }, name) =>
      tree === undefined
        ? undefined
        : (await readPage(tree, name, fetch)).find((entry) => entry.name === name),
    read: (file) => read(file, fetch),
  };
}

async function* read(file: TreeEntry, fetch: Fetch): AsyncIterable<Bytes> {
  for await (const hash of pieceHashes(file, fetch)) yield fetch(hash, MOST_PIECE_BYTES);
}
