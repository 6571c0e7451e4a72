import { concatBytes, NO_BYTES, type Bytes } from "../bytes.ts";
import type { Context } from "../context.ts";
import { VfsError } from "../error.ts";
import { wait, type Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { Stat, StatChanges } from "../stat.ts";
import type { Store } from "../store.ts";
import { Turns } from "../turns.ts";
import { attributesToRepeat } from "./attributes.ts";
import { Patches } from "./patches.ts";
import { append as appendTo, resized } from "./rewrite.ts";
import { statOrNothing, writeTo } from "./store-calls.ts";

/** A larger file is not brought here to be changed, where the store can be given the pieces that are new. */
const WHOLE_BYTES = 8 << 20;

/**
 * A file that is open in a store without open files. All handles on it share one of these, so that they see each
 * other's writes; it reads ranges of one version, keeps what is written, and writes it back on `sync` and on `close`,
 * over that very version and no other: as a whole, or the pieces of a large file where the store takes them. What is
 * only appended goes to the end, wherever that is by then.
 */
export class EmulatedNode {
  /** One thing at a time: what reads and writes the node. Whoever holds a path's lock too took that first. */
  readonly turns: Turns = new Turns();
  readonly #store: Store;
  #path: VPath;
  /** The version that ranges are read from, and that is written over. */
  #base: Stat;
  /** The whole content, once something but an append was written. */
  #content: Bytes | undefined;
  /** Instead of the content: what was written into a large file. */
  #patches: Patches | undefined;
  /** Without what is appended and not in the store yet. */
  #size: number;
  #changed = false;
  /** When something was last written that is not in the store yet. */
  #writtenMs: number | undefined;
  /** Who wrote it: on whose behalf it is written back. */
  #writer: Context | undefined;
  #tail: Uint8Array[] = [];
  #removed = false;
  #handles = 0;

  constructor(store: Store, path: VPath, base: Stat) {
    this.#store = store;
    this.#path = path;
    this.#base = base;
    this.#size = base.size;
    store.emulated.set(path, this);
  }

  get path(): VPath {
    return this.#path;
  }

  /** Whether something was written that is not in the store yet. */
  get dirty(): boolean {
    return !this.#removed && (this.#changed || this.#tail.length > 0);
  }

  opened(): void {
    this.#handles++;
  }

  /** Returns whether that was the last handle. */
  released(): boolean {
    return --this.#handles === 0;
  }

  /** Forgets the node: its last handle is closed. */
  forget(): void {
    if (this.#store.emulated.get(this.#path) === this) this.#store.emulated.delete(this.#path);
  }

  /** Follows a rename. */
  moveTo(path: VPath): void {
    this.forget();
    this.#path = path;
    this.#store.emulated.set(path, this);
  }

  *read(into: Uint8Array, position: number, ctx: Context): Flow<number> {
    const whole = this.#whole();
    if (whole !== undefined) return copyRange(whole, into, position);
    if (this.#patches !== undefined) return yield* this.#readPatched(this.#patches, into, position, ctx);
    const stored = Math.max(0, Math.min(into.length, this.#size - position));
    if (stored > 0) {
      const range = { offset: position, length: stored, ...this.#pin() };
      const found = yield* wait(this.#provider.read(this.#path, range, ctx));
      into.set(found);
      if (found.length < stored) return found.length;
    }
    if (stored === into.length || this.#tail.length === 0) return stored;
    const tail = joined(this.#tail);
    return stored + copyRange(tail, into.subarray(stored), Math.max(0, position - this.#size));
  }

  *write(data: Uint8Array, position: number | "end", ctx: Context): Flow<void> {
    if (data.length === 0) return;
    this.#wrote(ctx);
    if (position === "end" && this.#content === undefined && this.#patches === undefined) {
      this.#tail.push(data.slice());
      return;
    }
    yield* this.#prepare(ctx);
    const start = position === "end" ? this.#size : position;
    if (this.#patches === undefined) {
      this.#reserve(start + data.length);
      this.#content?.set(data, start);
    } else this.#patches.write(start, data);
    this.#size = Math.max(this.#size, start + data.length);
    this.#changed = true;
  }

  *truncate(size: number, ctx: Context): Flow<void> {
    this.#wrote(ctx);
    if (size > 0) yield* this.#prepare(ctx);
    else this.#patches = undefined;
    if (this.#patches === undefined)
      this.#content = size > 0 ? resized(this.#whole() ?? NO_BYTES, size) : new Uint8Array(0);
    else this.#patches.resize(size);
    this.#tail = [];
    this.#size = size;
    this.#changed = true;
  }

  /** The version that was opened, with what was written since; asks nobody. */
  stat(): Stat {
    const { nlink } = this.#base;
    const size = this.#tail.reduce((sum, part) => sum + part.length, this.#size);
    const written = this.#writtenMs === undefined ? {} : { size, mtimeMs: this.#writtenMs, etag: undefined };
    return { ...this.#base, ...written, nlink: this.#removed ? 0 : nlink };
  }

  *setStat(changes: StatChanges, ctx: Context): Flow<void> {
    if (this.#removed) return;
    yield* this.flush(ctx);
    yield* wait(this.#provider.setStat?.(this.#path, changes, {}, ctx));
    yield* this.refresh(ctx);
  }

  /** Writes back what has not been written yet. The caller holds the path's lock and the node's turn. */
  *flush(ctx: Context): Flow<void> {
    if (!this.dirty) return;
    // On behalf of who wrote it, whoever it is that makes it come to that; and whatever they have stopped waiting for.
    const writer: Context = { ...(this.#writer ?? ctx), sync: ctx.sync, signal: undefined };
    if (this.#changed) yield* this.#flushContent(writer);
    else yield* this.#flushTail(writer);
    this.#writtenMs = undefined;
  }

  /** Takes up what somebody has written to the path, other than through a handle. */
  *refresh(ctx: Context): Flow<void> {
    if (this.dirty) return;
    const stat = yield* wait(statOrNothing(this.#provider, this.#path, ctx, true));
    if (stat === undefined) return;
    this.#base = stat;
    this.#size = stat.size;
    this.#content = undefined;
    this.#patches = undefined;
  }

  /** Loads the content for the handles, before the name goes away. */
  *keep(ctx: Context): Flow<void> {
    yield* this.flush(ctx);
    yield* this.#load(ctx);
  }

  /** The name is gone: what the handles read and write from here on is nobody else's. */
  detach(): void {
    this.forget();
    this.#removed = true;
  }

  get #provider(): Store["provider"] {
    return this.#store.provider;
  }

  #pin(): { ifMatch?: string | undefined } {
    return this.#provider.caps.ifMatch ? { ifMatch: this.#base.etag } : {};
  }

  #wrote(ctx: Context): void {
    this.#writtenMs = Date.now();
    this.#writer = ctx;
  }

  /** The content, if it is here. */
  #whole(): Bytes | undefined {
    return this.#content?.subarray(0, this.#size);
  }

  /** Makes ready for a change that is no append: with the content here, or with what is to be patched. */
  *#prepare(ctx: Context): Flow<void> {
    if (this.#content !== undefined || this.#patches !== undefined) return;
    const { caps } = this.#provider;
    if (!caps.patch || this.#base.etag === undefined || this.#size <= WHOLE_BYTES)
      return yield* this.#load(ctx);
    this.#patches = new Patches(this.#size);
    for (const part of this.#tail) this.#patches.write(this.#patches.size, part);
    this.#size = this.#patches.size;
    this.#tail = [];
  }

  *#readPatched(patches: Patches, into: Uint8Array, position: number, ctx: Context): Flow<number> {
    const part = into.subarray(0, Math.max(0, patches.size - position));
    if (part.length > 0 && !patches.covers(position, position + part.length)) {
      const length = Math.max(0, Math.min(part.length, patches.kept - position));
      const range = { offset: position, length, ...this.#pin() };
      const found = length === 0 ? NO_BYTES : yield* wait(this.#provider.read(this.#path, range, ctx));
      part.set(found);
      part.fill(0, found.length);
    }
    patches.overlay(part, position);
    return part.length;
  }

  /** Brings the whole content here, with what was appended. */
  *#load(ctx: Context): Flow<void> {
    if (this.#content === undefined) {
      const stored = yield* wait(this.#provider.read(this.#path, this.#pin(), ctx));
      this.#changed ||= this.#tail.length > 0;
      this.#content = this.#tail.length === 0 ? stored : joined([stored, ...this.#tail]);
      this.#tail = [];
      this.#size = this.#content.length;
    }
  }

  #reserve(size: number): void {
    const content = this.#content ?? NO_BYTES;
    if (size > content.length)
      this.#content = resized(content.subarray(0, this.#size), Math.max(size, content.length * 2));
    // What lies between the old end and the new one may hold bytes that a truncation left behind.
    else if (size > this.#size) content.fill(0, this.#size, size);
  }

  *#flushContent(ctx: Context): Flow<void> {
    const { etag: ifMatch = "" } = this.#base;
    if (this.#patches !== undefined && this.#provider.patch !== undefined) {
      const { pieces, kept, size } = this.#patches;
      this.#base = yield* wait(this.#provider.patch(this.#path, { pieces, kept, size, ifMatch }, ctx));
      this.#patches = undefined;
      this.#changed = false;
      return;
    }
    if (!this.#provider.caps.ifMatch) yield* this.#checkUnchanged(ctx);
    const options = { ...attributesToRepeat(this.#provider, this.#base), ...this.#pin() };
    this.#base = yield* wait(writeTo(this.#provider, this.#path, this.#whole() ?? NO_BYTES, options, ctx));
    this.#changed = false;
  }

  *#flushTail(ctx: Context): Flow<void> {
    const parts = this.#tail;
    this.#tail = [];
    try {
      const data = joined(parts);
      if (this.#provider.append === undefined) yield* appendTo(this.#store, this.#path, data, {}, ctx);
      else yield* wait(this.#provider.append(this.#path, data, {}, ctx));
    } catch (reason) {
      this.#tail = [...parts, ...this.#tail];
      throw reason;
    }
    yield* this.refresh(ctx);
  }

  /** The best that can be done where the store has no conditional write: within this program it is exact. */
  *#checkUnchanged(ctx: Context): Flow<void> {
    const now = yield* wait(statOrNothing(this.#provider, this.#path, ctx, true));
    const base = this.#base;
    if (now === undefined || now.etag !== base.etag || now.size !== base.size || now.mtimeMs !== base.mtimeMs)
      throw new VfsError("ESTALE", {
        reason: "precondition",
        hint: "somebody else wrote the file while it was open",
      });
  }
}

function joined(parts: readonly Uint8Array[]): Bytes {
  return concatBytes(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
}

function copyRange(from: Uint8Array, into: Uint8Array, position: number): number {
  const part = from.subarray(position, position + into.length);
  into.set(part);
  return part.length;
}
