import type { Bytes } from "../bytes.ts";
import type { Context } from "../context.ts";
import { VfsError } from "../error.ts";
import { wait, type Flow } from "../flow.ts";
import type { VPath } from "../path.ts";
import type { Stat, StatChanges } from "../stat.ts";
import type { Store } from "../store.ts";
import { append as appendTo, resized } from "./rewrite.ts";
import { attributesToRepeat, statOrNothing, writeTo } from "./store-calls.ts";

/**
 * A file that is open in a store without open files. All handles on it share one of these, so that they see each
 * other's writes; it reads ranges of one version, keeps what is written, and writes it back as a whole on `sync` and
 * on `close`, over that very version and no other. What is only appended goes to the end, wherever that is by then.
 */
export class EmulatedNode {
  readonly #store: Store;
  #path: VPath;
  /** The version that ranges are read from, and that is written over. */
  #base: Stat;
  /** The whole content, once something but an append was written. */
  #content: Bytes | undefined;
  #size: number;
  #dirty = false;
  /** When something was last written that is not in the store yet. */
  #writtenMs: number | undefined;
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

  opened(): void {
    this.#handles++;
  }

  /** Returns whether that was the last handle. */
  released(): boolean {
    return --this.#handles === 0;
  }

  get path(): VPath {
    return this.#path;
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
    if (this.#tail.length > 0) yield* this.#load(ctx);
    if (this.#content !== undefined) return copyRange(this.#content.subarray(0, this.#size), into, position);
    if (position >= this.#size || into.length === 0) return 0;
    const found = yield* wait(
      this.#provider.read(this.#path, { offset: position, length: into.length, ...this.#pin() }, ctx),
    );
    into.set(found);
    return found.length;
  }

  *write(data: Uint8Array, position: number | "end", ctx: Context): Flow<void> {
    this.#writtenMs = Date.now();
    if (position === "end" && this.#content === undefined) {
      this.#tail.push(data.slice());
      return;
    }
    yield* this.#load(ctx);
    const start = position === "end" ? this.#size : position;
    this.#reserve(start + data.length);
    this.#content?.set(data, start);
    this.#size = Math.max(this.#size, start + data.length);
    this.#dirty = true;
  }

  *truncate(size: number, ctx: Context): Flow<void> {
    this.#writtenMs = Date.now();
    if (size === 0) {
      this.#content = new Uint8Array(0);
      this.#tail = [];
    } else {
      yield* this.#load(ctx);
      const content = this.#content ?? new Uint8Array(0);
      this.#content = resized(content.subarray(0, this.#size), size);
    }
    this.#size = size;
    this.#dirty = true;
  }

  /** The version that was opened, with what was written since; asks nobody. */
  stat(): Stat {
    const { nlink } = this.#base;
    const size = this.#tail.reduce((sum, part) => sum + part.length, this.#size);
    const changed = this.#writtenMs === undefined ? {} : { size, mtimeMs: this.#writtenMs, etag: undefined };
    return { ...this.#base, ...changed, nlink: this.#removed ? 0 : nlink };
  }

  *setStat(changes: StatChanges, ctx: Context): Flow<void> {
    if (this.#removed) return;
    yield* this.flush(ctx);
    yield* wait(this.#provider.setStat?.(this.#path, changes, {}, ctx));
    yield* this.refresh(ctx);
  }

  /** Writes back what has not been written yet. The caller holds the path's lock. */
  *flush(ctx: Context): Flow<void> {
    if (this.#removed) return;
    if (this.#dirty) yield* this.#flushContent(ctx);
    else if (this.#tail.length > 0) yield* this.#flushTail(ctx);
  }

  /** Takes up what somebody has written to the path, other than through a handle. */
  *refresh(ctx: Context): Flow<void> {
    const stat = yield* wait(statOrNothing(this.#provider, this.#path, ctx, true));
    if (stat === undefined) return;
    this.#base = stat;
    this.#size = stat.size;
    this.#content = undefined;
    this.#writtenMs = undefined;
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

  *#load(ctx: Context): Flow<void> {
    if (this.#tail.length > 0 && !this.#removed) yield* this.#flushTail(ctx);
    if (this.#content !== undefined) return;
    this.#content = yield* wait(this.#provider.read(this.#path, this.#pin(), ctx));
    this.#size = this.#content.length;
  }

  #reserve(size: number): void {
    const content = this.#content ?? new Uint8Array(0);
    if (size > content.length)
      this.#content = resized(content.subarray(0, this.#size), Math.max(size, content.length * 2));
    // What lies between the old end and the new one may hold bytes that a truncation left behind.
    else if (size > this.#size) content.fill(0, this.#size, size);
  }

  *#flushContent(ctx: Context): Flow<void> {
    const { caps } = this.#provider;
    if (!caps.ifMatch) yield* this.#checkUnchanged(ctx);
    const data = (this.#content ?? new Uint8Array(0)).subarray(0, this.#size);
    const options = { ...attributesToRepeat(this.#provider, this.#base), ...this.#pin() };
    this.#base = yield* wait(writeTo(this.#provider, this.#path, data, options, ctx));
    this.#dirty = false;
    this.#writtenMs = undefined;
  }

  *#flushTail(ctx: Context): Flow<void> {
    const parts = this.#tail;
    const data = resized(
      parts[0] ?? new Uint8Array(0),
      parts.reduce((sum, part) => sum + part.length, 0),
    );
    let offset = 0;
    for (const part of parts) {
      data.set(part, offset);
      offset += part.length;
    }
    if (this.#provider.append === undefined) yield* appendTo(this.#store, this.#path, data, {}, ctx);
    else yield* wait(this.#provider.append(this.#path, data, {}, ctx));
    this.#tail = this.#tail.slice(parts.length);
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

function copyRange(from: Uint8Array, into: Uint8Array, position: number): number {
  const part = from.subarray(position, position + into.length);
  into.set(part);
  return part.length;
}
