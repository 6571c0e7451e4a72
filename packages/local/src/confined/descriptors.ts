import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats } from "node:fs";
import {
  chain,
  isVfsError,
  isWithin,
  joinPath,
  nameOf,
  namesOf,
  parentOf,
  ROOT,
  run,
  VfsError,
  wait,
  type Awaitable,
  type Flow,
  type VPath,
} from "@vfs/core";
import type { Directories, Directory } from "./directories.ts";
import { KEPT, withRoom } from "../host/kept.ts";
import type { Host, HostPath } from "../host/host.ts";
import { notADirectory } from "./meet-link.ts";
import { NearRoot } from "./near-root.ts";

/**
 * Not in `node:fs`: a descriptor that stands for a place and cannot be read. It asks for no permission but to search.
 *
 * @see https://man7.org/linux/man-pages/man2/open.2.html
 */
const O_PATH = 0o10000000;
const PLACE: number = O_PATH | constants.O_NOFOLLOW;
const DIRECTORY: number = PLACE | constants.O_DIRECTORY;

/** Where the kernel keeps the descriptors of this process. Its number is found faster than `self`. */
const BY_NUMBER = `/proc/${process.pid}/fd/`;
const BY_SELF = "/proc/self/fd/";

// How often a walk begins anew because a directory was moved while it went on.
const WALKS = 8;

type Identity = Pick<Stats, "ino" | "dev">;

/** A directory of Linux, by a descriptor: whatever becomes of its names, calls through it stay in it. */
class Descriptor implements Directory {
  readonly fd: number;
  readonly self: string;
  readonly pinned = true;
  readonly #prefix: string;
  readonly #table: string;
  #identity: Identity | undefined;
  /** How many are in it, and one more while it is kept for the next. */
  #holds = 1;

  /** @param table Where the kernel keeps the descriptors of this process. */
  constructor(fd: number, table: string) {
    this.fd = fd;
    this.self = table + fd;
    this.#prefix = `${this.self}/`;
    this.#table = table;
  }

  at(name: HostPath): HostPath {
    return typeof name === "string" ? this.#prefix + name : Buffer.concat([Buffer.from(this.#prefix), name]);
  }

  /** Nothing to do: it is a descriptor that was worked with, not a name. */
  confirm(): void {}

  opened(_name: HostPath, fd: number): string {
    return this.#table + fd;
  }

  below(host: Host, name: HostPath): Awaitable<Descriptor> {
    return chain(host.open(this.at(name), DIRECTORY), (fd) => new Descriptor(fd, this.#table));
  }

  *chmod(host: Host, name: HostPath, mode: number): Flow<void> {
    const fd = yield* wait(host.open(this.at(name), PLACE));
    try {
      yield* wait(host.chmod(this.#table + fd, mode));
    } finally {
      closeSync(fd);
    }
  }

  /**
   * Where the kernel says that it lies by now; undefined when that is too long to say. This asks the kernel about its
   * own memory and never waits for a disk, so it is done at once for both kinds of caller.
   */
  get place(): string | undefined {
    try {
      return readlinkSync(this.self);
    } catch {
      return undefined;
    }
  }

  /** What it is. The number of a directory that is held is not given to another. */
  get identity(): Identity {
    return (this.#identity ??= fstatSync(this.fd));
  }

  hold(): this {
    this.#holds++;
    return this;
  }

  leave(): void {
    // Closing such a descriptor writes nothing and waits for nothing.
    if (--this.#holds === 0) closeSync(this.fd);
  }
}

/**
 * The directories of a root on Linux. Each is opened from its parent's descriptor, never through a link, so nothing
 * that others do to names can lead a walk outside. Some are kept open; before such a one is used again the kernel is
 * asked where it lies, and if that is not below the root at the path that is wanted, it is not used.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_fd.5.html
 */
export class Descriptors implements Directories {
  readonly #root: Descriptor;
  readonly #nearRoot: NearRoot;
  #rootPlace: string;
  /** Those that are open, so that a path below one costs no walk. */
  readonly #kept = new Map<VPath, Descriptor>();
  #closed = false;

  private constructor(root: Descriptor, place: string) {
    this.#root = root;
    this.#rootPlace = place;
    this.#nearRoot = new NearRoot(root.self);
  }

  /** Undefined where the kernel does not offer what it takes: not Linux, or no `/proc`. */
  static on(root: string): Descriptors | undefined {
    if (process.platform !== "linux") return undefined;
    const fd = withRoom(() => openSync(root, DIRECTORY));
    for (const table of [BY_NUMBER, BY_SELF]) {
      const descriptor = new Descriptor(fd, table);
      const { place } = descriptor;
      // Else `/proc` is that of another process.
      if (place !== undefined && isThere(descriptor.at("."), descriptor))
        return new Descriptors(descriptor, place);
    }
    closeSync(fd);
    return undefined;
  }

  get near(): boolean {
    return this.#nearRoot.holds(this.#rootPlace);
  }

  enter(host: Host, path: VPath, whole: VPath): Awaitable<Directory> {
    if (this.#closed) throw new VfsError("EBADF", { hint: "the store is closed" });
    if (path === ROOT) return this.#root.hold();
    return this.#keptAt(path) ?? run(this.#walk(host, path, whole));
  }

  forget(path: VPath): void {
    for (const known of this.#kept.keys()) if (isWithin(known, path)) this.#drop(known);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.forget(ROOT);
    // Calls that are under way hold it: else its number could soon be somebody else's directory.
    this.#root.leave();
  }

  #keptAt(path: VPath): Descriptor | undefined {
    const descriptor = this.#kept.get(path);
    if (descriptor === undefined) return undefined;
    if (this.#liesAt(descriptor, path) !== true) {
      this.#drop(path);
      return undefined;
    }
    KEPT.use(descriptor);
    return descriptor.hold();
  }

  /**
   * Whether a directory is at this path by now. Somebody may have moved the root as well.
   *
   * @returns Undefined when it lies too deep for the kernel to say.
   */
  #liesAt(descriptor: Descriptor, path: VPath): boolean | undefined {
    const { near } = this;
    // What is not followed when it is a link is in the root if the root has that name for it.
    if (near && parentOf(path) === ROOT) return isThere(this.#root.at(nameOf(path)), descriptor);
    const { place } = descriptor;
    if (place === undefined) return undefined;
    // What the kernel says has no links on it, so this is cheaper than to ask for the place of the root, and says the same.
    if (near && place === this.#placeOf(path) && isThere(this.#rootPlace, this.#root)) return true;
    const rootPlace = this.#root.place;
    if (rootPlace === undefined) return false;
    this.#rootPlace = rootPlace;
    return place === this.#placeOf(path);
  }

  #placeOf(path: VPath): string {
    return this.#rootPlace === "/" ? path : this.#rootPlace + path;
  }

  *#walk(host: Host, path: VPath, whole: VPath): Flow<Descriptor> {
    for (let left = WALKS; left > 0; left--) {
      const found = yield* this.#descend(host, path, whole);
      if (found !== undefined) return found;
    }
    throw new VfsError("EBUSY", { retryable: true, hint: "a directory on the path is being moved about" });
  }

  /** From the nearest directory that is kept, name by name. Undefined when one on the way was moved meanwhile. */
  *#descend(host: Host, path: VPath, whole: VPath): Flow<Descriptor | undefined> {
    let { at, descriptor } = this.#nearest(path);
    for (const name of namesOf(path).slice(namesOf(at).length)) {
      at = joinPath(at, name);
      descriptor = yield* this.#step(host, descriptor, at, whole);
      const liesThere = this.#liesAt(descriptor, at);
      if (liesThere === false) {
        descriptor.leave();
        return undefined;
      }
      // So deep down that the kernel cannot say, it is used, as it was reached from above, and not kept.
      if (liesThere === true) this.#remember(at, descriptor);
    }
    return descriptor;
  }

  #nearest(path: VPath): { at: VPath; descriptor: Descriptor } {
    for (let at = path; at !== ROOT; at = parentOf(at)) {
      const descriptor = this.#keptAt(at);
      if (descriptor !== undefined) return { at, descriptor };
    }
    return { at: ROOT, descriptor: this.#root.hold() };
  }

  /** From a directory, which is left, to one in it. */
  *#step(host: Host, parent: Descriptor, path: VPath, whole: VPath): Flow<Descriptor> {
    const name = nameOf(path);
    try {
      return yield* wait(parent.below(host, name));
    } catch (reason) {
      if (!isVfsError(reason, "ENOTDIR", "ELOOP")) throw reason;
      throw yield* notADirectory(host, parent.at(name), path, whole);
    } finally {
      parent.leave();
    }
  }

  #remember(path: VPath, found: Descriptor): void {
    // While this walk went on another may have come to the same directory.
    if (this.#closed || this.#kept.has(path)) return;
    this.#kept.set(path, found.hold());
    KEPT.add(found, () => this.#drop(path));
  }

  #drop(path: VPath): void {
    const descriptor = this.#kept.get(path);
    if (descriptor === undefined) return;
    this.#kept.delete(path);
    KEPT.remove(descriptor);
    descriptor.leave();
  }
}

/** Whether a path, whose last name is not followed, leads to what a descriptor stands for. */
function isThere(path: HostPath, { identity }: Descriptor): boolean {
  try {
    const there = lstatSync(path, { throwIfNoEntry: false });
    return there !== undefined && there.ino === identity.ino && there.dev === identity.dev;
  } catch {
    return false;
  }
}
