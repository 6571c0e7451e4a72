import type { Bytes } from "@vfs/core";
import type { Intake } from "../engine.ts";
import type { TreeEntry } from "../tree-entry.ts";
import { badArchive, type Limits } from "./limits.ts";

/** What an archive says of an entry. */
export type Attributes = Omit<
  TreeEntry,
  "name" | "type" | "size" | "content" | "lists" | "tree" | "group" | "target"
>;

interface Node {
  entry: Omit<TreeEntry, "name"> & { name: string };
  readonly children?: Map<string, Node>;
  /** Nobody told of it: it is there because something lies in it. */
  isImplied: boolean;
}

const NAME_BYTES = 255;
const PATH_BYTES = 4096;
const MODE_BITS = 0o7777;
// Whoever made the archive may not make a program of somebody else's of it.
const SAFE_MODE_BITS = 0o1777;

const encoder = new TextEncoder();

/** The tree that an archive comes to. Nothing gets into it that has a path, or leads, out of it. */
export class Arrivals {
  readonly #limits: Limits;
  readonly #intake: Intake;
  /** Whether links with absolute targets stay in the tree: its top is that of everything. */
  readonly #isWhole: boolean;
  readonly #top: Node = directory("", { mtimeMs: Date.now(), mode: 0o755 }, true);
  #count = 0;
  #files = 0;
  #bytes = 0;

  constructor(limits: Limits, intake: Intake, isWhole: boolean) {
    this.#limits = limits;
    this.#intake = intake;
    this.#isWhole = isWhole;
  }

  directory(path: string, attributes: Attributes): void {
    const names = namesOf(path);
    const name = names.at(-1);
    const there = name === undefined ? this.#top : this.#parent(names, path).get(name);
    if (there?.children !== undefined) {
      there.entry = { ...there.entry, ...this.#safe(attributes) };
      there.isImplied = false;
    } else this.#put(names, path, directory(name ?? "", this.#safe(attributes), false));
  }

  /** @param declared How many bytes it is to have; checked before any is read. */
  async file(
    path: string,
    attributes: Attributes,
    declared: number,
    source: AsyncIterable<Bytes>,
  ): Promise<void> {
    if (declared > this.#limits.maxBytes - this.#bytes) throw this.#tooLarge();
    const names = namesOf(path);
    const before = this.#bytes;
    const kept = await this.#intake.file(this.#counted(source));
    if (kept.size !== declared)
      throw badArchive(`${path} is said to have ${declared} bytes and has ${kept.size}`);
    this.#bytes = before + kept.size;
    const { size, content, lists } = kept;
    const name = names.at(-1) ?? "";
    this.#put(names, path, {
      entry: { ...this.#safe(attributes), name, type: "file", size, content, lists },
      isImplied: false,
    });
    this.#files++;
  }

  symlink(path: string, attributes: Attributes, target: string): void {
    const names = namesOf(path);
    checkTarget(path, names.length - 1, target, this.#isWhole);
    const { mode: _mode, ...rest } = this.#safe(attributes);
    this.#put(names, path, {
      entry: { ...rest, name: names.at(-1) ?? "", type: "symlink", target },
      isImplied: false,
    });
  }

  /** One more name of a file that is there already. */
  link(path: string, to: string): void {
    const source = this.#find(namesOf(to));
    if (source?.entry.type !== "file")
      throw badArchive(`${path} is to be a name of ${to}, which is no file in front of it`);
    const names = namesOf(path);
    const group = source.entry.group ?? `/${namesOf(to).join("/")}`;
    source.entry = { ...source.entry, group };
    this.#put(names, path, { entry: { ...source.entry, name: names.at(-1) ?? "" }, isImplied: false });
    this.#files++;
  }

  /** Keeps the directories. */
  async finish(): Promise<{ root: TreeEntry; files: number; bytes: number }> {
    this.#orderGroups();
    return { root: await this.#keep(this.#top), files: this.#files, bytes: this.#bytes };
  }

  async #keep({ entry, children }: Node): Promise<TreeEntry> {
    if (children === undefined) return entry;
    const entries: TreeEntry[] = [];
    for (const [, child] of [...children].sort(([a], [b]) => (a < b ? -1 : 1)))
      entries.push(await this.#keep(child));
    return { ...entry, tree: await this.#intake.directory(entries) };
  }

  /** A group is called after the first of its names by path. */
  #orderGroups(): void {
    const groups = new Map<string, [string, Node][]>();
    const visit = ({ children = new Map<string, Node>() }: Node, path: string): void => {
      for (const [name, child] of children) {
        const { group } = child.entry;
        if (group !== undefined)
          groups.set(group, [...(groups.get(group) ?? []), [`${path}/${name}`, child]]);
        visit(child, `${path}/${name}`);
      }
    };
    visit(this.#top, "");
    for (const members of groups.values()) {
      const [first = ""] = members.map(([path]) => path).sort((a, b) => (a < b ? -1 : 1));
      const group = members.length > 1 ? first : undefined;
      for (const [, node] of members) node.entry = { ...node.entry, group };
    }
  }

  async *#counted(source: AsyncIterable<Bytes>): AsyncIterable<Bytes> {
    for await (const part of source) {
      this.#bytes += part.length;
      if (this.#bytes > this.#limits.maxBytes) throw this.#tooLarge();
      yield part;
    }
  }

  #put(names: readonly string[], path: string, node: Node): void {
    const name = names.at(-1);
    if (name === undefined) throw badArchive("the top of an archive can only be a directory");
    const siblings = this.#parent(names, path);
    const there = siblings.get(name);
    // What is added to an archive later replaces a file, as tar does.
    if (there !== undefined && (there.children !== undefined || node.children !== undefined))
      throw badArchive(`${path} is there twice, once as a directory`);
    if (there === undefined) this.#add();
    else if (there.entry.type === "file") this.#files--;
    siblings.set(name, node);
  }

  #parent(names: readonly string[], path: string): Map<string, Node> {
    let siblings = this.#top.children as Map<string, Node>;
    for (const name of names.slice(0, -1)) {
      let node = siblings.get(name);
      if (node === undefined) {
        this.#add();
        node = directory(name, { mtimeMs: this.#top.entry.mtimeMs, mode: 0o755 }, true);
        siblings.set(name, node);
      }
      if (node.children === undefined)
        throw badArchive(`${path} leads through ${name}, which is no directory`);
      siblings = node.children;
    }
    return siblings;
  }

  #find(names: readonly string[]): Node | undefined {
    let node: Node | undefined = this.#top;
    for (const name of names) node = node?.children?.get(name);
    return node;
  }

  #add(): void {
    if (++this.#count > this.#limits.maxEntries)
      throw badArchive(`it has more than ${this.#limits.maxEntries} entries; allow more with maxEntries`);
  }

  #tooLarge(): Error {
    return badArchive(`it has more than ${this.#limits.maxBytes} bytes; allow more with maxBytes`);
  }

  #safe({ mode, uid, gid, ...rest }: Attributes): Attributes {
    if (this.#limits.trusted)
      return { ...rest, mode: mode === undefined ? mode : mode & MODE_BITS, uid, gid };
    return { ...rest, mode: mode === undefined ? mode : mode & SAFE_MODE_BITS };
  }
}

function directory(name: string, attributes: Attributes, isImplied: boolean): Node {
  return { entry: { ...attributes, name, type: "directory" }, children: new Map(), isImplied };
}

/** The names on a path of an archive. */
function namesOf(path: string): string[] {
  if (path.includes("\0") || encoder.encode(path).length > PATH_BYTES)
    throw badArchive(`the path ${JSON.stringify(path.slice(0, 80))} is too long, or has a NUL in it`);
  if (!path.isWellFormed()) throw badArchive(`the path ${JSON.stringify(path.slice(0, 80))} is no text`);
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  for (const name of names) {
    if (name === "..") throw badArchive(`the path ${JSON.stringify(path)} leads out`);
    if (encoder.encode(name).length > NAME_BYTES)
      throw badArchive(`the name ${JSON.stringify(name.slice(0, 80))} has more than ${NAME_BYTES} bytes`);
  }
  return names;
}

/**
 * A target may go up at its beginning, where the names above it are directories of the tree, and no further than the
 * top. Behind a name that may be a link nobody can tell where up is.
 *
 * @param depth How many directories of the tree the link is in.
 */
function checkTarget(path: string, depth: number, target: string, isWhole: boolean): void {
  if (
    target === "" ||
    target.includes("\0") ||
    !target.isWellFormed() ||
    encoder.encode(target).length > PATH_BYTES
  )
    throw badArchive(`the link ${path} has no target that a link can have`);
  const names = target.split("/").filter((name) => name !== "" && name !== ".");
  const isAbsolute = target.startsWith("/");
  const ups = names.findIndex((name) => name !== "..");
  const leading = ups < 0 ? names.length : ups;
  const goesUpLater = names.slice(leading).includes("..");
  if (isWhole && !goesUpLater && (isAbsolute || leading <= depth)) return;
  if (isAbsolute || leading > depth || goesUpLater)
    throw badArchive(`the link ${path} leads out, or may do so: its target is ${JSON.stringify(target)}`);
}
