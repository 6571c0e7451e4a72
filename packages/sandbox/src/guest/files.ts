import { call, HostError, readInto, writeFrom } from "../python/guest/channel.ts";
import { AttributeCache } from "../python/guest/attribute-cache.ts";
import type { Output } from "../python/guest/output.ts";
import type { GuestOp, WireStat } from "../protocol.ts";

const O_CREAT = 64;
// What a descriptor may be opened with beside that: how, and O_EXCL, O_TRUNC and O_APPEND.
const OPEN_BITS = 3 | 128 | 512 | 1024;
const O_APPEND = 1024;
const UMASK = 0o022;
const MOST_LINKS = 40;
const FIRST_FD = 3;

const STREAMS: Readonly<Record<string, number | undefined>> = {
  "/dev/stdin": 0,
  "/dev/stdout": 1,
  "/dev/stderr": 2,
};

interface OpenFile {
  readonly handle: number;
  readonly stat: WireStat;
  readonly appends: boolean;
  position: number;
}

/** The host's files as programs see them: absolute paths with the mount in them, and descriptors with a position. */
export class Files {
  readonly #mountPaths: readonly string[];
  readonly #output: Output;
  readonly #cache = new AttributeCache();
  readonly #open = new Map<number, OpenFile>();
  #lastFd = FIRST_FD - 1;
  #stdin: Uint8Array = new Uint8Array(0);
  /** The first descriptor of this piece of code, and whether it was refused one more than it may have. */
  #firstFd = FIRST_FD;
  #isFull = false;

  /** @param mountPaths Where the host's files are, in the order of their numbers. */
  constructor(mountPaths: readonly string[], output: Output) {
    this.#mountPaths = mountPaths;
    this.#output = output;
  }

  /** Begins a piece of code, with what is on its standard input. */
  start(stdin: Uint8Array): void {
    this.#stdin = stdin;
    this.#firstFd = this.#lastFd + 1;
    this.#isFull = false;
  }

  /** Ends it: what has opened more than it may, and has lost the numbers, is not to keep the next piece from its files. */
  end(): void {
    if (!this.#isFull) return;
    for (const fd of [...this.#open.keys()].filter((one) => one >= this.#firstFd))
      try {
        this.close(fd);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
      }
  }

  stat(path: string): WireStat {
    return this.#isAbove(path) ? DIRECTORY : this.#look(this.#real(path, true));
  }

  lstat(path: string): WireStat {
    return this.#isAbove(path) ? DIRECTORY : this.#look(this.#real(path, false));
  }

  /** Whether there is a file of a type, by whatever way. */
  is(path: string, type: WireStat[0]): boolean {
    try {
      return this.stat(path)[0] === type;
    } catch (error) {
      if (error instanceof HostError) return false;
      throw error;
    }
  }

  realpath(path: string): string {
    if (this.#isAbove(path)) return path;
    const real = this.#real(path, true);
    this.#look(real);
    return this.#outside(real);
  }

  readdir(path: string): readonly (readonly [name: string, type: WireStat[0]])[] {
    if (this.#isAbove(path)) {
      const folder = path === "/" ? path : `${path}/`;
      const below = this.#mountPaths.filter((mountPath) => mountPath.startsWith(folder));
      const names = new Set(below.map((mountPath) => mountPath.slice(folder.length).split("/")[0] ?? ""));
      return Array.from(names, (name) => [name, "directory"] as const);
    }
    const real = this.#real(path, true);
    this.#cache.follow();
    const found: (readonly [string, WireStat[0]])[] = [];
    type Page = readonly [entries: (readonly [string, WireStat])[], more: boolean];
    for (let page = call("list", [real]) as Page; ; page = call("listMore", []) as Page) {
      for (const [name, stat] of page[0]) {
        this.#cache.put(real.endsWith("/") ? real + name : `${real}/${name}`, stat);
        found.push([name, stat[0]]);
      }
      if (!page[1]) return found;
    }
  }

  readlink(path: string): string {
    const real = this.#real(path, false);
    const target = call("readlink", [real]) as string;
    return target.startsWith("/") ? this.#outside(prefixOf(real) + target) : target;
  }

  symlink(path: string, target: string): void {
    const real = this.#real(path, false);
    if (!target.startsWith("/")) return this.#change("symlink", real, target);
    const [prefix, rest] = this.#inside(target);
    // The host's files know nothing of each other.
    if (prefix !== prefixOf(real)) throw new HostError("EXDEV", "");
    this.#change("symlink", real, rest);
  }

  access(path: string, mode: number): void {
    if (!this.#isAbove(path)) call("access", [this.#real(path, true), mode]);
    else if ((mode & 2) !== 0) throw new HostError("EACCES", "");
  }

  mkdir(path: string, mode: number): void {
    if (this.#isAbove(path) || this.#mountPaths.includes(path)) throw new HostError("EEXIST", "");
    this.#change("mkdir", this.#real(path, false), mode & ~UMASK);
  }

  /** `unlink` or `rmdir`. */
  remove(op: "unlink" | "rmdir", path: string): void {
    this.#change(op, this.#real(path, false));
  }

  rename(from: string, to: string): void {
    const [source, target] = [this.#real(from, false), this.#real(to, false)];
    call("rename", [source, target]);
    this.#cache.changedTree(source, target);
  }

  /** Makes another name for a file. */
  link(from: string, to: string): void {
    const [source, target] = [this.#real(from, false), this.#real(to, false)];
    call("link", [source, target]);
    this.#cache.changed(source, target);
  }

  chmod(path: string, mode: number): void {
    const real = this.#real(path, true);
    call("chmod", [real, mode & 0o7777]);
    this.#cache.changedTree(real);
  }

  truncate(path: string, size: number): void {
    this.#change("truncate", this.#real(path, true), size);
  }

  utimes(path: string, atimeMs: number, mtimeMs: number, ofLink: boolean): void {
    this.#change("utimes", this.#real(path, !ofLink), atimeMs, mtimeMs, ofLink);
  }

  open(path: string, flags: number, mode: number): number {
    const stream = STREAMS[path];
    if (stream !== undefined) return stream;
    if (this.#isAbove(path)) throw new HostError((flags & 3) === 0 ? "EINVAL" : "EISDIR", "");
    const real = this.#real(path, (flags & 128) === 0);
    const creates = (flags & O_CREAT) !== 0;
    const given = creates ? [flags & OPEN_BITS, mode & 0o7777 & ~UMASK] : [flags & OPEN_BITS];
    const [handle, stat] = this.#opened(creates ? "create" : "open", [real, ...given]);
    if (creates || (flags & 512) !== 0) this.#cache.changed(real);
    const fd = ++this.#lastFd;
    this.#open.set(fd, { handle, stat, appends: (flags & O_APPEND) !== 0, position: 0 });
    return fd;
  }

  close(fd: number): void {
    if (fd < FIRST_FD) return;
    const { handle } = this.#find(fd);
    this.#open.delete(fd);
    call("close", [handle]);
  }

  fstat(fd: number): WireStat {
    return call("fstat", [this.#find(fd).handle]) as WireStat;
  }

  /** `ftruncate`, `fchmod`, `futimes` or `fsync`. */
  changeOpen(op: GuestOp, fd: number, ...args: readonly unknown[]): void {
    const file = this.#find(fd);
    call(op, [file.handle, ...args]);
    this.#cache.changedFile(file.stat);
  }

  /** Reads into an array: at a position, or where the file stands when that is below zero. */
  read(fd: number, position: number, into: Uint8Array): number {
    if (fd === 0) return this.#readInput(into);
    const file = this.#find(fd);
    const got = readInto(file.handle, position < 0 ? file.position : position, into);
    if (position < 0) file.position += got;
    return got;
  }

  write(fd: number, position: number, data: Uint8Array): number {
    if (fd === 1 || fd === 2) return this.#output.write(fd, data);
    const file = this.#find(fd);
    const at = position < 0 ? file.position : position;
    if (data.length === 0) return 0;
    const end = writeFrom(file.handle, file.appends ? "end" : at, data);
    if (position < 0) file.position = file.appends ? end : at + data.length;
    this.#cache.changedFile(file.stat);
    return data.length;
  }

  /** A whole file. */
  text(path: string): string {
    const fd = this.open(path, 0, 0);
    try {
      const parts: Uint8Array[] = [];
      for (;;) {
        const part = new Uint8Array(65_536);
        const got = this.read(fd, -1, part);
        parts.push(part.subarray(0, got));
        if (got < part.length) return Buffer.concat(parts).toString();
      }
    } finally {
      this.close(fd);
    }
  }

  #opened(op: "create" | "open", args: readonly unknown[]): readonly [handle: number, WireStat] {
    try {
      return call(op, args) as [number, WireStat];
    } catch (error) {
      this.#isFull ||= error instanceof HostError && error.code === "EMFILE";
      throw error;
    }
  }

  #readInput(into: Uint8Array): number {
    const part = this.#stdin.subarray(0, into.length);
    into.set(part);
    this.#stdin = this.#stdin.subarray(part.length);
    return part.length;
  }

  #find(fd: number): OpenFile {
    const file = this.#open.get(fd);
    if (file === undefined) throw new HostError("EBADF", "");
    return file;
  }

  #look(path: string): WireStat {
    const known = this.#cache.get(path);
    if (known === null) throw new HostError("ENOENT", "");
    if (known !== undefined) return known;
    try {
      const stat = call("stat", [path]) as WireStat;
      this.#cache.put(path, stat);
      return stat;
    } catch (error) {
      if (error instanceof HostError && error.code === "ENOENT") this.#cache.put(path, null);
      throw error;
    }
  }

  #change(op: GuestOp, path: string, ...args: readonly unknown[]): void {
    call(op, [path, ...args]);
    this.#cache.changed(path);
  }

  /** Whether a path is one of the directories that lead to the mount. */
  #isAbove(path: string): boolean {
    return path === "/" || this.#mountPaths.some((mountPath) => mountPath.startsWith(`${path}/`));
  }

  /**
   * Where a path leads among the host's files, without links in it: under one name each file is remembered once. The
   * last part may be missing.
   */
  #real(path: string, followsLast: boolean): string {
    const [prefix, inside] = this.#inside(path);
    const rest = inside.split("/").filter(Boolean);
    let real = prefix;
    for (let links = 0; rest.length > 0;) {
      const part = rest.shift() as string;
      if (part === "..") real = real.slice(0, Math.max(prefix.length, real.lastIndexOf("/")));
      if (part === ".." || part === ".") continue;
      const next = `${real}/${part}`;
      if ((rest.length > 0 || followsLast) && this.#typeOf(next) === "symlink") {
        if (++links > MOST_LINKS) throw new HostError("ELOOP", "");
        const target = call("readlink", [next]) as string;
        if (target.startsWith("/")) real = prefix;
        rest.unshift(...target.split("/").filter(Boolean));
      } else real = next;
    }
    return real === prefix ? `${prefix}/` : real;
  }

  #typeOf(path: string): WireStat[0] | undefined {
    try {
      return this.#look(path)[0];
    } catch (error) {
      // The call itself says what is wrong with the path.
      if (error instanceof HostError) return undefined;
      throw error;
    }
  }

  /** Which of the host's files a path is in, as its prefix there, and what it is called among them. */
  #inside(path: string): readonly [prefix: string, path: string] {
    const number = this.#mountPaths.findIndex((one) => path === one || path.startsWith(`${one}/`));
    if (number < 0) throw new HostError("ENOENT", "");
    return [number === 0 ? "" : String(number), path.slice(this.#mountPaths[number]?.length) || "/"];
  }

  #outside(real: string): string {
    const prefix = prefixOf(real);
    const mountPath = this.#mountPaths[Number(prefix)] ?? "";
    return real === `${prefix}/` ? mountPath : mountPath + real.slice(prefix.length);
  }
}

/** The number that a path of the host's files begins with; none for the first of them. */
function prefixOf(real: string): string {
  return real.slice(0, real.indexOf("/"));
}

/** What leads to the mount. */
const DIRECTORY: WireStat = ["directory", 0o555, 0, 0, 0, 0, 1, 2, 0, 0];
