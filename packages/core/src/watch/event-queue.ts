import { VfsError } from "../error.ts";
import type { WatchEvent } from "../options.ts";

/** What to do when events come faster than they are taken. */
export type Overflow = "event" | "throw" | "ignore";

interface Waiting {
  readonly resolve: (step: IteratorResult<WatchEvent, undefined>) => void;
  readonly reject: (reason: unknown) => void;
}

/** Events on their way to a reader, a bounded number of them. */
export class EventQueue {
  readonly #limit: number;
  readonly #overflow: Overflow;
  readonly #lost: WatchEvent;
  #events: WatchEvent[] = [];
  /** Paths of which a `changed` waits, and nothing that came after it made that another file. */
  readonly #changed = new Set<string>();
  #waiting: Waiting[] = [];
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;

  /** @param lost What tells that events were lost. */
  constructor(limit: number, overflow: Overflow, lost: WatchEvent) {
    this.#limit = limit;
    this.#overflow = overflow;
    this.#lost = lost;
  }

  push(event: WatchEvent): void {
    if (this.#ended || this.#isKnown(event)) return;
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader.resolve({ value: event, done: false });
    if (this.#events.length < this.#limit) this.#keep(event);
    else this.#overflown();
  }

  /** Tells the reader that something happened which nobody can name any more. */
  lost(): void {
    if (this.#overflow === "throw") return this.failNow(overflown(this.#limit));
    if (this.#overflow === "ignore" || this.#events[0] === this.#lost) return;
    this.#forget();
    this.push(this.#lost);
  }

  /** After what waits already, the reader hears that this was all. */
  end(): void {
    this.#ended = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  /** The reader hears this after what waits already, and nothing more. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    const reader = this.#waiting.shift();
    if (reader === undefined) this.#failure = { reason };
    else reader.reject(reason);
    this.end();
  }

  /** The reader hears this next, and nothing more. */
  failNow(reason: unknown): void {
    if (!this.#ended) this.#forget();
    this.fail(reason);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#forget();
    this.#failure = undefined;
  }

  async next(): Promise<IteratorResult<WatchEvent, undefined>> {
    const event = this.#events.shift();
    if (event !== undefined) {
      this.#changed.delete(event.path);
      return { value: event, done: false };
    }
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      throw failure.reason;
    }
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Whether the reader will come to look there anyway. */
  #isKnown({ kind, path }: WatchEvent): boolean {
    return kind === "changed" && this.#changed.has(path);
  }

  #keep(event: WatchEvent): void {
    if (event.kind === "changed") this.#changed.add(event.path);
    else this.#changed.clear();
    this.#events.push(event);
  }

  #overflown(): void {
    if (this.#overflow !== "ignore") this.lost();
  }

  #forget(): void {
    this.#events = [];
    this.#changed.clear();
  }
}

function overflown(limit: number): VfsError {
  return new VfsError("ENOMEM", {
    syscall: "watch",
    hint: `more than maxQueue (${limit}) events waited and were lost: take them faster, raise maxQueue, or use overflow: "event" and look anew`,
  });
}
