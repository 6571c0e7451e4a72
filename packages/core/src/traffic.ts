import { Ballast, Pause } from "./garbage.ts";
import type { Bytes } from "./bytes.ts";
import type { Context } from "./context.ts";
import { VfsError } from "./error.ts";
import type { ByteSource } from "./provider.ts";

/** What is under way in a mount, which must not lose its provider before that is done. */
export class Traffic {
  #calls = 0;
  #closed = false;
  readonly #works = new Set<Work>();
  #waiting: (() => void)[] = [];

  /** How many streams are read, and how many copies and moves are under way. */
  get works(): number {
    return this.#works.size;
  }

  /** Whether no call waits for its answer. */
  get quiet(): boolean {
    return this.#calls === 0;
  }

  /** Counts a call that has to be waited for until it is answered. */
  call<T>(result: PromiseLike<T>): PromiseLike<T> {
    this.#calls++;
    const ended = (): void => {
      if (--this.#calls > 0) return;
      for (const go of this.#waiting.splice(0)) go();
    };
    result.then(ended, ended);
    return result;
  }

  /** Counts a stream from its first chunk to its end. */
  stream(source: ByteSource, { sync }: Context): ByteSource {
    if (sync && Symbol.iterator in source)
      return { [Symbol.iterator]: () => this.#passNow(source[Symbol.iterator]()) };
    const begin = (): AsyncIterator<Bytes> | Iterator<Bytes> =>
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    return { [Symbol.asyncIterator]: () => this.#pass(begin()) };
  }

  /**
   * Counts work that takes many calls, until it is ended.
   *
   * @throws VfsError `EBADF` when the mount is taken away.
   */
  begin(stop: () => unknown = nothing): Work {
    if (this.#closed) throw takenAway();
    const work = new Work(this.#works, stop);
    this.#works.add(work);
    return work;
  }

  /** Begins no more works. */
  close(): void {
    this.#closed = true;
  }

  /** Ends every stream, and lets all other work fail at its next step. */
  async cut(): Promise<void> {
    await Promise.all(Array.from(this.#works, (work) => work.cut()));
  }

  /** Returns when no call waits for its answer any more. */
  async drained(): Promise<void> {
    while (this.#calls > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async *#pass(chunks: AsyncIterator<Bytes> | Iterator<Bytes>): AsyncGenerator<Bytes, void, undefined> {
    const work = this.begin(() => chunks.return?.());
    const pause = new Pause();
    try {
      for (let step = await chunks.next(); !step.done; step = await chunks.next()) {
        yield step.value;
        work.check();
        await pause.after(step.value);
      }
      work.check();
    } finally {
      work.end();
      await chunks.return?.();
    }
  }

  *#passNow(chunks: Iterator<Bytes>): Generator<Bytes, void, undefined> {
    const work = this.begin(() => chunks.return?.());
    const ballast = new Ballast();
    try {
      for (let step = chunks.next(); !step.done; step = chunks.next()) {
        ballast.goWith(step.value);
        yield step.value;
        work.check();
      }
    } finally {
      work.end();
      chunks.return?.();
    }
  }
}

/** Something that takes more than one call. */
export class Work {
  #cut = false;
  readonly #all: Set<Work>;
  readonly #stop: () => unknown;

  constructor(all: Set<Work>, stop: () => unknown) {
    this.#all = all;
    this.#stop = stop;
  }

  /**
   * To be called between two steps.
   *
   * @throws VfsError `EBADF` when the mount was taken away by force.
   */
  check(): void {
    if (this.#cut) throw takenAway();
  }

  end(): void {
    this.#all.delete(this);
  }

  async cut(): Promise<void> {
    this.#cut = true;
    await this.#stop();
  }
}

function takenAway(): VfsError {
  return new VfsError("EBADF", { hint: "its mount was taken away" });
}

function nothing(): void {}
