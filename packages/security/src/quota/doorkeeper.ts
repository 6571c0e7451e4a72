import {
  chain,
  isPromiseLike,
  mutates,
  run,
  unsupported,
  type AnyCall,
  type Awaitable,
  type Call,
  type Operations,
  type VPath,
} from "@vfs/core";
import type { Books } from "./books.ts";
import { careful } from "./careful.ts";
import { afterwards, attributeBytes, statAt } from "./looks.ts";
import { writeStream } from "./metered.ts";
import { byteLength } from "./names.ts";
import type { Amount } from "./places.ts";
import { statfsWithin, usageWithin } from "./room.ts";

/** Lets calls pass that stay within the limits. Most are let through by what they come to at the most. */
export class Doorkeeper {
  readonly #books: Books;

  constructor(books: Books) {
    this.#books = books;
  }

  handle(call: AnyCall): Awaitable<unknown> {
    const { next } = this.#books;
    switch (call.op) {
      case "write": {
        const { data, meta, contentType } = call.args;
        if (meta !== undefined || contentType !== undefined) this.#checkAttributes(call, meta, contentType);
        const { maxFileBytes } = this.#books.limits;
        if (data.length > maxFileBytes)
          this.#books.refuse(call, { rule: "maxFileBytes", limit: maxFileBytes, wanted: data.length });
        return this.#named(call, call.path, data.length, 1, data.length);
      }
      case "writeStream":
        this.#checkAttributes(call, call.args.meta, call.args.contentType);
        return this.#ifNamed(call, call.path, () => run(writeStream(this.#books, call)));
      case "append":
        return this.#named(call, call.path, call.args.data.length, 1, undefined);
      case "truncate":
        return this.#grow(call, call.args.size, 0, call.args.size);
      case "mkdir":
      case "symlink":
        return this.#named(call, call.path, 0, 1, 0);
      case "open":
        return call.args.flags.create ? this.#named(call, call.path, 0, 1, 0) : this.#shrink(call);
      case "copy":
        return this.#ifNamed(call, call.to ?? call.path, () => this.#copy(call));
      case "rename":
        return this.#ifNamed(call, call.to ?? call.path, () => this.#rename(call));
      case "link":
        return this.#ifNamed(call, call.to ?? call.path, () =>
          this.#books.limits.maxFiles === Infinity && !this.#makesWay(call)
            ? next(call)
            : this.#careful(call),
        );
      case "remove":
      case "file.close":
        return this.#shrink(call);
      case "file.write": {
        const { data, position } = call.args;
        if (data.length === 0) return next(call);
        const end = position === "end" ? undefined : position + data.length;
        return this.#grow(call, end ?? data.length, 0, end);
      }
      case "file.truncate":
        return this.#grow(call, call.args.size, 0, call.args.size);
      case "setStat":
      case "file.setStat":
        this.#checkAttributes(call, call.args.changes.meta, call.args.changes.contentType);
        return next(call);
      case "usage":
        return usageWithin(this.#books, call);
      case "statfs":
        return statfsWithin(this.#books, call);
      case "mount":
      case "unmount":
        return this.#changeMounts(call);
      default:
        return this.#unknown(call);
    }
  }

  /** What core can do by now and this does not know. */
  #unknown(call: Call): Awaitable<unknown> {
    if (!mutates(call)) return this.#books.next(call);
    throw unsupported(`a quota does not know what ${call.op} comes to`);
  }

  /** Nothing that waits here may find its mount gone. What waits below is known to core. */
  #changeMounts(call: Call): Awaitable<unknown> {
    const { gate, next, places } = this.#books;
    return chain(gate.enter(true, call.ctx.sync), (leave) => {
      try {
        return next(call);
      } finally {
        places.changed();
        leave();
      }
    });
  }

  #careful(call: AnyCall): Awaitable<unknown> {
    return run(careful(this.#books, kept(call)));
  }

  /** A call that makes nothing more. */
  #shrink(call: AnyCall): Awaitable<unknown> {
    const { budget, next } = this.#books;
    return !budget.counts || this.#isTold(call) ? next(call as Call) : this.#careful(call);
  }

  #isTold(call: AnyCall): boolean {
    const { places } = this.#books;
    return places.single?.told ?? this.#books.placeOf(call).told;
  }

  /** Whether all that is needed is told when it is asked for. */
  #canAsk(call: AnyCall): boolean {
    const { places } = this.#books;
    return places.single !== undefined || (this.#isTold(call) && places.ready);
  }

  /** A call that may put something at a path. */
  #named(
    call: AnyCall,
    path: VPath,
    bytes: number,
    files: number,
    fileBytes: number | undefined,
  ): Awaitable<unknown> {
    if (this.#books.names.problem(path) === undefined) return this.#grow(call, bytes, files, fileBytes);
    const own = kept(call);
    return this.#ifNamed(own, path, () => this.#grow(own, bytes, files, fileBytes));
  }

  /** What is there already may stay, whatever it is called. */
  #ifNamed(call: AnyCall, path: VPath, go: () => Awaitable<unknown>): Awaitable<unknown> {
    const problem = this.#books.names.problem(path);
    if (problem === undefined) return go();
    return chain(statAt(call, this.#books.next, path, false), (found) =>
      found === undefined ? this.#books.refuse(call, problem) : go(),
    );
  }

  /**
   * A call that comes to so much at the most.
   *
   * @param fileBytes How large the file is then at the most; undefined when that depends on what is there.
   */
  #grow(call: AnyCall, bytes: number, files: number, fileBytes: number | undefined): Awaitable<unknown> {
    const { budget, limits, gate, places, next } = this.#books;
    const { maxFileBytes } = limits;
    if (fileBytes !== undefined && fileBytes > maxFileBytes) return this.#careful(call);
    if (!budget.counts && (fileBytes !== undefined || maxFileBytes === Infinity)) return next(call as Call);
    const { single } = places;
    if (single !== undefined && call.ctx.sync && !gate.closed) {
      // It is done before anybody else comes: nothing has to be promised.
      const usage = next(single.usageCallSync) as Amount;
      return this.#fits(usage, bytes, files, fileBytes) ? next(call as Call) : this.#careful(call);
    }
    if (gate.closed || !this.#canAsk(call)) return this.#careful(call);
    const more = places.single === undefined ? files + places.waysAbove(call.path).length : files;
    const asked = budget.asked(call.ctx.sync);
    if (isPromiseLike(asked)) return this.#growLate(call, bytes, more, fileBytes, asked);
    return this.#fits(asked, bytes, more, fileBytes) ? this.#forward(call, bytes, more) : this.#careful(call);
  }

  /** The same, where the answer must be waited for. */
  #growLate(
    call: AnyCall,
    bytes: number,
    files: number,
    fileBytes: number | undefined,
    asked: PromiseLike<Amount>,
  ): Awaitable<unknown> {
    const { gate } = this.#books;
    const own = kept(call);
    gate.begin();
    return chain<Amount, unknown>(
      asked,
      (usage) => {
        // In one step: between the answer and the promise nobody may come.
        try {
          if (this.#fits(usage, bytes, files, fileBytes)) return this.#forward(own, bytes, files);
        } finally {
          gate.end();
        }
        return run(careful(this.#books, own));
      },
      (reason) => {
        gate.end();
        throw reason;
      },
    );
  }

  #fits(usage: Amount, bytes: number, files: number, fileBytes: number | undefined): boolean {
    const { budget, limits } = this.#books;
    return (
      budget.fits(usage, bytes, files) &&
      // No file has more than there is in all.
      (fileBytes !== undefined || usage.bytes + budget.bytes + bytes <= limits.maxFileBytes)
    );
  }

  #forward(call: AnyCall, bytes: number, files: number): Awaitable<unknown> {
    const { budget, gate, next } = this.#books;
    budget.promise(bytes, files);
    gate.begin();
    let result: Awaitable<unknown>;
    try {
      result = next(call as Call) as Awaitable<unknown>;
    } catch (reason) {
      this.#done(bytes, files);
      throw reason;
    }
    if (isPromiseLike(result)) {
      const answer = result;
      return afterwards(
        () => answer,
        () => this.#done(bytes, files),
      );
    }
    this.#done(bytes, files);
    return result;
  }

  #done(bytes: number, files: number): void {
    this.#books.budget.redeem(bytes, files);
    this.#books.gate.end();
  }

  #copy(call: Call<"copy">): Awaitable<unknown> {
    const { budget, limits, next, places } = this.#books;
    if (!budget.counts && limits.maxFileBytes === Infinity && call.args.recursive !== true) return next(call);
    const { single } = places;
    if (call.args.recursive === true || single === undefined || !single.caps.sync) return this.#careful(call);
    const source = statAt(call, next, call.path, true);
    // Nobody comes between a look and the copy that is made at once.
    if (isPromiseLike(source) || source?.type !== "file") return chain(source, () => this.#careful(call));
    return this.#grow(call, source.size, 1, source.size);
  }

  #rename(call: Call<"rename">): Awaitable<unknown> {
    const { budget, names, next } = this.#books;
    const free = !names.limitTrees && (!budget.counts || (this.#isTold(call) && !this.#makesWay(call)));
    return free ? next(call) : this.#careful(call);
  }

  /** Whether directories may have to be made for a new name, because so far only mounts call for them. */
  #makesWay({ path, to = path }: Call): boolean {
    const { budget, places } = this.#books;
    return budget.counts && places.single === undefined && places.waysAbove(to).length > 0;
  }

  #checkAttributes(
    call: AnyCall,
    meta: Operations["setStat"]["args"]["changes"]["meta"],
    contentType: string | null | undefined,
  ): void {
    const { maxFileBytes } = this.#books.limits;
    if (maxFileBytes === Infinity || (meta === undefined && (contentType ?? undefined) === undefined)) return;
    const wanted = attributeBytes(meta, contentType, byteLength);
    if (wanted > maxFileBytes)
      this.#books.refuse(call, { rule: "maxFileBytes", limit: maxFileBytes, wanted });
  }
}

/** A call that may have to wait before it is sent on: meanwhile its caller may use the bytes again. */
function kept<T extends AnyCall>(call: T): T;
function kept(call: AnyCall): AnyCall {
  if (call.ctx.sync) return call;
  switch (call.op) {
    case "write":
      return call.args.owned === true
        ? call
        : call.with({ args: { ...call.args, data: new Uint8Array(call.args.data), owned: true } });
    case "append":
      return call.with({ args: { ...call.args, data: new Uint8Array(call.args.data) } });
    case "file.write":
      return call.with({ args: { ...call.args, data: new Uint8Array(call.args.data) } });
    default:
      return call;
  }
}
