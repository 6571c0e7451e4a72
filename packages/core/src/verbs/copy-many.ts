import type { Bytes } from "../bytes.ts";
import { isVfsError } from "../error.ts";
import { run, wait, type Flow } from "../flow.ts";
import { stripPrefix, type VPath } from "../path.ts";
import type { Pool } from "../pool.ts";
import type { NewEntry } from "../provider.ts";
import type { Scope } from "../scope.ts";
import type { Stat } from "../stat.ts";
import { SMALL_BYTES } from "./copy-file.ts";
import type { NodeCopier } from "./copy-node.ts";

// So much is held before it is sent.
const MOST_BYTES = 8 << 20;
const MOST_ENTRIES = 4096;

/**
 * Whether many things may be put below `to` by one call: its store takes them so, nobody else is to decide about one of
 * them or has to hear of it, and no file there is open through core alone.
 */
export function takesMany({ door, ctx }: Scope, to: VPath): boolean {
  if (!door.capabilities(to).writeMany || !door.isOneTree(to, ctx)) return false;
  const { layers, store } = door.table.find(to);
  const areBlind = [...door.layers, ...layers].every(({ passesMany }) => passesMany === true);
  return areBlind && store.emulated.size === 0;
}

/** Something to be copied, and where to. */
interface Item {
  readonly path: VPath;
  readonly target: VPath;
  readonly stat: Stat;
  /** Of a file, where it has been read. */
  readonly data?: Bytes | undefined;
  /** Of a link, where it has been read. */
  readonly link?: string | undefined;
}

/** Where a batch goes, and what it shares with the copy that it is a part of. */
interface Setting {
  readonly scope: Scope;
  /** Without links on it. It is there, or the first that is added. */
  readonly to: VPath;
  readonly keepsTimes: boolean;
  readonly pool: Pool;
  readonly nodes: NodeCopier;
  /** Fails when a mount was taken away by force. */
  readonly check: () => void;
  /** Makes what is missing above `to`. */
  readonly makeAbove: () => Flow<void>;
}

/**
 * Copies directories, links and small files into a store by as few calls as that takes. What the store does not take
 * together goes one by one, which is also how it is found out what cannot be copied, and why.
 */
export class Batch {
  readonly #setting: Setting;
  #read: Item[] = [];
  #bytes = 0;
  /** What is too large to go with the others comes when its directory is there. */
  readonly #apart: Item[] = [];

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  *add(item: Item): Flow<void> {
    const { type, size } = item.stat;
    if (type === "directory") this.#keep(item);
    else if (type === "symlink" || (type === "file" && size <= SMALL_BYTES))
      yield* this.#setting.pool.add(() => run(this.#fetch(item)));
    else this.#apart.push(item);
    if (this.#bytes >= MOST_BYTES || this.#read.length >= MOST_ENTRIES) yield* this.#sendRead();
  }

  /** Everything that was added, but for what is large, is there then. */
  *send(): Flow<void> {
    yield* this.#setting.pool.drain();
    yield* this.#sendRead();
  }

  /** Everything is there then, or will be when the pool is drained. */
  *end(): Flow<void> {
    yield* this.send();
    yield* this.#copyEach(this.#apart);
  }

  *#fetch(item: Item): Flow<void> {
    const { scope } = this.#setting;
    const { path, stat } = item;
    if (stat.type === "symlink")
      return this.#keep({ ...item, link: yield* wait(scope.send("readlink", path, {})) });
    this.#keep({ ...item, data: item.data ?? (yield* wait(scope.send("read", path, {}))) });
  }

  #keep(item: Item): void {
    this.#read.push(item);
    this.#bytes += item.data?.length ?? 0;
  }

  *#sendRead(): Flow<void> {
    const items = this.#read;
    this.#read = [];
    this.#bytes = 0;
    if (items.length === 0) return;
    this.#setting.check();
    try {
      yield* this.#write(items);
    } catch (reason) {
      if (!isVfsError(reason)) throw reason;
      yield* this.#setting.makeAbove();
      yield* this.#copyEach(items);
      return yield* this.#setting.pool.drain();
    }
    for (const { stat, data } of items)
      if (stat.type !== "directory") yield* wait(this.#setting.nodes.report(data?.length ?? stat.size));
  }

  /** One call, or a few where `to` is to be somewhere that is not there either. */
  *#write(items: readonly Item[]): Flow<void> {
    const { scope, to, makeAbove } = this.#setting;
    const entries = items.map((item) => this.#entryOf(item));
    try {
      yield* wait(scope.send("writeMany", to, { entries }));
    } catch (reason) {
      if (!isVfsError(reason, "ENOENT") || entries[0]?.name !== "") throw reason;
      yield* makeAbove();
      yield* wait(scope.send("writeMany", to, { entries }));
    }
  }

  *#copyEach(items: readonly Item[]): Flow<void> {
    const { pool, nodes, check } = this.#setting;
    for (const { path, target, stat, data } of items) {
      check();
      if (stat.type === "directory") yield* nodes.makeDirectory(path, target, stat, false);
      else yield* pool.add(() => run(nodes.copyOver(path, target, stat, data && { stat, data })));
    }
  }

  #entryOf({ target, stat, data, link }: Item): NewEntry {
    const { to, keepsTimes } = this.#setting;
    const { type, mode, mtimeMs, atimeMs = mtimeMs } = stat;
    const name = target === to ? "" : stripPrefix(target, to).slice(1);
    if (type === "directory") return { name, type, mode };
    const times = keepsTimes ? { mtimeMs, atimeMs } : {};
    return link === undefined
      ? { name, type: "file", data, mode, ...times }
      : { name, type: "symlink", target: link, ...times };
  }
}
