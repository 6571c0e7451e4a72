import fs from "node:fs";
import { tmpdir } from "node:os";
import { posix } from "node:path";
import { constants, VfsError, type Flags } from "@vfs/core";
import type { Described, Files, HowToCopy, HowToWrite, Listed, Opened } from "./files.ts";
import { KernelFile } from "./kernel-file.ts";
import { ALL_NAMES } from "./names.ts";

/** How many `..` a link may climb past the root. */
const LEVELS = 6;

/** A directory of its own in memory, where the host has a file system there, else on disk. */
export function makeTemporary(): string {
  const place = fs.existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  return fs.realpathSync(fs.mkdtempSync(posix.join(place, "vfs-oracle-")));
}

function copy(from: string, to: string, mode?: number): void {
  fs.copyFileSync(from, to, mode);
  // Onto itself nothing is copied.
  if (fs.statSync(to).ino !== fs.statSync(from).ino) touchEmpty(to);
}

/** Node gives a copy the times of the original before it writes the first byte; so they stay where there is none. */
function touchEmpty(at: string): void {
  const stat = fs.lstatSync(at);
  if (stat.isFile() && stat.size === 0) fs.truncateSync(at);
  if (stat.isDirectory()) for (const name of fs.readdirSync(at)) touchEmpty(posix.join(at, name));
}

/**
 * The kernel's own files below a temporary directory, as if that were the root: absolute texts of links begin there,
 * and what climbs past it stays in it. A path means what it means to `path.resolve`.
 */
export class Kernel implements Files {
  /** Also a directory that may be given to a store. */
  readonly root: string;
  /** A file that is written as a whole is another one afterwards, as with the store `local` (D7 in its README). */
  replaces = false;
  readonly #top: string;

  constructor() {
    this.#top = makeTemporary();
    // `..` of a link cannot be held up at a directory. So above it every name leads back into it.
    const levels = Array.from({ length: LEVELS }, (_, at) => posix.join(this.#top, ...Array(at).fill("up")));
    this.root = posix.join(levels.at(-1) ?? this.#top, "up", "root");
    for (const level of levels) {
      fs.mkdirSync(posix.join(level, "up"));
      for (const name of ALL_NAMES) fs.symlinkSync(posix.join(this.root, name), posix.join(level, name));
    }
    const last = posix.dirname(this.root);
    for (const name of ALL_NAMES) fs.symlinkSync(posix.join(this.root, name), posix.join(last, name));
    this.clear();
  }

  /** Begins anew. */
  clear(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
    fs.mkdirSync(this.root, { mode: 0o755 });
  }

  /** A moment, in ms since 1970, that lies between what was done before and what is done after, by the kernel's clock. */
  moment(): number {
    const next = Date.now() + 1;
    do fs.utimesSync(this.#top, 0, 0);
    while (Date.now() <= next || fs.statSync(this.#top).ctimeMs <= next);
    return next;
  }

  /** Takes everything away. */
  remove(): void {
    fs.rmSync(this.#top, { recursive: true, force: true });
  }

  /** Where a path lies on the host. */
  at(path: string): string {
    if (path === "") return "";
    const whole = posix.resolve("/", path);
    return whole === "/" ? this.root : this.root + whole;
  }

  /** The path as the caller knows it. */
  shown(path: string): string {
    return path.startsWith(this.root) ? path.slice(this.root.length) || "/" : path;
  }

  /** The true root of a kernel can neither be removed nor moved. */
  #notRoot(...places: string[]): void {
    if (places.includes(this.root) && !places.includes("")) throw new VfsError("EBUSY");
  }

  readFile(path: string, { start, end }: { start?: number; end?: number } = {}): Uint8Array {
    return fs.readFileSync(this.at(path)).subarray(start, end);
  }
  writeFile(path: string, data: Uint8Array, { flag = "w", mode }: HowToWrite): void {
    const replaced = flag === "w" || flag === "w+" ? this.#replaced(this.at(path)) : undefined;
    if (replaced !== undefined) return this.#replace(replaced, (draft) => fs.writeFileSync(draft, data));
    fs.writeFileSync(this.at(path), data, { flag, ...(mode === undefined ? {} : { mode }) });
  }
  appendFile(path: string, data: Uint8Array, options: { mode?: number }): void {
    fs.appendFileSync(this.at(path), data, options);
  }
  #isDirectory(path: string): boolean {
    return fs.existsSync(this.at(path)) && fs.statSync(this.at(path)).isDirectory();
  }
  /** The one name of the file that a path leads to, where that is to be replaced. */
  #replaced(at: string): string | undefined {
    if (!this.replaces || !fs.existsSync(at)) return undefined;
    const found = fs.statSync(at);
    return found.isFile() && found.nlink === 1 ? fs.realpathSync.native(at) : undefined;
  }
  #replace(at: string, fill: (draft: string) => void, mode: number = fs.statSync(at).mode): void {
    const draft = posix.join(posix.dirname(at), ".draft");
    fill(draft);
    fs.chmodSync(draft, mode & 0o7777);
    fs.renameSync(draft, at);
  }
  truncate(path: string, size?: number): void {
    fs.truncateSync(this.at(path), size);
  }
  copyFile(path: string, to: string, mode?: number): void {
    // Node's would empty the destination, or remove it, before it finds out.
    if (this.#isDirectory(path))
      throw new VfsError("EISDIR", { syscall: "copyfile", path: this.at(path), dest: this.at(to) });
    const replaced = mode === constants.COPYFILE_EXCL ? undefined : this.#replaced(this.at(to));
    if (replaced !== undefined && fs.realpathSync(this.at(path)) !== replaced)
      return this.#replace(replaced, (draft) => copy(this.at(path), draft), fs.statSync(this.at(path)).mode);
    copy(this.at(path), this.at(to), mode);
  }
  /** Not the synchronous one: that is another, which ends the process for a link that leads nowhere (Node 26.10). */
  async cp(path: string, to: string, options: HowToCopy): Promise<void> {
    await fs.promises.cp(this.at(path), this.at(to), { ...options, verbatimSymlinks: true });
    touchEmpty(this.at(to));
  }
  mkdir(path: string, options: { recursive?: boolean; mode?: number }): string | undefined {
    const made = fs.mkdirSync(this.at(path), options);
    return made === undefined ? undefined : this.shown(made);
  }
  mkdtemp(prefix: string): string {
    // A slash at the end makes a name in that directory.
    return this.shown(fs.mkdtempSync(this.at(`${prefix}_`).slice(0, -1)));
  }
  rmdir(path: string): void {
    this.#notRoot(this.at(path));
    fs.rmdirSync(this.at(path));
  }
  /** As `cp`, not the synchronous one. */
  async rm(path: string, options: { recursive?: boolean; force?: boolean }): Promise<void> {
    if (options.recursive === true) this.#notRoot(this.at(path));
    return fs.promises.rm(this.at(path), options);
  }
  unlink(path: string): void {
    fs.unlinkSync(this.at(path));
  }
  rename(path: string, to: string): void {
    this.#notRoot(this.at(path), this.at(to));
    fs.renameSync(this.at(path), this.at(to));
  }
  link(path: string, to: string): void {
    fs.linkSync(this.at(path), this.at(to));
  }
  symlink(target: string, path: string): void {
    fs.symlinkSync(target.startsWith("/") ? this.root + target : target, this.at(path));
  }
  readlink(path: string): string {
    return this.shown(fs.readlinkSync(this.at(path)));
  }
  realpath(path: string): string {
    return this.shown(fs.realpathSync.native(this.at(path)));
  }
  stat(path: string): Described {
    return fs.statSync(this.at(path));
  }
  lstat(path: string): Described {
    const stat = fs.lstatSync(this.at(path));
    // The text of an absolute link is longer here.
    if (stat.isSymbolicLink() && fs.readlinkSync(this.at(path)).startsWith("/"))
      stat.size -= this.root.length;
    return stat;
  }
  /** Whether there is anything, be it a link that leads nowhere. */
  has(path: string): boolean {
    try {
      return fs.lstatSync(this.at(path), { throwIfNoEntry: false }) !== undefined;
    } catch {
      return false;
    }
  }
  exists(path: string): boolean {
    return fs.existsSync(this.at(path));
  }
  access(path: string, mode = constants.F_OK): void {
    fs.accessSync(this.at(path), mode);
  }
  readdir(path: string, options: { recursive?: boolean; withFileTypes: true }): Listed[];
  readdir(path: string, options?: { recursive?: boolean }): string[];
  readdir(
    path: string,
    { recursive = false, withFileTypes = false }: { recursive?: boolean; withFileTypes?: boolean } = {},
  ): string[] | Listed[] {
    const found = this.#entriesOf(this.at(path), recursive);
    if (withFileTypes) return found.map((entry) => this.#listed(entry));
    return found.map(({ parentPath, name }) => posix.relative(this.at(path), posix.join(parentPath, name)));
  }
  /** Node's own recursion follows links in one of its forms, and never ends when they lead in a circle. */
  #entriesOf(directory: string, recursive: boolean): fs.Dirent[] {
    const found = fs.readdirSync(directory, { withFileTypes: true });
    if (recursive)
      for (const entry of found.filter((one) => one.isDirectory()))
        found.push(...this.#entriesOf(posix.join(directory, entry.name), true));
    return found;
  }
  *opendir(path: string): Iterable<Listed> {
    const directory = fs.opendirSync(this.at(path));
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync())
        yield this.#listed(entry);
    } finally {
      directory.closeSync();
    }
  }
  #listed(entry: fs.Dirent): Listed {
    entry.parentPath = this.shown(entry.parentPath);
    return entry;
  }
  chmod(path: string, mode: number): void {
    fs.chmodSync(this.at(path), mode);
  }
  utimes(path: string, atime: number | Date, mtime: number | Date): void {
    fs.utimesSync(this.at(path), atime, mtime);
  }
  lutimes(path: string, atime: number | Date, mtime: number | Date): void {
    fs.lutimesSync(this.at(path), atime, mtime);
  }
  statfs(path: string): object {
    return fs.statfsSync(this.at(path));
  }
  open(path: string, flags: Flags | number, mode?: number): Opened {
    const fd = fs.openSync(this.at(path), flags, mode);
    if (!fs.fstatSync(fd).isDirectory()) return new KernelFile(fd);
    fs.closeSync(fd);
    throw new VfsError("EISDIR", { syscall: "open", path: this.at(path) });
  }
}
