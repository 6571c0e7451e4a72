import type { WireStat } from "../../protocol.ts";
import { TRUST_MS, type AttributeCache } from "./attribute-cache.ts";
import {
  errnoError,
  type EmscriptenModule,
  type FsNode,
  type FsStream,
  type SetAttr,
  type StreamOps,
} from "./emscripten.ts";
import type { Host } from "./host.ts";
import { attrOf, pathOf } from "./live-nodes.ts";
import { O_ACCMODE, O_APPEND, O_TRUNC } from "./open-flags.ts";
import { ReadAhead } from "./read-ahead.ts";

const SEEK_CUR = 1;
const SEEK_END = 2;
const PAGE_BYTES = 65_536;

/** What is known of an open file. */
interface Known {
  readonly stat: WireStat;
  /** Where the host's counter of changes stood before that was asked. */
  readonly moment: number;
  /** What changes behind the host's back is seen then. */
  readonly untilMs: number;
}

/** Open files of the host, as Emscripten's streams. They refer to the file, not to its name. */
export class LiveStreams {
  readonly ops: StreamOps;
  readonly #module: EmscriptenModule;
  readonly #host: Host;
  readonly #cache: AttributeCache;
  /** The file that was made and opened in one step, until Emscripten opens it. */
  #expected: { readonly node: FsNode; readonly handle: number; readonly known: Known } | undefined;
  /** The file that is to be empty once it is open. */
  #emptied: FsNode | undefined;
  readonly #known = new Map<number, Known>();
  readonly #ahead = new ReadAhead();
  /** What was in a mapped file when it was mapped, or written back last. */
  readonly #mapped = new WeakMap<FsStream, Uint8Array>();

  constructor(module: EmscriptenModule, host: Host, cache: AttributeCache) {
    this.#module = module;
    this.#host = host;
    this.#cache = cache;
    this.ops = this.#makeOps();
  }

  /** The next node that is opened has this handle already. */
  expect(node: FsNode, handle: number, stat: WireStat, moment: number): void {
    this.#expected = { node, handle, known: knownAt(stat, moment) };
  }

  /** The node that is about to be opened is to be empty then. */
  emptyAtOpen(node: FsNode): void {
    this.#emptied = node;
  }

  /** Something was cut by its path: it may be any of the open files. */
  cut(): void {
    this.#ahead.forget();
  }

  /** What was expected and did not come is closed again. */
  expectNothing(): void {
    this.#emptied = undefined;
    if (this.#expected !== undefined) this.#host.ask("close", this.#expected.handle);
    this.#expected = undefined;
  }

  /** Sets the times of an open file, in milliseconds; null for as they are. */
  setTimes(stream: FsStream, atime: number | null, mtime: number | null): void {
    const handle = handleOf(stream);
    const [, , , oldMtime, oldAtime] = this.#stat(handle);
    this.#host.ask("futimes", handle, atime ?? oldAtime, mtime ?? oldMtime);
    this.#changed(handle);
  }

  #makeOps(): StreamOps {
    return {
      open: (stream) => this.#open(stream),
      dup: (stream) => {
        if (stream.shared.count !== undefined) stream.shared.count++;
      },
      close: (stream) => this.#close(stream),
      getattr: (stream) => {
        const { handle } = stream.shared;
        if (handle !== undefined) return attrOf(this.#stat(handle), pathOf(stream.node));
        const { getattr } = stream.node.node_ops;
        if (getattr === undefined) throw errnoError(this.#module, "EPERM");
        return getattr(stream.node);
      },
      setattr: (stream, attr) => this.#setattr(stream, attr),
      read: (stream, buffer, offset, length, position) =>
        this.#read(handleOf(stream), bytesIn(buffer, offset, length), position),
      write: (stream, buffer, offset, length, position) => {
        const append = (stream.flags & O_APPEND) !== 0;
        const end = this.#write(handleOf(stream), append ? "end" : position, bytesIn(buffer, offset, length));
        // Emscripten took the end of the file before the write; another writer may have moved it.
        if (append) stream.position = end - length;
        return length;
      },
      llseek: (stream, offset, whence) => this.#seek(stream, offset, whence),
      fsync: (stream) => {
        if (stream.shared.handle !== undefined) this.#host.ask("fsync", stream.shared.handle);
        return 0;
      },
      mmap: (stream, length, position) => this.#map(stream, length, position),
      msync: (stream, buffer, offset, length) => {
        this.#writeBack(stream, buffer.subarray(0, length), offset);
        return 0;
      },
    };
  }

  #open(stream: FsStream): void {
    // A directory is read by its path.
    if ((stream.node.mode & 0o170000) === 0o040000) return;
    const expected = this.#expected;
    const { shared } = stream;
    shared.count = 1;
    if (expected !== undefined && expected.node === stream.node) {
      this.#expected = undefined;
      shared.handle = expected.handle;
      this.#known.set(expected.handle, expected.known);
      return;
    }
    const path = pathOf(stream.node);
    const empties = this.#emptied === stream.node;
    const flags = (stream.flags & (O_ACCMODE | O_APPEND)) | (empties ? O_TRUNC : 0);
    if (empties) this.#ahead.forget();
    const before = this.#cache.follow();
    const [handle, stat] = this.#host.ask("open", path, flags) as [number, WireStat];
    shared.handle = handle;
    this.#known.set(handle, knownAt(stat, empties ? this.#cache.changed(path) : before));
  }

  #close({ shared, flags }: FsStream): void {
    const { handle, count } = shared;
    if (handle === undefined || count === undefined) return;
    shared.count = count - 1;
    if (shared.count > 0) return;
    const known = this.#known.get(handle);
    this.#known.delete(handle);
    this.#ahead.close(handle);
    this.#host.ask("close", handle);
    if ((flags & O_ACCMODE) !== 0 && known !== undefined) this.#cache.changedFile(known.stat);
  }

  #setattr(stream: FsStream, attr: SetAttr): void {
    const { handle } = stream.shared;
    const { size, mode } = attr;
    const { node } = stream;
    if (handle === undefined) return node.node_ops.setattr?.(node, attr);
    if (size !== undefined) this.#host.ask("ftruncate", handle, size);
    else if (mode !== undefined && mode !== node.mode) this.#host.ask("fchmod", handle, mode & 0o7777);
    else return;
    if (mode !== undefined) node.mode = mode;
    this.#changed(handle);
  }

  #read(handle: number, into: Uint8Array, position: number): number {
    // Most programs find the end of a file by reading there once more.
    const known = this.#fresh(handle);
    if (known !== undefined && position >= known[2]) return 0;
    return this.#ahead.read(handle, position, into, this.#cache.epoch, (at, part) =>
      this.#host.read(handle, at, part),
    );
  }

  #write(handle: number, position: number | "end", data: Uint8Array): number {
    const end = this.#host.write(handle, position, data);
    this.#changed(handle);
    return end;
  }

  /** The file of a handle was changed by the handle. */
  #changed(handle: number): void {
    const known = this.#known.get(handle);
    if (known === undefined) return;
    this.#forgetAhead(known.stat);
    this.#cache.changedFile(known.stat);
    // The number of the file is still right, and nothing else is.
    this.#known.set(handle, knownAt(known.stat, -1));
  }

  /** What was read ahead of a file is not true any more, by whichever handle. */
  #forgetAhead([, , , , , , ino]: WireStat): void {
    const handles = [...this.#known].filter(([, { stat }]) => ino === 0 || stat[6] === 0 || stat[6] === ino);
    this.#ahead.forget(...handles.map(([handle]) => handle));
  }

  #seek(stream: FsStream, offset: number, whence: number): number {
    let position = offset;
    if (whence === SEEK_CUR) position += stream.position;
    else if (whence === SEEK_END && stream.shared.handle !== undefined)
      position += this.#stat(stream.shared.handle)[2];
    if (position < 0) throw errnoError(this.#module, "EINVAL");
    return position;
  }

  /** A copy of a part of the file in the interpreter's memory; what is written there comes back by `msync`. */
  #map(stream: FsStream, length: number, position: number): { ptr: number; allocated: boolean } {
    const room = Math.ceil(length / PAGE_BYTES) * PAGE_BYTES;
    const ptr = this.#module._emscripten_builtin_memalign(PAGE_BYTES, room);
    if (ptr === 0) throw errnoError(this.#module, "ENOMEM");
    const memory = this.#module.HEAPU8.subarray(ptr, ptr + room).fill(0);
    this.#host.read(handleOf(stream), position, memory.subarray(0, length));
    this.#mapped.set(stream, memory.slice(0, length));
    return { ptr, allocated: true };
  }

  /** Writes the pages of a map that have changed: what others have written to the rest meanwhile stays. */
  #writeBack(stream: FsStream, now: Uint8Array, position: number): void {
    const before = this.#mapped.get(stream) ?? new Uint8Array(0);
    for (let at = 0; at < now.length; at += PAGE_BYTES) {
      const page = now.subarray(at, at + PAGE_BYTES);
      if (page.every((byte, i) => byte === before[at + i])) continue;
      this.#write(handleOf(stream), position + at, page);
      before.set(page, at);
    }
  }

  #stat(handle: number): WireStat {
    const fresh = this.#fresh(handle);
    if (fresh !== undefined) return fresh;
    const moment = this.#cache.follow();
    const stat = this.#host.ask("fstat", handle) as WireStat;
    this.#known.set(handle, knownAt(stat, moment));
    return stat;
  }

  /** What is known of an open file, unless it must be asked for again. */
  #fresh(handle: number): WireStat | undefined {
    const known = this.#known.get(handle);
    if (known === undefined || known.moment !== this.#cache.follow()) return undefined;
    return performance.now() < known.untilMs ? known.stat : undefined;
  }
}

function knownAt(stat: WireStat, moment: number): Known {
  return { stat, moment, untilMs: performance.now() + TRUST_MS };
}

function handleOf(stream: FsStream): number {
  return stream.shared.handle ?? -1;
}

/** Emscripten hands over its memory as signed bytes. */
function bytesIn(buffer: Int8Array, offset: number, length: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
}
