import type { Dirent as NodeDirent } from "node:fs";
import { isPromiseLike, type Awaitable, type Dirent } from "@vfs/core";
import { codedError } from "./argument-errors.ts";
import { toFunction, toInteger, toOptions, toPath } from "./arguments.ts";
import { toDirent } from "./dirents.ts";
import type { Side, Verbs } from "./side.ts";
import { ask } from "./system-errors.ts";

type Next = Iterator<Dirent> | AsyncIterator<Dirent>;
type ReadCallback = (error: unknown, entry?: NodeDirent | null) => void;

/** An open directory, as Node's `fs.Dir`: its entries come by pages, and in the order of the store. */
export class Dir {
  readonly #path: string;
  readonly #encoding: unknown;
  readonly #faces: { readonly now: Verbs; readonly later: Verbs };
  #entries: Next;
  #isSync: boolean;
  #read = 0;
  #underWay = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** What opening it has read already. */
  #first: IteratorResult<Dirent> | undefined;

  /** @internal */
  constructor(
    path: string,
    encoding: unknown,
    faces: { now: Verbs; later: Verbs },
    entries: Next,
    isSync: boolean,
    first: IteratorResult<Dirent>,
  ) {
    this.#path = path;
    this.#encoding = encoding;
    this.#faces = faces;
    this.#entries = entries;
    this.#isSync = isSync;
    this.#first = first;
  }

  get path(): string {
    return this.#path;
  }

  read(): Promise<NodeDirent | null>;
  read(callback: ReadCallback): void;
  read(callback?: ReadCallback): Promise<NodeDirent | null> | undefined {
    if (callback === undefined) return this.#next();
    if (this.#closed) throw closedError();
    answer(this.#next(), toFunction(callback, "callback") as ReadCallback);
    return undefined;
  }

  async #next(): Promise<NodeDirent | null> {
    if (this.#closed) throw closedError();
    this.#underWay++;
    const next = this.#turn.then(() => this.#advance());
    this.#turn = next.catch(() => undefined);
    try {
      return this.#shaped(await next);
    } finally {
      this.#underWay--;
    }
  }

  readSync(): NodeDirent | null {
    this.#checkIdle();
    if (!this.#isSync) {
      // A store may give its entries to one who waits: those that have been read already are passed over.
      this.#entries = (this.#faces.now.opendir(this.#path) as Iterable<Dirent>)[Symbol.iterator]();
      this.#isSync = true;
      this.#first = undefined;
      for (let passed = 0; passed < this.#read; passed++) this.#entries.next();
    }
    return this.#shaped(this.#advance() as IteratorResult<Dirent>);
  }

  #advance(): Awaitable<IteratorResult<Dirent>> {
    const first = this.#first;
    this.#first = undefined;
    return first ?? (this.#entries.next() as Awaitable<IteratorResult<Dirent>>);
  }

  #shaped(step: IteratorResult<Dirent>): NodeDirent | null {
    if (step.done === true) return null;
    this.#read++;
    return toDirent(step.value.name, step.value.type, this.#path, this.#encoding);
  }

  close(): Promise<void>;
  close(callback: (error?: unknown) => void): void;
  close(callback?: (error?: unknown) => void): Promise<void> | undefined {
    const done = this.#close();
    if (callback === undefined) return done;
    answer(done, toFunction(callback, "callback"));
    return undefined;
  }

  async #close(): Promise<void> {
    if (this.#closed) throw closedError();
    this.#closed = true;
    await this.#turn;
    await this.#entries.return?.();
  }

  closeSync(): void {
    this.#checkIdle();
    this.#closed = true;
    const done: unknown = this.#entries.return?.();
    if (isPromiseLike(done)) done.then(undefined, () => undefined);
  }

  #checkIdle(): void {
    if (this.#closed) throw closedError();
    if (this.#underWay > 0)
      throw codedError(
        "ERR_DIR_CONCURRENT_OPERATION",
        "Cannot do synchronous work on directory handle with concurrent asynchronous operations",
      );
  }

  async *entries(): AsyncGenerator<NodeDirent, void> {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
    } finally {
      await this.close();
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<NodeDirent, void> {
    return this.entries();
  }
  [Symbol.dispose](): void {
    if (!this.#closed) this.closeSync();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.#close();
  }
}

function closedError(): Error {
  return codedError("ERR_DIR_CLOSED", "Directory handle was closed");
}

function answer<T>(promise: Promise<T>, callback: (error: unknown, value?: T) => void): void {
  promise.then(
    (value) => process.nextTick(callback, null, value),
    (error: unknown) => process.nextTick(callback, error),
  );
}

/** Opens a directory: reads the first page of it, so that what is none fails here. */
export function opendir(side: Side, path: unknown, options: unknown): Awaitable<Dir> {
  const directory = toPath(path);
  const { encoding, bufferSize } = toOptions(options);
  if (bufferSize !== undefined) toInteger(bufferSize, "options.bufferSize", 1, 4294967295);
  const { verbs, files, sync } = side;
  let entries: Next | undefined;
  const start = (): Awaitable<IteratorResult<Dirent>> => {
    const all = verbs.opendir(directory);
    entries = Symbol.asyncIterator in all ? all[Symbol.asyncIterator]() : all[Symbol.iterator]();
    return entries.next();
  };
  return ask(
    start,
    (first) => new Dir(directory, encoding, files.faces, entries as Next, sync, first),
    "opendir",
    sync ? undefined : directory,
  );
}
