import { VfsError, type StatFs } from "@vfs/core";
import type { Commit, Part, State, Storage } from "../engine/storage.ts";
import { missing, toVfsError } from "../errors.ts";
import { roomFromEstimate } from "../room.ts";
import type { Piece } from "../tree/piece.ts";
import type { InodeRecord, NameRecord, Step } from "../tree/records.ts";
import { apart, basesOf, Overlay, type Copy } from "./overlay.ts";
import { answer, done } from "./requests.ts";

const STORES = ["inodes", "names", "chunks", "meta", "steps"] as const;
const PIECE_BYTES = 256 << 10;

// Who has missed more steps reads everything anew.
const KEPT_STEPS = 256;

const REVISION = "revision";
const LAST_PIECE = "lastPiece";
const COUNTERS = "counters";
const SWEEP = "sweep";

type Counters = Pick<Step, "lastIno" | "lastOrder" | "lastVersion">;
const NO_COUNTERS: Counters = { lastIno: 0, lastOrder: 0, lastVersion: 0 };

/** A store in a database of the browser: inodes, names and pieces of content, a row each. */
export class IndexedDbStorage implements Storage {
  readonly pieceBytes: number = PIECE_BYTES;
  readonly sync: boolean = false;
  readonly readsAlone: boolean = false;
  readonly #name: string;
  #database: Promise<IDBDatabase> | undefined;
  #lastPiece = 0;
  /** Pieces above are not in the database yet. */
  #lastStored = 0;
  #mustSweep = false;

  constructor(name: string) {
    this.#name = name;
  }

  async entered(): Promise<void> {
    await this.#open();
  }

  left(): void {}

  async load(known: number | undefined): Promise<State | undefined> {
    const transaction = (await this.#open()).transaction([...STORES], "readonly");
    const [inodes, names, , meta, steps] = STORES.map((name) => transaction.objectStore(name)) as Five;
    const [revision = 0, lastPiece = 0, mark, stepCount, counters = NO_COUNTERS] = await Promise.all([
      answer<number | undefined>(meta.get(REVISION)),
      answer<number | undefined>(meta.get(LAST_PIECE)),
      answer<unknown>(meta.get(SWEEP)),
      answer(steps.count()),
      answer<Counters | undefined>(meta.get(COUNTERS)),
    ]);
    this.#lastPiece = this.#lastStored = Math.max(lastPiece, this.#lastPiece);
    this.#mustSweep = mark !== undefined || stepCount > 0;
    if (known === revision) return undefined;
    if (known !== undefined) {
      const missed = await answer<Step[]>(steps.getAll(IDBKeyRange.bound(known, revision, true)));
      if (missed.length === revision - known) return { steps: missed, revision, isWhole: false };
    }
    const [allInodes, keys, values] = await Promise.all([
      answer<InodeRecord[]>(inodes.getAll()),
      answer(names.getAllKeys()),
      answer<[ino: number, order: number][]>(names.getAll()),
    ]);
    const all = values.map(([ino, order], at): NameRecord => {
      const [parent, name] = keys[at] as [number, string];
      return [parent, name, ino, order];
    });
    all.sort(([, , , a], [, , , b]) => a - b);
    return { steps: [{ inodes: allInodes, names: all, gone: [], ...counters }], revision, isWhole: true };
  }

  allocate(): Piece {
    return { id: ++this.#lastPiece, room: PIECE_BYTES };
  }

  others(came: readonly Piece[]): void {
    for (const { id } of came) this.#lastPiece = Math.max(this.#lastPiece, id);
    this.#lastStored = Math.max(this.#lastStored, this.#lastPiece);
  }

  forget(): void {}

  async commit(commit: Commit): Promise<void> {
    const database = await this.#database;
    try {
      if (database === undefined)
        throw new VfsError("EIO", { hint: "the database was closed by the browser" });
      await this.#write(database, commit);
    } catch (error) {
      throw toVfsError(error);
    }
  }

  async #write(database: IDBDatabase, commit: Commit): Promise<void> {
    const { step, edits, dropped, durable, forOthers, leaves } = commit;
    const transaction = database.transaction([...STORES], "readwrite", {
      durability: durable ? "strict" : "relaxed",
    });
    const finished = done(transaction);
    const [inodes, names, chunks, meta, steps] = STORES.map((name) => transaction.objectStore(name)) as Five;
    if (step !== undefined) {
      for (const record of step.inodes) inodes.put(record, record[0]);
      for (const ino of step.gone) inodes.delete(ino);
      for (const [parent, name, ino, order] of step.names)
        if (ino === 0) names.delete([parent, name]);
        else names.put([ino, order], [parent, name]);
      const { lastIno, lastOrder, lastVersion } = step;
      meta.put({ lastIno, lastOrder, lastVersion }, COUNTERS);
      meta.put(step.revision, REVISION);
      if (forOthers) this.#keep(steps, step);
    }
    if (leaves && !this.#mustSweep) {
      this.#mustSweep = true;
      meta.put(true, SWEEP);
    }
    if (this.#lastPiece > this.#lastStored) meta.put(this.#lastPiece, LAST_PIECE);
    const gone = new Set(dropped.map(({ id }) => id));
    const stored = this.#lastStored;
    this.#lastStored = this.#lastPiece;
    this.#edit(
      chunks,
      edits,
      (id) => id > stored,
      gone,
      () => {
        for (const id of gone) chunks.delete(id);
      },
    );
    await finished;
  }

  #keep(steps: IDBObjectStore, step: Step): void {
    steps.put(step, step.revision);
    steps.delete(IDBKeyRange.upperBound(step.revision - KEPT_STEPS));
    this.#mustSweep = true;
  }

  /** Calls `after` when everything that is left to be done has been asked for. */
  #edit(
    chunks: IDBObjectStore,
    edits: Commit["edits"],
    isNew: (id: number) => boolean,
    gone: ReadonlySet<number>,
    after: () => void,
  ): void {
    const { copies, rest } = apart(edits);
    const overlay = new Overlay();
    const bases = basesOf(rest, isNew);
    let left = bases.size;
    const write = (): void => {
      for (const edit of rest) overlay.apply(edit);
      for (const id of overlay.touched) if (!gone.has(id)) chunks.put(overlay.values.get(id), id);
      copyAll(chunks, copies, after);
    };
    for (const id of bases)
      get(chunks, id, (value) => {
        if (value !== undefined) overlay.values.set(id, value);
        if (--left === 0) write();
      });
    if (bases.size === 0) write();
  }

  async read(
    parts: readonly Part[],
    length: number,
    revision: number,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const transaction = (await this.#open()).transaction(["chunks", "meta"], "readonly");
      const chunks = transaction.objectStore("chunks");
      const [stored = 0, ...values] = await Promise.all([
        answer<number | undefined>(transaction.objectStore("meta").get(REVISION)),
        ...parts.map(({ piece }) => answer<Uint8Array<ArrayBuffer> | undefined>(chunks.get(piece.id))),
      ]);
      return stored === revision ? assemble(parts, length, values) : undefined;
    } catch (error) {
      throw toVfsError(error);
    }
  }

  /** Nothing is kept back here. */
  async flush(): Promise<void> {
    const database = await this.#open();
    await done(database.transaction(["meta"], "readwrite", { durability: "strict" }));
  }

  async sweep(used: () => Set<number>): Promise<void> {
    if (!this.#mustSweep) return;
    const transaction = (await this.#open()).transaction(["chunks", "meta", "steps"], "readwrite");
    const finished = done(transaction);
    transaction.objectStore("steps").clear();
    const meta = transaction.objectStore("meta");
    const chunks = transaction.objectStore("chunks");
    const keys = await answer(chunks.getAllKeys());
    const kept = used();
    for (const key of keys) if (!kept.has(key as number)) chunks.delete(key);
    meta.delete(SWEEP);
    this.#mustSweep = false;
    await finished;
  }

  statfs(): Promise<StatFs> {
    return roomFromEstimate();
  }

  async close(): Promise<void> {
    const database = await this.#database?.catch(() => undefined);
    database?.close();
  }

  #open(): Promise<IDBDatabase> {
    return (this.#database ??= openDatabase(this.#name, () => (this.#database = undefined)));
  }
}

type Five = [IDBObjectStore, IDBObjectStore, IDBObjectStore, IDBObjectStore, IDBObjectStore];
type Values = readonly (Uint8Array<ArrayBuffer> | undefined)[];

function assemble(parts: readonly Part[], length: number, values: Values): Uint8Array<ArrayBuffer> {
  const [first] = values;
  if (first !== undefined && parts.length === 1 && parts[0]?.from === 0 && first.length === length)
    return first;
  const bytes = new Uint8Array(length);
  for (const [i, part] of parts.entries()) {
    const value = values[i];
    if (value !== undefined) bytes.set(value.subarray(part.from, part.from + part.length), part.at);
  }
  return bytes;
}

function get(chunks: IDBObjectStore, id: number, then: (value: Values[number]) => void): void {
  const request: IDBRequest<Values[number]> = chunks.get(id);
  request.addEventListener("success", () => then(request.result));
}

/** One after another, so that one piece at a time is in memory. */
function copyAll(chunks: IDBObjectStore, copies: readonly Copy[], after: () => void): void {
  const next = (at: number): void => {
    const copy = copies[at];
    if (copy === undefined) return after();
    get(chunks, copy.from.id, (value = new Uint8Array(0)) => {
      chunks.put(value.length <= copy.length ? value : value.slice(0, copy.length), copy.piece.id);
      next(at + 1);
    });
  };
  next(0);
}

async function openDatabase(name: string, closed: () => void): Promise<IDBDatabase> {
  if (globalThis.indexedDB === undefined) throw missing("IndexedDB", "indexedDB");
  try {
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => {
      for (const store of STORES) request.result.createObjectStore(store);
    });
    const database = await answer(request);
    // Somebody deletes it, or the browser gives it up.
    database.addEventListener("versionchange", () => (closed(), database.close()));
    database.addEventListener("close", closed);
    if (STORES.every((store) => database.objectStoreNames.contains(store))) return database;
    database.close();
    throw new VfsError("EINVAL", {
      hint: `the database ${name} belongs to another program: choose another name`,
    });
  } catch (error) {
    closed();
    if (error instanceof DOMException && error.name === "VersionError")
      throw new VfsError("EINVAL", {
        cause: error,
        hint: `the database ${name} belongs to another program, or a newer version: choose another name`,
      });
    throw toVfsError(error);
  }
}
