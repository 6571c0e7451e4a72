import { VfsError, type StatFs } from "@vfs/core";
import type { Commit, Part, State, Storage } from "../engine/storage.ts";
import { toVfsError } from "../errors.ts";
import { roomFromEstimate } from "../room.ts";
import type { Piece } from "../tree/piece.ts";
import { FOLD, IMAGE, NO_FOLD, openDatabase, SWEEP, type Fold } from "./database.ts";
import { forgetFormer, hasFormer, loadFormer } from "./former.ts";
import { assemble, copyAll, get, type Value } from "./pieces.ts";
import { apart, basesOf, Overlay, usesChunks } from "./overlay.ts";
import { answer, done } from "./requests.ts";
import { contentOf, encodeRow, numberOf, stepOf, withContent, type StoredStep } from "./rows.ts";

const PIECE_BYTES = 256 << 10;

// Content of at most so many bytes is put into the row of its step.
const INLINE_BYTES = 4 << 10;

// An image is made when there are rows of more than this behind the last one, and more than this part of its size: to open
// the store is to read them all.
const ROWS_BYTES = 256 << 10;
const ROWS_PART = 1 / 6;

/**
 * A store in a database of the browser: a log with a row for each step, an image of all names up to some row, and pieces
 * of content. A request costs more than all else, so a small file is one row: its content lies beside the step. Its piece
 * has the number of that row, below zero.
 */
export class IndexedDbStorage implements Storage {
  readonly pieceBytes: number = PIECE_BYTES;
  readonly sync: boolean = false;
  readonly readsAlone: boolean = false;
  readonly #name: string;
  #database: Promise<IDBDatabase> | undefined;
  /** The last row that is known, or on its way. */
  #row = 0;
  /** The next row has a content already. */
  #inlined = false;
  #fold: Fold = NO_FOLD;
  #imageBytes = 0;
  #rowsBytes = 0;
  /** Rows whose content some file has. */
  readonly #live = new Set<number>();
  #lastPiece = 0;
  /** Pieces above are not in the database yet. */
  #lastStored = 0;
  #mustSweep = false;
  /** The database is in the form that it had before there was a log. */
  #isFormer = false;

  constructor(name: string) {
    this.#name = name;
  }

  async entered(): Promise<void> {
    await this.#open();
  }

  left(): void {}

  async load(known: number | undefined): Promise<State | undefined> {
    const database = await this.#open();
    const former = hasFormer(database);
    const transaction = database.transaction(["rows", "meta", ...former], "readonly");
    const [rows, meta] = [transaction.objectStore("rows"), transaction.objectStore("meta")];
    const [fold, mark, tail] = await Promise.all([
      answer<Fold | undefined>(meta.get(FOLD)),
      answer<unknown>(meta.get(SWEEP)),
      known === undefined ? undefined : rowsFrom(rows, this.#row),
    ]);
    this.#mustSweep = mark !== undefined;
    if (fold !== undefined) this.#isFormer = false;
    this.#fold = fold ?? NO_FOLD;
    // Of rows behind `kept` none is missing; the one that is known must be there, or it is another database by now.
    const isKnown = this.#row === 0 || numberIn(tail?.[0]) === this.#row;
    if (known !== undefined && tail !== undefined && this.#row >= this.#fold.kept && isKnown)
      return this.#added(known, tail);
    if (fold === undefined && former.length > 0) {
      const state = await loadFormer(transaction);
      this.#isFormer = true;
      this.#row = 0;
      this.#lastPiece = this.#lastStored = state.lastPiece;
      return state;
    }
    return this.#whole(rows, meta);
  }

  /** What others have added. */
  #added(known: number, values: Rows): State | undefined {
    this.#row = numberIn(values.at(-1)) ?? this.#row;
    const steps = values
      .map(stepOf)
      .filter((step) => step !== undefined && step.revision > known) as StoredStep[];
    this.#took(steps, values);
    const last = steps.at(-1);
    return last === undefined ? undefined : { steps, revision: last.revision, isWhole: false };
  }

  async #whole(rows: IDBObjectStore, meta: IDBObjectStore): Promise<State> {
    const { row, revision, lastPiece } = this.#fold;
    const [image, values] = await Promise.all([
      answer<Uint8Array<ArrayBuffer> | undefined>(meta.get(IMAGE)),
      rowsFrom(rows, row + 1),
    ]);
    this.#row = numberIn(values.at(-1)) ?? row;
    this.#imageBytes = image?.length ?? 0;
    this.#rowsBytes = 0;
    this.#lastPiece = this.#lastStored = lastPiece;
    const steps = values.map(stepOf).filter((step) => step !== undefined);
    this.#took(steps, values);
    return { image, steps, revision: steps.at(-1)?.revision ?? revision, isWhole: true };
  }

  #took(steps: readonly StoredStep[], values: readonly Uint8Array[]): void {
    for (const { lastPiece } of steps) this.#lastPiece = Math.max(this.#lastPiece, lastPiece);
    this.#lastStored = Math.max(this.#lastStored, this.#lastPiece);
    for (const { length } of values) this.#rowsBytes += length;
  }

  allocate(bytes: number): Piece {
    if (bytes > INLINE_BYTES || this.#inlined) return { id: ++this.#lastPiece, room: PIECE_BYTES };
    this.#inlined = true;
    return { id: -(this.#row + 1), room: INLINE_BYTES };
  }

  others(came: readonly Piece[], went: readonly Piece[]): void {
    for (const { id } of went) this.#live.delete(-id);
    for (const { id } of came) {
      if (id < 0) this.#live.add(-id);
      else this.#lastPiece = Math.max(this.#lastPiece, id);
    }
    this.#lastStored = Math.max(this.#lastStored, this.#lastPiece);
  }

  forget(): void {
    this.#live.clear();
    this.#inlined = false;
  }

  get wantsDump(): boolean {
    return this.#isFormer || this.#rowsBytes > Math.max(ROWS_BYTES, ROWS_PART * this.#imageBytes);
  }

  async commit(commit: Commit): Promise<void> {
    // Before anything is waited for: what is called meanwhile goes into the next row.
    const gone = new Set(commit.dropped.map(({ id }) => id));
    const own = -(this.#row + 1);
    const hasContent = !gone.has(own) && commit.edits.some(({ piece }) => piece.id === own);
    const row = commit.step !== undefined || hasContent ? ++this.#row : undefined;
    const stored = this.#lastStored;
    this.#inlined = false;
    this.#lastStored = this.#lastPiece;
    if (hasContent && row !== undefined) this.#live.add(row);
    for (const id of gone) this.#live.delete(-id);
    try {
      const database = await this.#database;
      if (database === undefined || row === GONE + 1)
        throw new VfsError("EIO", { hint: "the database was closed by the browser" });
      await this.#write(database, commit, { row, stored, gone, lastPiece: this.#lastStored });
    } catch (error) {
      throw toVfsError(error);
    }
  }

  async #write(
    database: IDBDatabase,
    commit: Commit,
    { row, stored, gone, lastPiece }: Placed,
  ): Promise<void> {
    const { step, dump, edits, durable, leaves } = commit;
    const former = dump === undefined || !this.#isFormer ? [] : hasFormer(database);
    // A store more takes longer to begin with.
    const stores = ["rows", ...former];
    if (gone.size > 0 || usesChunks(edits)) stores.push("chunks");
    if (dump !== undefined || (leaves && !this.#mustSweep)) stores.push("meta");
    const transaction = database.transaction(stores, "readwrite", {
      durability: durable ? "strict" : "relaxed",
    });
    const finished = done(transaction);
    const rows = transaction.objectStore("rows");
    const chunks = (): IDBObjectStore => transaction.objectStore("chunks");
    if (leaves && !this.#mustSweep) {
      this.#mustSweep = true;
      transaction.objectStore("meta").put(true, SWEEP);
    }
    const { kept } = this.#fold;
    const { copies, rest } = apart(edits);
    const overlay = new Overlay();
    const formerRows = new Map<number, Uint8Array<ArrayBuffer> | undefined>();
    const isNew = (id: number): boolean => (id > 0 ? id > stored : -id === row);
    const write = (): void => {
      for (const edit of rest) overlay.apply(edit);
      let content: Uint8Array<ArrayBuffer> | undefined;
      for (const id of overlay.touched) {
        const value = overlay.values.get(id);
        if (gone.has(id) || value === undefined) continue;
        if (id > 0) chunks().put(value, id);
        else if (-id === row) content = value;
        else rows.put(withContent(-id, formerRows.get(id), value), -id);
      }
      if (row !== undefined) {
        const told = step === undefined ? undefined : { ...step, lastPiece };
        const bytes = encodeRow(row, { step: told, content });
        this.#rowsBytes += bytes.length;
        rows.put(bytes, row);
      }
      copyAll(chunks, copies, () => {
        // A row behind `kept` has a step that others may want to know.
        for (const id of gone)
          if (id > 0) chunks().delete(id);
          else if (-id <= kept) rows.delete(-id);
      });
    };
    const bases = basesOf(rest, isNew);
    let left = bases.size;
    for (const id of bases)
      get(id > 0 ? chunks() : rows, Math.abs(id), (value) => {
        if (id < 0) formerRows.set(id, value);
        const content = id > 0 || value === undefined ? value : contentOf(value);
        if (content !== undefined) overlay.values.set(id, content);
        if (--left === 0) write();
      });
    if (bases.size === 0) write();
    if (step !== undefined && dump !== undefined && row !== undefined)
      this.#makeImage(transaction, dump, { row, kept: this.#fold.row, revision: step.revision, lastPiece });
    // Nothing comes after this: the browser need not tell first that each request is done.
    else if (bases.size === 0 && copies.length === 0) transaction.commit();
    await finished;
  }

  #makeImage(transaction: IDBTransaction, image: Uint8Array<ArrayBuffer>, fold: Fold): void {
    const [rows, meta] = [transaction.objectStore("rows"), transaction.objectStore("meta")];
    const before = this.#fold;
    meta.put(image, IMAGE);
    meta.put(fold, FOLD);
    this.#fold = fold;
    this.#imageBytes = image.length;
    this.#rowsBytes = 0;
    if (this.#isFormer) forgetFormer(transaction);
    this.#isFormer = false;
    if (before.row === before.kept) return;
    const request = rows.getAllKeys(IDBKeyRange.bound(before.kept, before.row, true)) as IDBRequest<number[]>;
    request.addEventListener("success", () => {
      for (const key of request.result) if (!this.#live.has(key)) rows.delete(key);
    });
  }

  async read(
    parts: readonly Part[],
    length: number,
    sure: boolean,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const row = this.#row;
    try {
      const stores = parts.some(({ piece }) => piece.id > 0) ? ["rows", "chunks"] : ["rows"];
      const transaction = (await this.#open()).transaction(stores, "readonly");
      if (row === GONE) return undefined;
      const rows = transaction.objectStore("rows");
      const [newer, ...values] = await Promise.all([
        sure ? undefined : answer(rows.getKey(IDBKeyRange.lowerBound(row, true))),
        ...parts.map(async ({ piece: { id } }): Promise<Value> => {
          if (id > 0) return answer<Value>(transaction.objectStore("chunks").get(id));
          const value = await answer<Value>(rows.get(-id));
          return value === undefined ? undefined : contentOf(value);
        }),
      ]);
      return newer === undefined ? assemble(parts, length, values) : undefined;
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
    // At once: what is called meanwhile may give up what cannot be given up then.
    const kept = used();
    const transaction = (await this.#open()).transaction(["rows", "chunks", "meta"], "readwrite");
    const finished = done(transaction);
    const [rows, chunks] = [transaction.objectStore("rows"), transaction.objectStore("chunks")];
    const [rowKeys, keys] = await Promise.all([
      answer(rows.getAllKeys(IDBKeyRange.upperBound(this.#fold.kept))) as Promise<number[]>,
      answer(chunks.getAllKeys()) as Promise<number[]>,
    ]);
    for (const key of rowKeys) if (!kept.has(-key)) rows.delete(key);
    for (const key of keys) if (!kept.has(key)) chunks.delete(key);
    transaction.objectStore("meta").delete(SWEEP);
    this.#mustSweep = false;
    await finished;
  }

  place(): Place {
    return { row: this.#row, fold: this.#fold };
  }

  follow(place: unknown): void {
    const { row, fold } = place as Place;
    this.#row = row;
    this.#fold = fold;
  }

  statfs(): Promise<StatFs> {
    return roomFromEstimate();
  }

  async close(): Promise<void> {
    const database = await this.#database?.catch(() => undefined);
    database?.close();
  }

  #open(): Promise<IDBDatabase> {
    return (this.#database ??= openDatabase(this.#name, () => {
      this.#database = undefined;
      // What is opened next may be another one.
      this.#row = GONE;
    }));
  }
}

type Rows = readonly Uint8Array<ArrayBuffer>[];

/** The number of the last row when the database has gone away. */
const GONE = -1;

/** Where the last step ended. */
interface Place {
  readonly row: number;
  readonly fold: Fold;
}

/** What was decided about a commit when it was called. */
interface Placed {
  readonly row: number | undefined;
  readonly stored: number;
  readonly gone: ReadonlySet<number>;
  readonly lastPiece: number;
}

function rowsFrom(rows: IDBObjectStore, first: number): Promise<Rows> {
  return answer<Uint8Array<ArrayBuffer>[]>(rows.getAll(IDBKeyRange.lowerBound(first)));
}

function numberIn(row: Uint8Array | undefined): number | undefined {
  return row === undefined ? undefined : numberOf(row);
}
