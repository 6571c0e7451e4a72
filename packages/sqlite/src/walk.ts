import { linkMet, nameOf, parentOf, ROOT, VfsError, type VPath } from "@vfs/core";
import type { Connection, Query } from "./connection.ts";
import { DIRECTORY, INODE_COLUMNS, SYMLINK, type Inode, type Inodes } from "./inodes.ts";
import { FIND_INO, type Names } from "./names.ts";
import { MAIN_BRANCH, ROOT_INO } from "./schema.ts";

// Directories whose path is remembered, so that a lookup is one step however deep it is; then it begins anew.
const REMEMBERED_DIRECTORIES = 65_536;

const SHAPE = `(SELECT shape FROM branch WHERE id = ${MAIN_BRANCH})`;

/** An inode, and the shape of the store when it was read. */
export type Peeked = Inode & { readonly shape: number };

/**
 * The way from a path to an inode: one seek a name from the nearest directory that is remembered. What is remembered
 * holds as long as the shape of the store is the same, which is read in one statement with what is looked for. (One
 * recursive query for the whole path takes 2.4 times as long as the single steps at a depth of 16.)
 */
export class Walker {
  readonly #inodes: Inodes;
  readonly #names: Names;
  readonly #readShape: Query<[], number>;
  readonly #peek: Query<[number, string], Peeked>;
  #shape = -1;
  #remembered = new Map<string, number>();

  constructor(connection: Connection, inodes: Inodes, names: Names) {
    this.#inodes = inodes;
    this.#names = names;
    this.#readShape = connection.query<[], number>(`SELECT ${SHAPE}`).pluck();
    this.#peek = connection.query(
      `SELECT ${INODE_COLUMNS}, ${SHAPE} AS shape FROM inode WHERE id = ${FIND_INO}`,
    );
  }

  /** Forgets what no longer holds: to be called at the beginning of a transaction. */
  check(shape: number = this.#readShape.get() ?? -1): void {
    if (shape === this.#shape) return;
    this.#remembered = new Map();
    this.#shape = shape;
  }

  /** A directory was moved or removed, so that paths through it lead elsewhere. */
  reshaped(shape: number): void {
    this.#remembered = new Map();
    this.#shape = shape;
  }

  /** What was learned in a transaction that was undone does not hold. */
  forget(): void {
    this.reshaped(-1);
  }

  /** What lies at `path`, if that takes one statement and is certain; else undefined. Needs no transaction. */
  peek(path: VPath): Inode | undefined {
    const directory = path === ROOT ? undefined : this.#known(parentOf(path));
    if (directory === undefined) return undefined;
    const found = this.#peek.get(directory, nameOf(path));
    return found?.shape === this.#shape ? found : undefined;
  }

  /** The directory of `path`, if it is remembered: certain only together with {@link isShape}. */
  known(path: VPath): number | undefined {
    return path === ROOT ? undefined : this.#known(parentOf(path));
  }

  isShape(shape: number): boolean {
    return shape === this.#shape;
  }

  /**
   * What lies at `path` itself, or undefined. In a transaction, as everything below.
   *
   * @throws LinkMet for a link on the way; VfsError `ENOTDIR` when the way leads through a file, `ENOENT` when it
   * leads through nothing.
   */
  find(path: VPath): Inode | undefined {
    if (path === ROOT) return this.#inodes.get(ROOT_INO);
    return this.#names.find(this.parent(path), nameOf(path));
  }

  /** As {@link find}; throws VfsError `ENOENT` when there is nothing. */
  need(path: VPath): Inode {
    const found = this.find(path);
    if (found === undefined) throw new VfsError("ENOENT");
    return found;
  }

  /** What lies at `path`; a link there is to be followed. */
  follow(path: VPath): Inode {
    return this.notLink(path, this.need(path));
  }

  /** The same inode, unless it is a link, which is to be followed. */
  notLink(path: VPath, inode: Inode): Inode {
    if (inode.type === SYMLINK) throw linkMet(path, path, this.target(inode.id));
    return inode;
  }

  /** The directory that `path` lies in, or is to lie in. */
  parent(path: VPath): number {
    return this.#directory(parentOf(path), path);
  }

  /** The text of a link. */
  target(id: number): string {
    return decoder.decode(this.#inodes.tail(id));
  }

  #known(directory: VPath): number | undefined {
    return directory === ROOT ? ROOT_INO : this.#remembered.get(directory);
  }

  #directory(path: VPath, whole: VPath): number {
    const known = this.#known(path);
    if (known !== undefined) return known;
    const found = this.#names.step(this.#directory(parentOf(path), whole), nameOf(path));
    if (found === undefined) throw new VfsError("ENOENT");
    const { ino, type } = found;
    if (type === SYMLINK) throw linkMet(whole, path, this.target(ino));
    if (type !== DIRECTORY) throw new VfsError("ENOTDIR");
    if (this.#remembered.size >= REMEMBERED_DIRECTORIES) this.#remembered = new Map();
    this.#remembered.set(path, ino);
    return ino;
  }
}

// A link's text is kept to the letter, a byte order mark included.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
