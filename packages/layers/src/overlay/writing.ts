import {
  chain,
  nameOf,
  parentOf,
  timeOfChange,
  VfsError,
  wait,
  type AppendOptions,
  type Awaitable,
  type ByteSource,
  type Context,
  type Flow,
  type Stat,
  type StreamWriteOptions,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import { checkReplace, fileOnly } from "./conditions.ts";
import { copyUp } from "./copy-up.ts";
import type { Draft } from "./draft.ts";
import type { Inode } from "./inode.ts";
import { Lent } from "./lent.ts";
import type { Found, Union } from "./union.ts";

const NO_BYTES = new Uint8Array(0);

/** Creates files, and changes their content. */
export class Writing {
  readonly #union: Union;

  constructor(union: Union) {
    this.#union = union;
  }

  write(path: VPath, data: Uint8Array, options: WriteOptions, ctx: Context): Awaitable<Stat> {
    const lent = new Lent(data);
    const done = this.#union.change(ctx, (draft) => this.#write(path, lent, options, draft, ctx));
    const inode = options.owned === true ? done : lent.keptFor(done);
    return chain(inode, (written) => this.#union.stat(written, ctx));
  }

  *#write(path: VPath, data: Lent, options: WriteOptions, draft: Draft, ctx: Context): Flow<Inode> {
    const { contents, tree } = this.#union;
    const found = yield* this.#replaceable(path, options, ctx);
    draft.durable = options.durable === true;
    yield* this.#union.journal.prepare(ctx);
    const inode =
      found === undefined
        ? yield* this.#create(path, options.mode, draft, ctx)
        : yield* this.#union.adopt(path, found, draft, ctx);
    const before = found === undefined ? undefined : yield* this.#mtime(inode, ctx);
    const { content } = inode.state;
    const number = content ?? tree.next++;
    inode.contentChanged();
    const stat = yield* wait(contents.write(number, data.take(), options, ctx));
    inode.contentChanged();
    if (content === undefined) {
      draft.replaceContent(inode, number);
    } else {
      inode.known = stat;
      yield* this.#union.reopen(inode, ctx);
    }
    this.#finish(inode, stat, before, options, draft);
    return inode;
  }

  writeStream(path: VPath, source: ByteSource, options: StreamWriteOptions, ctx: Context): Awaitable<Stat> {
    const { contents, tree } = this.#union;
    // Looked at before the source is read as well, so that a hopeless call reads nothing. While it is read, which may take
    // hours, others go on.
    const number = chain(
      this.#union.change(ctx, () => this.#hopeful(path, options, ctx)),
      () => tree.next++,
    );
    const written = chain(number, (content) =>
      chain(contents.writeStream(content, source, options, ctx), (stat) =>
        this.#union.change(ctx, (draft) => this.#publish(path, content, stat, options, draft, ctx)),
      ),
    );
    return chain(written, (inode) => this.#union.stat(inode, ctx));
  }

  *#hopeful(path: VPath, options: StreamWriteOptions, ctx: Context): Flow<void> {
    yield* this.#union.journal.prepare(ctx);
    const found = yield* this.#replaceable(path, options, ctx);
    if (found !== undefined) return;
    const parent = yield* this.#union.need(parentOf(path), true, ctx);
    if (("inode" in parent ? parent.inode.state : parent.stat).type !== "directory")
      throw new VfsError("ENOTDIR");
  }

  *#publish(
    path: VPath,
    content: number,
    stat: Stat,
    options: StreamWriteOptions,
    draft: Draft,
    ctx: Context,
  ): Flow<Inode> {
    try {
      const found = yield* this.#replaceable(path, options, ctx);
      draft.durable = options.durable === true;
      const inode =
        found === undefined
          ? yield* this.#create(path, options.mode, draft, ctx)
          : yield* this.#union.adopt(path, found, draft, ctx);
      const before = found === undefined ? undefined : yield* this.#mtime(inode, ctx);
      draft.replaceContent(inode, content);
      inode.contentChanged();
      yield* this.#union.reopen(inode, ctx);
      this.#finish(inode, stat, before, options, draft);
      return inode;
    } catch (reason) {
      yield* this.#union.contents.remove(content, ctx);
      throw reason;
    }
  }

  append(path: VPath, data: Uint8Array, options: AppendOptions, ctx: Context): Awaitable<void> {
    const lent = new Lent(data);
    return lent.keptFor(
      this.#union.change(ctx, (draft) => this.#append(path, lent, data.length, options, draft, ctx)),
    );
  }

  *#append(
    path: VPath,
    data: Lent,
    length: number,
    options: AppendOptions,
    draft: Draft,
    ctx: Context,
  ): Flow<void> {
    const found = yield* this.#union.look(path, true, ctx);
    if (found === undefined) {
      yield* this.#write(path, data, options, draft, ctx);
      return;
    }
    fileOnly("inode" in found ? found.inode.state : found.stat);
    if (length === 0) return;
    const inode = yield* this.#inUpper(path, found, Infinity, draft, ctx);
    const { content = 0 } = inode.state;
    yield* wait(this.#union.contents.append(content, data.take(), options.durable, ctx));
    inode.contentChanged();
  }

  truncate(path: VPath, size: number, ctx: Context): Awaitable<void> {
    return this.#union.change(ctx, (draft) => this.#truncate(path, size, draft, ctx));
  }

  *#truncate(path: VPath, size: number, draft: Draft, ctx: Context): Flow<void> {
    const found = yield* this.#union.need(path, true, ctx);
    fileOnly("inode" in found ? found.inode.state : found.stat);
    yield* this.#cut(path, found, size, draft, ctx);
  }

  *#cut(path: VPath, found: NonNullable<Found>, size: number, draft: Draft, ctx: Context): Flow<void> {
    const { contents } = this.#union;
    const inode = yield* this.#inUpper(path, found, size, draft, ctx);
    const { content = 0 } = inode.state;
    // An open file is emptied also where the upper cannot cut one.
    if (size > 0 || contents.truncates) yield* wait(contents.truncate(content, size, ctx));
    else yield* wait(contents.write(content, NO_BYTES, { owned: true }, ctx));
    inode.contentChanged();
  }

  /** Takes all content away from a file that is opened. */
  *empty(path: VPath, found: NonNullable<Found>, draft: Draft, ctx: Context): Flow<void> {
    yield* this.#cut(path, found, 0, draft, ctx);
  }

  /** The inode of a file whose content is in the upper from now on, at least `length` bytes of it. */
  *#inUpper(path: VPath, found: NonNullable<Found>, length: number, draft: Draft, ctx: Context): Flow<Inode> {
    const inode = yield* this.#union.adopt(path, found, draft, ctx);
    if (inode.state.content === undefined) {
      yield* this.#union.journal.prepare(ctx);
      yield* copyUp(this.#union, inode, { length }, draft, ctx);
      yield* this.#union.publish(draft, ctx);
    }
    return inode;
  }

  /** A new file, without content yet. */
  *#create(path: VPath, mode = 0o644, draft: Draft, ctx: Context): Flow<Inode> {
    const parent = yield* this.#union.directory(parentOf(path), draft, ctx);
    const inode = draft.create("file", parent, mode, ctx);
    draft.enter(parent, nameOf(path), inode);
    return inode;
  }

  /** A new, empty file. */
  *createEmpty(path: VPath, mode: number | undefined, draft: Draft, ctx: Context): Flow<Inode> {
    return yield* this.#write(path, new Lent(NO_BYTES), { mode, owned: true }, draft, ctx);
  }

  *#replaceable(path: VPath, options: WriteOptions, ctx: Context): Flow<Found> {
    const found = yield* this.#union.look(path, options.ifNoneMatch === undefined, ctx);
    const stat =
      found === undefined || "stat" in found ? found?.stat : yield* wait(this.#union.stat(found.inode, ctx));
    checkReplace(stat, options);
    return found;
  }

  *#mtime(inode: Inode, ctx: Context): Flow<number> {
    return (yield* wait(this.#union.stat(inode, ctx))).mtimeMs;
  }

  /** Notes what a file was given beside its content, and a time that is not that of the version before. */
  #finish(
    inode: Inode,
    content: Stat,
    before: number | undefined,
    { mtimeMs, contentType, meta }: WriteOptions,
    draft: Draft,
  ): void {
    const time = mtimeMs ?? (before === content.mtimeMs ? timeOfChange(before, draft.nowMs) : undefined);
    if (time === undefined && contentType === undefined && meta === undefined) return;
    const state = draft.edit(inode);
    if (time !== undefined) {
      state.mtimeMs = time;
      state.mtimeOf = content.mtimeMs;
    }
    if (contentType !== undefined) state.contentType = contentType;
    if (meta !== undefined) state.meta = { ...meta };
  }
}
