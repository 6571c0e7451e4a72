import {
  Call,
  isVfsError,
  nameOf,
  ROOT,
  type ByteSource,
  type Capabilities,
  type Bytes,
  type Context,
  type Entry,
  type Next,
  type OpenFile,
  type OpenFlags,
  type Operations,
  type Page,
  type Stat,
  type StreamReadOptions,
  type VPath,
} from "@vfs/core";
import type { Ciphers } from "./chunks.ts";
import { EncryptedFile } from "./encrypted-file.ts";
import { Locks } from "./locks.ts";
import type { Names } from "./names.ts";
import { OWN, PARAMETERS } from "./parameters.ts";
import { decryptStream, rangeOf, readRange, type Fetch } from "./reading.ts";
import { Editing, encryptStream, encryptWhole } from "./writing.ts";

const PIECE_BYTES = 64 << 10;

/** An encrypted store, with paths as it has them. */
export class EncryptedStore {
  readonly ciphers: Ciphers;
  readonly names: Names;
  /** The store compares etags. */
  readonly comparing: boolean;
  /** Where files that are open lie in the store, if that is not what the user calls them. */
  readonly opened: Map<OpenFile, VPath> = new Map<OpenFile, VPath>();
  readonly #next: Next;
  readonly #locks = new Locks();
  /** A file may have several names. */
  readonly #aliases: boolean;

  constructor(next: Next, ciphers: Ciphers, names: Names, caps: Pick<Capabilities, "links" | "ifMatch">) {
    this.#next = next;
    this.ciphers = ciphers;
    this.names = names;
    this.comparing = caps.ifMatch;
    this.#aliases = caps.links;
  }

  /** A stat as the user sees it. */
  shown({ checksums, ...stat }: Stat): Stat {
    void checksums;
    if (stat.type === "file") return { ...stat, size: this.ciphers.layout.contentSize(stat.size) };
    return stat.type === "symlink" ? { ...stat, size: this.names.targetSize(stat.size) } : stat;
  }

  async list(call: Call<"list">): Promise<Page<Entry>> {
    const { items, cursor } = await this.#next(call);
    const hidden = call.path === ROOT ? nameOf(PARAMETERS) : undefined;
    const shown: Entry[] = [];
    for (const entry of items) {
      const name = entry.name === hidden ? undefined : await this.names.nameToUser(entry.name);
      if (name === undefined) continue;
      shown.push({ ...entry, name, ...(entry.stat === undefined ? {} : { stat: this.shown(entry.stat) }) });
    }
    return { items: shown, cursor };
  }

  async read(call: Call<"read">): Promise<Bytes> {
    const { offset = 0, length = Infinity, ifMatch } = call.args;
    const fetch: Fetch = async (from, most) =>
      this.#next(call.with({ args: { offset: from, length: most, ifMatch } }));
    const once = async (): Promise<Bytes> => {
      // A length of none is asked for to see whether it may be read.
      if (length <= 0) return (await fetch(0, 0)).subarray(0, 0);
      return (await readRange(this.ciphers, fetch, offset, length)).content;
    };
    return this.#settled(call.path, once);
  }

  async readStream(call: Call<"readStream">): Promise<ByteSource> {
    const { offset = 0, length = Infinity, chunkSize = PIECE_BYTES } = call.args;
    // Fails at once for what cannot be read.
    await this.#next(new Call("read", call.path, undefined, { length: 0 }, call.ctx));
    if (length <= 0) return [];
    return this.#streamed(call, offset, length, chunkSize);
  }

  async *#streamed(
    call: Call<"readStream">,
    offset: number,
    length: number,
    chunkSize: number,
  ): AsyncGenerator<Bytes, void, undefined> {
    const range = rangeOf(this.ciphers, offset, length);
    let begun = false;
    const once = async function* (this: EncryptedStore): AsyncGenerator<Bytes, void, undefined> {
      const ifMatch = call.args.ifMatch ?? (await this.#etag(call.path, call.ctx));
      const header = new Call("read", call.path, undefined, { length: 32, ifMatch }, call.ctx);
      const cipher = this.ciphers.of(await this.#next(header));
      const args: StreamReadOptions = { offset: range.offset, length: range.length, ifMatch };
      const source = await this.#next(call.with({ args }));
      for await (const piece of decryptStream(cipher, source, range, offset, length, chunkSize)) {
        begun = true;
        yield piece;
      }
    };
    try {
      yield* once.call(this);
    } catch (reason) {
      const changed = call.args.ifMatch === undefined && isVfsError(reason, "ESTALE");
      if (begun || !(changed || isVfsError(reason, "EIO"))) throw reason;
      // Somebody has changed it between the header and the rest: it begins again while nobody can.
      const again = once.call(this);
      const first = await this.#alone(call.path, () => again.next());
      if (first.done !== true) yield first.value;
      yield* again;
    }
  }

  async write(call: Call<"write">): Promise<Stat> {
    const data = await encryptWhole(this.ciphers, call.args.data);
    const write = call.with({ args: { ...call.args, data, owned: true } });
    return this.shown(await this.#alone(call.path, async () => this.#next(write)));
  }

  async writeStream(call: Call<"writeStream">): Promise<Stat> {
    const { source, size } = call.args;
    const args = {
      ...call.args,
      source: encryptStream(this.ciphers, source),
      size: size === undefined ? undefined : this.ciphers.layout.storedSize(size),
    };
    return this.shown(await this.#alone(call.path, async () => this.#next(call.with({ args }))));
  }

  async append(call: Call<"append">): Promise<void> {
    const { data, mode, durable } = call.args;
    const flags = { read: true, write: true, append: false, create: true, exclusive: false, truncate: false };
    await this.#edit(call, flags, mode, durable === true, (file) =>
      data.length === 0 ? Promise.resolve() : file.write(data, "end"),
    );
  }

  async truncate(call: Call<"truncate">): Promise<void> {
    const flags = {
      read: true,
      write: true,
      append: false,
      create: false,
      exclusive: false,
      truncate: false,
    };
    await this.#edit(call, flags, undefined, false, (file) => file.truncate(call.args.size));
  }

  async #edit(
    call: Call,
    flags: OpenFlags,
    mode: number | undefined,
    durable: boolean,
    change: (file: Editing) => Promise<void>,
  ): Promise<void> {
    const { path, ctx } = call;
    await this.#alone(path, async () => {
      const file = await this.#openInner(path, flags, mode, ctx);
      try {
        await change(new Editing(this.ciphers, file.handle, ctx));
        if (durable) await file.handle.sync({}, ctx);
      } finally {
        await this.#next(new Call("file.close", path, undefined, {}, ctx, file));
      }
    });
  }

  /** @param shown What the user calls it: layers above see that of an open file. */
  async open(call: Call<"open">, shown: VPath): Promise<OpenFile> {
    const { path, args, ctx } = call;
    const { flags, mode } = args;
    const open = async (): Promise<OpenFile> => {
      const file = await this.#openInner(path, flags, mode, ctx);
      if (flags.truncate) await new Editing(this.ciphers, file.handle, ctx).truncate(0);
      return file;
    };
    const file = await (flags.truncate ? this.#alone(path, open) : open());
    const { ino } = await file.handle.stat(ctx);
    const readable = shown === path;
    file.localPath = shown;
    if (!readable) this.opened.set(file, path);
    const place = (): VPath => (readable ? file.localPath : (this.opened.get(file) ?? path));
    const keys = (): string[] => [`path ${place()}`, ...(ino === undefined ? [] : [`inode ${ino}`])];
    file.handle = new EncryptedFile(file.handle, keys, this.ciphers, this.#locks);
    return file;
  }

  async copy(call: Call<"copy">): Promise<void> {
    await this.#alone(call.to ?? call.path, async () => this.#next(call));
  }

  /** Opens a stored file so that it can be changed in place, which takes reading it too. */
  async #openInner(path: VPath, flags: OpenFlags, mode: number | undefined, ctx: Context): Promise<OpenFile> {
    const given = { ...flags, append: false, create: false, exclusive: false, truncate: false };
    const inner = { ...given, read: true };
    const open = async (wanted: OpenFlags, who: Context): Promise<OpenFile> =>
      this.#next(new Call("open", path, undefined, { flags: wanted }, who));
    if (flags.create && flags.exclusive) {
      await this.#create(path, mode, ctx);
      return this.#asOpened(await open(inner, { ...ctx, identity: undefined }), flags);
    }
    for (;;) {
      try {
        // Whoever may only write must be allowed to, although this reads as well.
        if (ctx.identity !== undefined) {
          const probe = await open({ ...given, write: flags.write || flags.truncate }, ctx);
          await this.#next(new Call("file.close", path, undefined, {}, ctx, probe));
        }
        return this.#asOpened(await open(inner, { ...ctx, identity: undefined }), flags);
      } catch (reason) {
        if (!flags.create || !isVfsError(reason, "ENOENT")) throw reason;
      }
      try {
        await this.#create(path, mode, ctx);
        return this.#asOpened(await open(inner, { ...ctx, identity: undefined }), flags);
      } catch (reason) {
        if (!isVfsError(reason, "EEXIST")) throw reason;
      }
    }
  }

  async #create(path: VPath, mode: number | undefined, ctx: Context): Promise<void> {
    const data = await encryptWhole(this.ciphers, new Uint8Array(0));
    const args: Operations["write"]["args"] = { data, mode, owned: true, ifNoneMatch: "*" };
    await this.#next(new Call("write", path, undefined, args, ctx));
  }

  /** What layers see of it is what it was opened for. */
  #asOpened(file: OpenFile, flags: OpenFlags): OpenFile {
    Object.assign(file, { granted: flags });
    return file;
  }

  /** Reads again while nobody can change the file, where what was read makes no sense. */
  async #settled<T>(path: VPath, once: () => Promise<T>): Promise<T> {
    try {
      return await once();
    } catch (reason) {
      if (!isVfsError(reason, "EIO")) throw reason;
      return this.#alone(path, once);
    }
  }

  async #alone<T>(path: VPath, action: () => Promise<T>): Promise<T> {
    return this.#locks.run(await this.#keysOf(path), action);
  }

  /** By what a file is locked: its name, and, where others may lead to it, its number. */
  async #keysOf(path: VPath): Promise<string[]> {
    const keys = [`path ${path}`];
    if (!this.#aliases) return keys;
    try {
      const { ino } = await this.#next(new Call("stat", path, undefined, {}, OWN));
      if (ino !== undefined) keys.push(`inode ${ino}`);
    } catch {
      // What there is no file at has no other name.
    }
    return keys;
  }

  async #etag(path: VPath, ctx: Context): Promise<string | undefined> {
    if (!this.comparing) return undefined;
    return (await this.#next(new Call("stat", path, undefined, { follow: true }, ctx))).etag;
  }
}
