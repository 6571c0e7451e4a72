import { statfsSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { dirname } from "node:path";
import type { StatFs } from "@vfs/core";
import { IN_MEMORY } from "./open.ts";

const BLOCK_BYTES = 4096;
// Memory has no table of files that could be full.
const MOST_FILES = 2 ** 32;

/** How to tell the room that a database has: on the disk of its file, or in the memory of the machine. */
export function roomFor(file: string): () => StatFs {
  if (file === IN_MEMORY) return inMemory;
  const directory = dirname(file);
  return () => {
    const { bsize, blocks, bfree, bavail, files, ffree } = statfsSync(directory);
    return { bsize, blocks, bfree, bavail, files, ffree };
  };
}

function inMemory(): StatFs {
  const blocks = Math.floor(totalmem() / BLOCK_BYTES);
  const free = Math.min(blocks, Math.floor(freemem() / BLOCK_BYTES));
  return { bsize: BLOCK_BYTES, blocks, bfree: free, bavail: free, files: MOST_FILES, ffree: MOST_FILES };
}
