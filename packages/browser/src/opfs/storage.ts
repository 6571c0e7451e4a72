import { chain, run, VfsError, wait, type Awaitable, type Flow, type StatFs } from "@vfs/core";
import type { Commit, Edit, Part, State, Storage } from "../engine/storage.ts";
import { toVfsError } from "../errors.ts";
import { roomFromEstimate } from "../room.ts";
import { encodeImage } from "../tree/image.ts";
import type { Piece } from "../tree/piece.ts";
import { Buddy, MOST_ROOM, offsetOf } from "./buddy.ts";
import { DATA, LOG, SECOND_LOG, type Command, type FileNumber } from "./device.ts";
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
  #store = 0;
  #place: Place = { generation: 0, end: 0 };
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
  }

  async entered(): Promise<void> {
    try {
      this.approach();
      this.#store = await this.#need().open(this.#directory);
    } catch (error) {
      throw toVfsError(error);
    }
  }

  left(): Awaitable<void> {
    return this.#need().close(this.#store);
  }

  load(known: number | undefined): Awaitable<State | undefined> {
    return run(this.#load(known));
  }

  *#load(known: number | undefined): Flow<State | undefined> {
    const [first = 0, second = 0, content = 0] = yield* wait(this.#need().sizes(this.#store));
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
    this.#place = { generation: log.generation, end: log.end };
    this.#begun = log.begin;
    yield* this.#repair(bytes.subarray(0, log.end), logs, [first, second]);
    return { image: log.image, steps: log.steps, revision: log.revision, isWhole: true };
  }

  /** What both logs say. One that has the same bytes as the other says the same. */
  *#logs(first: number, second: number): Flow<readonly [Parsed | undefined, Parsed | undefined]> {
    const same = first === second && this.#need().same(this.#store, LOG, SECOND_LOG, first);
    // Looked at when the first log was read, which fails as well then.
    void Promise.resolve(same).catch(() => undefined);
    const log = yield* this.#parse(LOG, first);
    if (log !== undefined && (yield* wait(same))) return [log, log];
    return [log, yield* this.#parse(SECOND_LOG, second)];
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
    if (commands.length > 0) yield* wait(this.#need().run(this.#store, commands));
  }

  *#begin(): Flow<void> {
    const bytes = wholeLog(1, 0, encodeImage([], { lastIno: 0, lastOrder: 0, lastVersion: 0 }));
    this.#place = { generation: 1, end: bytes.length };
    this.#begun = bytes.length;
    const commands = [LOG, SECOND_LOG].map((file): Command => ({ do: "write", file, at: 0, bytes }));
    yield* wait(this.#need().run(this.#store, commands));
  }

  *#read(file: FileNumber, from: number, length: number): Flow<Uint8Array<ArrayBuffer>> {
    return yield* wait(this.#need().read(this.#store, [{ file, from, length, at: 0 }], length));
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
      return chain(this.#need().run(this.#store, commands), () => undefined);
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
    const wanted = parts.map(({ piece, from, length: count, at }) => ({
      file: DATA,
      from: offsetOf(piece) + from,
      length: count,
      at,
    }));
    try {
      return this.#need().read(this.#store, wanted, length);
    } catch (error) {
      throw toVfsError(error);
    }
  }

  flush(): Awaitable<void> {
    const commands = [DATA, LOG, SECOND_LOG].map((file): Command => ({ do: "flush", file }));
    return this.#need().run(this.#store, commands);
  }

  /** What no file has is free as soon as the store is opened. */
  sweep(): void {}

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

function toCommand(edit: Edit): Command | undefined {
  const at = offsetOf(edit.piece);
  switch (edit.kind) {
    case "write":
      return { do: "write", file: DATA, at: at + edit.at, bytes: edit.bytes };
    case "copy":
      return { do: "copy", file: DATA, at, from: offsetOf(edit.from), length: edit.length };
    case "cut":
      // What lies behind the end of a file is written over before it becomes part of it.
      return undefined;
  }
}
