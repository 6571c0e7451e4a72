import {
  isLinkMet,
  isPromiseLike,
  run,
  wait,
  type Awaitable,
  type Bytes,
  type ByteSource,
  type Call,
  type Flow,
  type Stat,
} from "@vfs/core";
import { apart } from "./apart.ts";
import type { Books } from "./books.ts";
import { impliedAbove } from "./careful.ts";
import { HOPELESS, look, type Seen } from "./looks.ts";
import type { Place } from "./places.ts";
import { contentBytes } from "./survey.ts";

type StreamCall = Call<"writeStream">;

/** Writes a stream, and ends it at the byte that is too many: what was there stays. */
export function* writeStream(books: Books, call: StreamCall): Flow<Stat> {
  const { sync } = call.ctx;
  const place = books.placeOf(call);
  if (books.budget.counts && !books.places.ready) {
    const leave = yield* wait(books.gate.enter(true, sync));
    try {
      yield* wait(books.places.read(sync));
    } finally {
      leave();
    }
  }
  const seen = yield* look(call, books.next);
  if (seen === HOPELESS || (seen.at !== undefined && seen.at.type !== "file"))
    return yield* wait(books.next(call));
  const meter = new Meter(books, call, place, seen);
  try {
    yield* meter.lookAbove();
    // Nobody else can write there until the stream is done, whatever is done here.
    if (place.locksStreams) yield* meter.hold(false);
    yield* meter.grow(call.args.size ?? 0);
    const source = meter.wrap(call.args.source);
    let stat: Stat;
    try {
      stat = yield* wait(books.next(call.with({ args: { ...call.args, source } })));
    } catch (reason) {
      if (!isLinkMet(reason) && meter.committing) yield* books.counted.recount(call, place, meter.seen);
      throw reason;
    }
    // A store that did not read to the end has replaced what nobody kept in place.
    if (!meter.committing) place.measured = false;
    else if (books.budget.counts) yield* books.counted.settle(call, place, meter.seen, stat);
    return stat;
  } finally {
    meter.end();
  }
}

/** Counts what a stream brings, against what there is room for. */
class Meter {
  readonly #books: Books;
  readonly #call: StreamCall;
  readonly #place: Place;
  /** What is there, as it was looked at last. */
  seen: Seen;
  /** The source has ended: what was there is being replaced. */
  committing = false;
  #total = 0;
  #bytes = 0;
  #files = 0;
  /** Directories that are made along with the file. */
  #implied = 0;
  #leave: (() => void)[] = [];

  constructor(books: Books, call: StreamCall, place: Place, seen: Seen) {
    this.#books = books;
    this.#call = call;
    this.#place = place;
    this.seen = seen;
  }

  wrap(source: ByteSource): ByteSource {
    if (this.#call.ctx.sync && Symbol.iterator in source)
      return { [Symbol.iterator]: () => this.#passNow(source) };
    return { [Symbol.asyncIterator]: () => this.#pass(source) };
  }

  /**
   * Makes sure that there is room for so many bytes in all.
   *
   * @throws VfsError `EDQUOT`.
   */
  *grow(total: number): Flow<void> {
    const { limits, budget, gate } = this.#books;
    if (total > limits.maxFileBytes)
      this.#books.refuse(this.#call, { rule: "maxFileBytes", limit: limits.maxFileBytes, wanted: total });
    if (!budget.counts || (yield* this.#take(total, false))) return;
    if (this.#leave.length === 0) {
      const leave = yield* wait(gate.enter(true, this.#call.ctx.sync));
      try {
        yield* this.#lookAgain();
        yield* this.#take(total, true);
      } finally {
        leave();
      }
    } else yield* this.#take(total, true);
  }

  /** Looks what has to be made along with the file. */
  *lookAbove(): Flow<void> {
    if (this.seen.at === undefined) this.#implied = yield* impliedAbove(this.#books, this.#call);
  }

  /** Keeps others away from what is there, and looks at it anew. */
  *hold(alone: boolean): Flow<void> {
    const { gate } = this.#books;
    const { sync } = this.#call.ctx;
    this.#leave.push(yield* wait(gate.enter(alone, sync)));
    if (alone) return yield* this.#lookAgain();
    if (this.#place.told) return;
    const { seen, release } = yield* apart(this.#books, this.#call, this.#place);
    this.#leave.push(release);
    if (seen !== HOPELESS) this.seen = seen;
  }

  /** Gives back what was promised. */
  end(): void {
    // Who has made them is not known: others may have been there first.
    if (this.#implied > 0 && !this.#place.told) this.#place.measured = false;
    this.#books.budget.redeem(this.#bytes, this.#files);
    this.#bytes = this.#files = 0;
    this.#letGo();
  }

  #letGo(): void {
    for (const leave of this.#leave.toReversed()) leave();
    this.#leave = [];
  }

  /** The source has ended: from here on nobody may take away what is replaced, for its bytes are counted on. */
  *#finish(): Flow<void> {
    this.committing = true;
    const { budget, places } = this.#books;
    if (!budget.counts || this.#leave.length > 0) return;
    const safe = this.#place.told ? yield* this.#takeAll() : !places.mixed;
    yield* this.hold(!safe);
    if (!places.ready && safe) {
      // It is measured while nothing is under way.
      this.#letGo();
      yield* this.hold(true);
    }
    yield* this.grow(this.#total);
  }

  /** Takes what more is needed. Answers whether there was as much, or fails when that is sure. */
  *#take(total: number, sure: boolean): Flow<boolean> {
    const { budget } = this.#books;
    const { at } = this.seen;
    const bytes =
      Math.max(0, total - (at === undefined || this.#staysOpen(at) ? 0 : contentBytes(at))) - this.#bytes;
    const files = (at === undefined ? 1 + this.#implied : 0) - this.#files;
    if (bytes <= 0 && files <= 0) return true;
    if (!sure && !this.#books.places.ready) return false;
    const most = yield* budget.most(this.#call.ctx.sync);
    const excess = budget.excess(most, Math.max(0, bytes), Math.max(0, files));
    if (excess !== undefined) return sure ? this.#books.refuse(this.#call, excess) : false;
    budget.promise(Math.max(0, bytes), Math.max(0, files));
    this.#bytes += Math.max(0, bytes);
    this.#files += Math.max(0, files);
    return true;
  }

  /** Takes room for all of it beside what is replaced, where there is as much: then it does not matter what becomes of that. */
  *#takeAll(): Flow<boolean> {
    const { budget } = this.#books;
    const bytes = this.#total - this.#bytes;
    const files = 1 + this.#implied - this.#files;
    const most = yield* budget.most(this.#call.ctx.sync);
    if (budget.excess(most, bytes, files) !== undefined) return false;
    budget.promise(bytes, files);
    this.#bytes += bytes;
    this.#files += files;
    return true;
  }

  /** Whether what is replaced stays with those who have it open. */
  #staysOpen(at: Stat): boolean {
    const { told, caps } = this.#place;
    if (told || caps.keeps === "inode") return false;
    return this.#books.opens.find(this.#place, at, this.#call.path) !== undefined;
  }

  *#lookAgain(): Flow<void> {
    const seen = yield* look(this.#call, this.#books.next);
    if (seen !== HOPELESS) this.seen = seen;
  }

  async *#pass(source: ByteSource): AsyncGenerator<Bytes, void, undefined> {
    for await (const chunk of source) {
      this.#total += chunk.length;
      await this.#now(this.grow(this.#total));
      yield chunk;
    }
    await this.#now(this.#finish());
  }

  *#passNow(source: Iterable<Bytes>): Generator<Bytes, void, undefined> {
    for (const chunk of source) {
      this.#total += chunk.length;
      this.#now(this.grow(this.#total));
      yield chunk;
    }
    this.#now(this.#finish());
  }

  #now(flow: Flow<void>): Awaitable<void> {
    const done = run(flow);
    if (this.#call.ctx.sync && isPromiseLike(done))
      throw new Error("a synchronous store had to be waited for");
    return done;
  }
}
