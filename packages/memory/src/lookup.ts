import {
  checkSearch,
  isRoot,
  linkMet,
  parentOf,
  ROOT,
  VfsError,
  type Identity,
  type VPath,
  type Who,
} from "@vfs/core";
import { hashOf, PathHashes } from "./hash.ts";
import type { Inode } from "./inode.ts";
import { Dentry, type Names } from "./names.ts";

// Paths that are remembered, so that a lookup is one step however deep it is; then it begins anew.
const REMEMBERED_PATHS = 65_536;

// The name of a file at the end of a shorter path is looked up in its directory about as fast, and to remember such paths
// would be 30 % of what it costs to make a file.
const SHORT_LENGTH = 40;

// Directories that are found again without cutting their path out of another one: each has one place.
const DIRECTORIES = 256;

/** The way from a path to what lies there. */
export class Lookup {
  readonly #rootEntry: Dentry;
  /** Undefined under a path that is gone: to delete it would slow the Map down, as {@link Names} tells. */
  #remembered = new Map<string, Dentry | undefined>();
  readonly #directories: (Dentry | undefined)[] = Array.from({ length: DIRECTORIES }, () => undefined);
  /** How often a directory was moved: what was found before may lie elsewhere by now. */
  #moves = 0;
  /** Of the path that is looked up at the moment. */
  readonly #hashes = new PathHashes();
  /** The path that was looked up in vain last, until something changes, and where it would be: it is often made next. */
  #missed: VPath | undefined = undefined;
  #missedParent: Inode;
  #missedSlash = 0;
  #missedHash = 0;

  constructor(root: Inode) {
    this.#rootEntry = new Dentry("", root, 0, 0);
    this.#missedParent = root;
  }

  /**
   * What lies at `path` itself, or undefined.
   *
   * @param who May have to be allowed to search every directory on the way.
   * @throws LinkMet for a link on the way; VfsError `ENOTDIR` when the way leads through a file, `EACCES` when it leads
   * through a directory that `who` may not search.
   */
  find(path: VPath, who?: Who): Dentry | undefined {
    if (who !== undefined) this.#admit(path, who);
    return this.#find(path, path);
  }

  /** The directory that `path` lies in, or is to lie in. */
  parent(path: VPath, who?: Who): Inode {
    if (who !== undefined) this.#admit(path, who);
    if (path === this.#missed) return this.#missedParent;
    this.#hashes.look(path);
    return this.#directory(path, path);
  }

  /** Makes the entry of a name that is new, at a path that leads to a directory. */
  entryAt(path: VPath, node: Inode, order: number): Dentry {
    let slash = this.#missedSlash;
    let hash = this.#missedHash;
    if (path !== this.#missed) {
      this.#hashes.look(path);
      slash = this.#hashes.slash;
      hash = this.#hashes.name;
    }
    const entry = new Dentry(path.slice(slash + 1), node, hash, order);
    this.#remember(path, entry);
    return entry;
  }

  /** To be called when a name came or went. */
  changed(): void {
    this.#missed = undefined;
  }

  /**
   * To be called when a directory was moved. What was found below it is looked at again when it is asked for: to forget it
   * here would cost the more the larger the store is.
   */
  moved(): void {
    this.#moves++;
  }

  /** What is gone must not be kept in memory for having been looked up. */
  forget(entry: Dentry): void {
    const { rememberedAs, node } = entry;
    if (rememberedAs === undefined) return;
    entry.rememberedAs = undefined;
    if (this.#remembered.get(rememberedAs) === entry) this.#remembered.set(rememberedAs, undefined);
    if (node.type !== "directory") return;
    const place = hashOf(rememberedAs, 1) % DIRECTORIES;
    if (this.#directories[place] === entry) this.#directories[place] = undefined;
  }

  #find(path: VPath, whole: VPath): Dentry | undefined {
    if (path === ROOT) return this.#rootEntry;
    const known = path.length > SHORT_LENGTH ? this.#known(path) : undefined;
    if (known !== undefined) return known;
    const hashes = this.#hashes;
    hashes.look(path);
    const { slash, name } = hashes;
    const parent = this.#directory(path, whole);
    const entry = namesOf(parent).find(path, slash + 1, name);
    if (entry !== undefined) {
      this.#remember(path, entry);
      return entry;
    }
    this.#missed = path;
    this.#missedParent = parent;
    this.#missedSlash = slash;
    this.#missedHash = name;
    return undefined;
  }

  /** The directory that a path whose hashes are there lies in. */
  #directory(path: VPath, whole: VPath): Inode {
    const { slash, directory } = this.#hashes;
    if (slash === 0) return this.#rootEntry.node;
    const place = directory % DIRECTORIES;
    let entry = this.#directories[place];
    if (
      entry?.sureAt !== this.#moves ||
      entry.rememberedAs?.length !== slash ||
      !path.startsWith(entry.rememberedAs)
    ) {
      entry = this.#find(path.slice(0, slash) as VPath, whole);
      if (entry?.node.type === "directory") this.#directories[place] = entry;
    }
    if (entry === undefined) throw new VfsError("ENOENT");
    const { node } = entry;
    if (node.type === "directory") return node;
    throw node.type === "symlink" ? linkMet(whole, parentOf(path), node.target) : new VfsError("ENOTDIR");
  }

  /** What is remembered of `path`, if that is still so. */
  #known(path: VPath): Dentry | undefined {
    const entry = this.#remembered.get(path);
    return entry === undefined || entry.sureAt === this.#moves || this.#isStill(path, entry)
      ? entry
      : undefined;
  }

  /** A directory was moved since `entry` was found at `path`: whether it is there still. */
  #isStill(path: VPath, entry: Dentry): boolean {
    const directory = parentOf(path);
    const parent = directory === ROOT ? this.#rootEntry : this.#known(directory);
    if (parent?.node.names?.find(path, path.length - entry.name.length, entry.hash) !== entry) {
      this.forget(entry);
      return false;
    }
    entry.sureAt = this.#moves;
    return true;
  }

  #remember(path: VPath, entry: Dentry): void {
    if (path.length <= SHORT_LENGTH && entry.node.type !== "directory") return;
    if (entry.rememberedAs === path && entry.sureAt === this.#moves) return;
    if (this.#remembered.size >= REMEMBERED_PATHS) this.#remembered = new Map();
    // Under one path only, so that it can be forgotten.
    if (entry.rememberedAs !== undefined) this.forget(entry);
    this.#remembered.set(path, entry);
    entry.rememberedAs = path;
    entry.sureAt = this.#moves;
  }

  /** Fails unless `who` may search every directory on the way to `path`, as far as that goes. */
  #admit(path: VPath, who: Identity, whole: VPath = path): void {
    const { root } = who;
    if (isRoot(who) || path === ROOT || path.length <= root.length) return;
    const directory = parentOf(path);
    const known = this.#known(directory)?.node;
    if (known?.type === "directory") return this.#admitInto(known, who);
    // From above, for what lies behind a directory that cannot be searched is nobody's to know.
    this.#admit(directory, who, whole);
    const node = this.#find(directory, whole)?.node;
    if (node?.type === "directory") checkSearch(who, node);
  }

  /** The same for a directory that is known, and so all that are above it. */
  #admitInto(directory: Inode, who: Identity): void {
    const root = this.#rootEntry.node;
    const top = who.root === ROOT ? root : this.find(who.root)?.node;
    for (let at: Inode | undefined = directory; at !== undefined; at = at === top ? undefined : at.parent)
      checkSearch(who, at);
  }
}

/** The names in a directory. */
export function namesOf(directory: Inode): Names {
  if (directory.names === undefined) throw new VfsError("ENOTDIR");
  return directory.names;
}
