import { chain, run, VfsError, wait, type Awaitable, type Flow, type StatFs } from "@vfs/core";
import type { Commit, Part, State, Storage } from "../engine/storage.ts";
import { toVfsError } from "../errors.ts";
import { roomFromEstimate } from "../room.ts";
import { encodeImage } from "../tree/image.ts";
import type { Piece } from "../tree/piece.ts";
import { Buddy, MOST_ROOM, offsetOf } from "./buddy.ts";
import { toCommand } from "./commands.ts";
import { DATA, LOG, SECOND_LOG, type Command, type FileNumber } from "./device.ts";
import { EarlyFiles } from "./early.ts";
import {
  frame,
  generationOf,
  HEADER_BYTES,
  parseLog,
  parseTail,
  wholeLog,
  type Log,
  type Tail,
} from "./log.ts";
import type { Files } from "./remote.ts";

// A log is begun anew when it has steps of more than this, and more than this part of what it began with: to open the
// store is to do them all again.
const STEPS_BYTES = 128 << 10;
const STEPS_PART = 1 / 6;

const ENDS_BYTES = 4 << 10;

/** Where in the logs the last known step ends. */
interface Place {
  readonly generation: number;
  readonly end: number;
}

/** A store in three files: two logs of all names and attributes, which say the same, and one file with all content. */
export class OpfsStorage implements Storage {
  readonly pieceBytes: number = MOST_ROOM;
  readonly sync: boolean;
  readonly readsAlone: boolean = true;
  readonly #files: () => Files;
  readonly #directory: FileSystemDirectoryHandle | readonly string[];
  readonly #room = new Buddy();
  /** What the room is not told of yet: who only reads needs no room. */
  #untold: { came: readonly Piece[]; went: readonly Piece[] }[] = [];
  #open: Files | undefined;
  /** The number that open files have; undefined while they are not. */
  #store: number | Promise<number> | undefined;
  #early: EarlyFiles | undefined;
  #place: Place = { generation: 0, end: 0 };
  /** The second log is taken for what the first one is. */
  #isUnsure = false;
  /** How long the logs were when they had no step yet. */
  #begun = 0;

  /** @param files What opens them; called when it is needed. */
  constructor(files: () => Files, directory: FileSystemDirectoryHandle | readonly string[], sync: boolean) {
    this.#files = files;
    this.#directory = directory;
    this.sync = sync;
  }

  approach(): void {
    this.#open ??= this.#files();
    if (this.#open.isFar) this.#early ??= new EarlyFiles(this.#directory);
  }

  async entered(): Promise<void> {
    try {
      this.approach();
      const opening = this.#opening();
      // A page reads by itself until its thread is there.
      if (this.#early === undefined) await opening;
    } catch (error) {
      throw toVfsError(error);
    }
  }

  /** Opens the files; what fails is tried again by whoever comes next. */
  #opening(): Promise<number> {
    const opening = this.#need().open(this.#directory) as Promise<number>;
    this.#store = opening;
    void this.#opened(opening);
    return opening;
  }

  async #opened(opening: Promise<number>): Promise<void> {
    try {
      this.#store = await opening;
      this.#early = undefined;
    } catch {
      this.#store = undefined;
    }
  }

  async left(): Promise<void> {
    const opening = this.#store;
    this.#store = undefined;
    const store = await Promise.resolve(opening).catch(() => undefined);
    if (store !== undefined) await this.#need().close(store);
  }

  #ask<T>(question: (files: Files, store: number) => Awaitable<T>): Awaitable<T> {
    const files = this.#need();
    const store = this.#store ?? this.#opening();
    return typeof store === "number" ? question(files, store) : store.then((open) => question(files, open));
  }

  #run(commands: readonly Command[]): Awaitable<void> {
    return this.#ask((files, store) => files.run(store, commands));
  }

  load(known: number | undefined): Awaitable<State | undefined> {
    if (this.#early === undefined || known !== undefined) return run(this.#load(known));
    return this.#loadEarly(this.#early);
  }

  async #loadEarly(early: EarlyFiles): Promise<State | undefined> {
    // A store that is new, or damaged, or in the middle of something.
    const log = await early.log(ENDS_BYTES).catch(() => undefined);
    if (log === undefined) return run(this.#load(undefined));
    this.#isUnsure = true;
    return this.#taken(log);
  }

  #taken({ generation, begin, end, image, steps, revision }: Log): State {
    this.#place = { generation, end };
    this.#begun = begin;
    return { image, steps, revision, isWhole: true };
  }

  *#load(known: number | undefined): Flow<State | undefined> {
    const [first = 0, second = 0, content = 0] = yield* wait(this.#ask((files, store) => files.sizes(store)));
    if (known !== undefined) {
      const tail = yield* this.#tail(known, first);
      if (tail !== undefined) return tail.revision === known ? undefined : { ...tail, isWhole: false };
    }
    const logs = yield* this.#logs(first, second);
    const best = newest(...logs);
    if (best === undefined) {
      if (content > 0)
        throw new VfsError("EIO", {
          hint: "both copies of the index are gone or damaged: restore one of them",
        });
      yield* this.#begin();
      return { steps: [], revision: 0, isWhole: true };
    }
    const [log, bytes] = best;
    const state = this.#taken(log);
    yield* this.#repair(bytes.subarray(0, log.end), logs, [first, second]);
    return state;
  }

  /** What both logs say. Of one that begins and ends as the other does it is looked at later whether all is the same. */
  *#logs(first: number, second: number): Flow<readonly [Parsed | undefined, Parsed | undefined]> {
    const log = yield* this.#parse(LOG, first);
    if (log !== undefined && first === second && (yield* this.#isLike(log[1]))) {
      this.#isUnsure = true;
      return [log, log];
    }
    return [log, yield* this.#parse(SECOND_LOG, second)];
  }

  *#isLike(bytes: Uint8Array): Flow<boolean> {
    const { length } = bytes;
    const ends = Math.min(length, ENDS_BYTES);
    const parts = [
      { file: SECOND_LOG, from: 0, length: ends, at: 0 },
      { file: SECOND_LOG, from: length - ends, length: ends, at: ends },
    ];
    const other = yield* wait(this.#ask((files, store) => files.read(store, parts, 2 * ends)));
    const from = length - 2 * ends;
    return other.every((byte, at) => byte === bytes[at < ends ? at : at + from]);
  }

  /** What others have added to the log that is known; undefined when it is another one. */
  *#tail(known: number, size: number): Flow<Tail | undefined> {
    const { generation, end } = this.#place;
    const head = yield* this.#read(LOG, 0, Math.min(size, HEADER_BYTES));
    if (generationOf(head) !== generation || size < end) return undefined;
    const tail = parseTail(yield* this.#read(LOG, end, size - end), end, known);
    this.#place = { generation, end: tail.end };
    return tail;
  }

  *#parse(file: FileNumber, size: number): Flow<Parsed | undefined> {
    const bytes = yield* this.#read(file, 0, size);
    const log = parseLog(bytes);
    return log === undefined ? undefined : [log, bytes];
  }

  /** Makes both logs what the better one says. */
  *#repair(
    bytes: Uint8Array<ArrayBuffer>,
    logs: readonly (Parsed | undefined)[],
    sizes: readonly number[],
  ): Flow<void> {
    const { generation, end } = this.#place;
    const commands: Command[] = [];
    for (const file of [LOG, SECOND_LOG]) {
      const log = logs[file]?.[0];
      const size = sizes[file] ?? 0;
      if (log?.generation === generation && log.end === end) {
        if (size > end) commands.push({ do: "truncate", file, size: end });
        continue;
      }
      commands.push({ do: "truncate", file, size: 0 }, { do: "write", file, at: 0, bytes: bytes.slice() });
    }
    if (commands.length > 0) yield* wait(this.#run(commands));
  }

  *#begin(): Flow<void> {
    const bytes = wholeLog(1, 0, encodeImage([], { lastIno: 0, lastOrder: 0, lastVersion: 0 }));
    this.#place = { generation: 1, end: bytes.length };
    this.#begun = bytes.length;
    const commands = [LOG, SECOND_LOG].map((file): Command => ({ do: "write", file, at: 0, bytes }));
    yield* wait(this.#run(commands));
  }

  *#read(file: FileNumber, from: number, length: number): Flow<Uint8Array<ArrayBuffer>> {
    const parts = [{ file, from, length, at: 0 }];
    return yield* wait(this.#ask((files, store) => files.read(store, parts, length)));
  }

  allocate(bytes: number): Piece {
    return this.#roomNow().allocate(bytes);
  }

  others(came: readonly Piece[], went: readonly Piece[]): void {
    this.#untold.push({ came, went });
  }

  #roomNow(): Buddy {
    for (const { came, went } of this.#untold.splice(0)) {
      for (const piece of went) this.#room.free(piece);
      for (const piece of came.toSorted((a, b) => a.id - b.id)) this.#room.use(piece);
    }
    return this.#room;
  }

  forget(): void {
    this.#untold = [];
    this.#room.clear();
  }

  get wantsDump(): boolean {
    return this.#place.end - this.#begun > Math.max(STEPS_BYTES, STEPS_PART * this.#begun);
  }

  commit({ step, dump, edits, dropped, durable }: Commit): Awaitable<void> {
    const commands = edits.map(toCommand).filter((command) => command !== undefined);
    if (durable) commands.push({ do: "flush", file: DATA });
    // What this step gives up is written over by later ones only.
    for (const piece of dropped) this.#roomNow().free(piece);
    if (step !== undefined && dump !== undefined)
      this.#anew(commands, wholeLog(this.#place.generation + 1, step.revision, dump));
    else if (step !== undefined) this.#add(commands, frame(step));
    if (durable) commands.push({ do: "flush", file: LOG }, { do: "flush", file: SECOND_LOG });
    try {
      return chain(this.#run(commands), () => undefined);
    } catch (error) {
      throw toVfsError(error);
    }
  }

  /** One log after the other is begun anew: at each moment one of them is whole. */
  #anew(commands: Command[], bytes: Uint8Array<ArrayBuffer>): void {
    // Content first, for the old logs say where it was.
    commands.push({ do: "flush", file: DATA });
    for (const file of [SECOND_LOG, LOG]) {
      commands.push({ do: "truncate", file, size: 0 }, { do: "write", file, at: 0, bytes });
      commands.push({ do: "flush", file });
    }
    commands.push({ do: "truncate", file: DATA, size: this.#roomNow().endBytes });
    this.#place = { generation: this.#place.generation + 1, end: bytes.length };
    this.#begun = bytes.length;
  }

  #add(commands: Command[], bytes: Uint8Array<ArrayBuffer>): void {
    const { generation, end: at } = this.#place;
    for (const file of [LOG, SECOND_LOG]) commands.push({ do: "write", file, at, bytes });
    this.#place = { generation, end: at + bytes.length };
  }

  read(parts: readonly Part[], length: number): Awaitable<Uint8Array<ArrayBuffer>> {
    if (this.#early !== undefined) return this.#readEarly(this.#early, parts, length);
    return this.#readNow(parts, length);
  }

  async #readEarly(
    early: EarlyFiles,
    parts: readonly Part[],
    length: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return (await early.read(parts, length).catch(() => undefined)) ?? this.#readNow(parts, length);
  }

  #readNow(parts: readonly Part[], length: number): Awaitable<Uint8Array<ArrayBuffer>> {
    const wanted = parts.map(({ piece, from, length: count, at }) => ({
      file: DATA,
      from: offsetOf(piece) + from,
      length: count,
      at,
    }));
    try {
      return this.#ask((files, store) => files.read(store, wanted, length));
    } catch (error) {
      throw toVfsError(error);
    }
  }

  flush(): Awaitable<void> {
    const commands = [DATA, LOG, SECOND_LOG].map((file): Command => ({ do: "flush", file }));
    return this.#run(commands);
  }

  /** What no file has is free as soon as the store is opened. */
  sweep(): Awaitable<void> {
    if (!this.#isUnsure) return undefined;
    this.#isUnsure = false;
    return chain(
      this.#ask((files, store) => files.mirror(store, LOG, SECOND_LOG)),
      () => undefined,
    );
  }

  spare(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    return this.#open?.spare?.(bytes);
  }

  place(): Place {
    return this.#place;
  }

  follow(place: unknown): void {
    const { generation, end } = place as Place;
    if (generation !== this.#place.generation) this.#begun = end;
    this.#place = { generation, end };
  }

  statfs(): Promise<StatFs> {
    return roomFromEstimate();
  }

  async close(): Promise<void> {}

  #need(): Files {
    if (this.#open === undefined) throw new VfsError("EBADF", { hint: "the store is closed" });
    return this.#open;
  }
}

type Parsed = readonly [log: Log, bytes: Uint8Array<ArrayBuffer>];

function newest(first: Parsed | undefined, second: Parsed | undefined): Parsed | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const [a, b] = [first[0], second[0]];
  if (a.generation !== b.generation) return a.generation > b.generation ? first : second;
  return a.end >= b.end ? first : second;
}
