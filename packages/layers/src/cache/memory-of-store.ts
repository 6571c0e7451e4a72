import {
  isWithin,
  parentOf,
  ROOT,
  type Bytes,
  type Entry,
  type Page,
  type Stat,
  type VPath,
} from "@vfs/core";

/** What is known of one path, and since when. */
export class Known {
  readonly path: VPath;
  readonly parent: Known | undefined;
  /** What is known of what lies below. */
  readonly children: Map<VPath, Known> = new Map();
  stat: Dated<Stat> | undefined;
  content: Dated<Bytes> | undefined;
  /** Pages of a listing, by what was asked for. */
  pages: Map<string, Dated<Page<Entry>>> | undefined;
  /** How much memory that takes, about. */
  bytes = 0;

  constructor(path: VPath, parent: Known | undefined) {
    this.path = path;
    this.parent = parent;
  }
}

/** Something as it was at a time. */
export interface Dated<T> {
  readonly value: T;
  /** Of content: the version that it is. */
  readonly etag?: string | undefined;
  atMs: number;
}

// What an entry costs beside its content: about what V8 takes for the objects.
const ENTRY_BYTES = 250;

/** What a store said lately, up to so many bytes: what was not asked for longest goes first. */
export class MemoryOfStore {
  readonly #most: number;
  readonly #byPath = new Map<VPath, Known>();
  /** Those with something in them, the one that was used last at the end. */
  readonly #used = new Set<Known>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** What is known of a path. */
  get(path: VPath): Known | undefined {
    return this.#byPath.get(path);
  }

  /** Notes that something was of use. */
  used(known: Known): void {
    this.#used.delete(known);
    this.#used.add(known);
  }

  /** Takes something in, and what was not used for long out. */
  learn(path: VPath, change: (known: Known) => void): void {
    const known = this.#make(path);
    change(known);
    this.#weigh(known);
    if (known.bytes > 0) this.used(known);
    for (const oldest of this.#used) {
      if (this.#bytes <= this.#most) break;
      this.#drop(oldest);
    }
  }

  /** Forgets something of a path, and not of what is below it. */
  forgetPart(path: VPath, change: (known: Known) => void): void {
    const known = this.#byPath.get(path);
    if (known === undefined) return;
    change(known);
    this.#weigh(known);
    if (known.bytes === 0) this.#drop(known);
  }

  /** Forgets a path, everything below it, and what its directory says of it. */
  forget(path: VPath): void {
    const known = this.#byPath.get(path);
    if (known !== undefined) this.#dropTree(known);
    if (path === ROOT) return;
    const parent = this.#byPath.get(parentOf(path));
    if (parent !== undefined) this.#drop(parent);
  }

  clear(): void {
    this.#byPath.clear();
    this.#used.clear();
    this.#bytes = 0;
  }

  #make(path: VPath): Known {
    const found = this.#byPath.get(path);
    if (found !== undefined) return found;
    const parent = path === ROOT ? undefined : this.#make(parentOf(path));
    const made = new Known(path, parent);
    parent?.children.set(path, made);
    this.#byPath.set(path, made);
    return made;
  }

  #weigh(known: Known): void {
    const { stat, content, pages, path } = known;
    let bytes = 0;
    if (stat !== undefined) bytes += weightOf(stat.value);
    if (content !== undefined) bytes += content.value.length + ENTRY_BYTES;
    for (const [asked, { value }] of pages ?? []) {
      bytes += ENTRY_BYTES + asked.length;
      for (const { name, stat: beside } of value.items)
        bytes += 2 * name.length + 60 + (beside === undefined ? 0 : weightOf(beside));
    }
    if (bytes > 0) bytes += 2 * path.length + ENTRY_BYTES;
    this.#bytes += bytes - known.bytes;
    known.bytes = bytes;
  }

  /** Empties one, and takes away what then leads nowhere. */
  #drop(known: Known): void {
    known.stat = known.content = known.pages = undefined;
    this.#bytes -= known.bytes;
    known.bytes = 0;
    this.#used.delete(known);
    for (let at: Known | undefined = known; at !== undefined && at.bytes === 0 && at.children.size === 0;) {
      this.#byPath.delete(at.path);
      at.parent?.children.delete(at.path);
      at = at.parent;
    }
  }

  #dropTree(top: Known): void {
    const open = [top];
    for (let known = open.pop(); known !== undefined; known = open.pop()) {
      for (const child of known.children.values()) open.push(child);
      known.children.clear();
      known.stat = known.content = known.pages = undefined;
      this.#bytes -= known.bytes;
      known.bytes = 0;
      this.#used.delete(known);
      this.#byPath.delete(known.path);
    }
    top.parent?.children.delete(top.path);
    if (top.parent !== undefined && top.parent.bytes === 0) this.#drop(top.parent);
  }
}

function weightOf({ meta = {}, checksums = {}, etag = "" }: Stat): number {
  let bytes = ENTRY_BYTES + 2 * etag.length;
  for (const [name, text] of [...Object.entries(meta), ...Object.entries(checksums)])
    bytes += 2 * (name.length + text.length) + 60;
  return bytes;
}

/** Whether what happens at `changed` may make something else of what was said about `path`. */
export function concerns(changed: VPath, path: VPath): boolean {
  return isWithin(path, changed) || (changed !== ROOT && path === parentOf(changed));
}
