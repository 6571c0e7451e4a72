import type { State } from "../engine/storage.ts";
import type { InodeRecord, NameRecord, Step } from "../tree/records.ts";
import { answer } from "./requests.ts";

// The form of version 1, a row for each inode and each name: it is read, and given up with the first image.
const FORMER = ["inodes", "names", "steps"] as const;
const KEYS = { revision: "revision", lastPiece: "lastPiece", counters: "counters" } as const;

type Counters = Pick<Step, "lastIno" | "lastOrder" | "lastVersion">;
const NO_COUNTERS: Counters = { lastIno: 0, lastOrder: 0, lastVersion: 0 };

/** The object stores of the former form that a database has. */
export function hasFormer(database: IDBDatabase): readonly string[] {
  return FORMER.filter((name) => database.objectStoreNames.contains(name));
}

/** Whether a database of version 1 is one of ours. */
export function isFormer(database: IDBDatabase): boolean {
  return [...FORMER, "chunks", "meta"].every((name) => database.objectStoreNames.contains(name));
}

/** All that the database has in the former form. */
export async function loadFormer(
  transaction: IDBTransaction,
): Promise<State & { readonly lastPiece: number }> {
  const [meta, inodes, names] = ["meta", "inodes", "names"].map((name) => transaction.objectStore(name)) as [
    IDBObjectStore,
    IDBObjectStore,
    IDBObjectStore,
  ];
  const [revision = 0, lastPiece = 0, counters = NO_COUNTERS, records, keys, values] = await Promise.all([
    answer<number | undefined>(meta.get(KEYS.revision)),
    answer<number | undefined>(meta.get(KEYS.lastPiece)),
    answer<Counters | undefined>(meta.get(KEYS.counters)),
    answer<InodeRecord[]>(inodes.getAll()),
    answer(names.getAllKeys()),
    answer<[ino: number, order: number][]>(names.getAll()),
  ]);
  const all = values.map(([ino, order], at): NameRecord => {
    const [parent, name] = keys[at] as [number, string];
    return [parent, name, ino, order];
  });
  all.sort(([, , , a], [, , , b]) => a - b);
  return {
    steps: [{ inodes: records, names: all, gone: [], ...counters }],
    revision,
    isWhole: true,
    lastPiece,
  };
}

/** Takes the former form away, in the transaction that writes the first image. */
export function forgetFormer(transaction: IDBTransaction): void {
  for (const name of FORMER) transaction.objectStore(name).clear();
  for (const key of Object.values(KEYS)) transaction.objectStore("meta").delete(key);
}
