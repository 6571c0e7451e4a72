import { VfsError } from "@vfs/core";
import { missing, toVfsError } from "../errors.ts";
import { isFormer } from "./former.ts";
import { answer } from "./requests.ts";

/** What the database has: rows of the log, pieces of content, and little beside these. */
const STORES = ["rows", "chunks", "meta"] as const;
const VERSION = 2;

/** Names in `meta`. */
export const FOLD = "fold";
export const IMAGE = "image";
export const SWEEP = "sweep";

/** What the image of all names stands for. */
export interface Fold {
  /** It tells everything up to this row. */
  readonly row: number;
  /** Of the rows behind this one none is missing, for who knows those before. */
  readonly kept: number;
  readonly revision: number;
  readonly lastPiece: number;
}
export const NO_FOLD: Fold = { row: 0, kept: 0, revision: 0, lastPiece: 0 };

// That of a newer version, or that of an older one which is none of ours.
const FOREIGN: ReadonlySet<string> = new Set(["VersionError", "AbortError"]);

/** @param closed Called when the database is gone by another's doing. */
export async function openDatabase(name: string, closed: () => void): Promise<IDBDatabase> {
  if (globalThis.indexedDB === undefined) throw missing("IndexedDB", "indexedDB");
  try {
    const request = indexedDB.open(name, VERSION);
    request.addEventListener("upgradeneeded", ({ oldVersion }) => {
      const { result, transaction } = request;
      if (oldVersion > 0 && !isFormer(result)) return transaction?.abort();
      for (const store of STORES)
        if (!result.objectStoreNames.contains(store)) result.createObjectStore(store);
    });
    const database = await answer(request);
    // Somebody deletes it, or the browser gives it up.
    database.addEventListener("versionchange", () => (closed(), database.close()));
    database.addEventListener("close", closed);
    if (STORES.every((store) => database.objectStoreNames.contains(store))) return database;
    database.close();
    throw foreign(name);
  } catch (error) {
    closed();
    if (error instanceof DOMException && FOREIGN.has(error.name)) throw foreign(name, error);
    throw toVfsError(error);
  }
}

function foreign(name: string, cause?: unknown): VfsError {
  return new VfsError("EINVAL", {
    cause,
    hint: `the database ${name} belongs to another program, or a newer version: choose another name`,
  });
}
