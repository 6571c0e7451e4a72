import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  statfsSync,
  type Stats,
} from "node:fs";
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
import { NOW } from "../host/now.ts";
import type { Host, HostPath } from "../host/host.ts";
import { notADirectory } from "./meet-link.ts";

/**
 * Not in `node:fs`: a descriptor that stands for a place and cannot be read. It asks for no permission but to search.
 *
 * @see https://man7.org/linux/man-pages/man2/open.2.html
 */
const O_PATH = 0o10000000;
const PLACE: number = O_PATH | constants.O_NOFOLLOW;
const DIRECTORY: number = PLACE | constants.O_DIRECTORY;

/**
 * File systems of this machine, which answer from memory what was asked a moment ago; others may ask a server, or even
 * this very process.
 *
 * @see https://man7.org/linux/man-pages/man2/statfs.2.html
 */
const NEAR: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0x01021994, // tmpfs
]);

// How often a walk begins anew because a directory was moved while it went on.
const WALKS = 8;

/** A directory of Linux, by a descriptor: whatever becomes of its names, calls through it stay in it. */
class Descriptor implements Directory {
  readonly fd: number;
  readonly self: string;
  readonly pinned = true;
  readonly #prefix: string;
  /** The device of the root, when that is near. */
  readonly #nearDevice: number | undefined;
  readonly #near: boolean;
  /** How many are in it, and one more while it is kept for the next. */
  #holds = 1;

  constructor(fd: number, nearDevice?: number) {
    this.fd = fd;
    this.self = `/proc/self/fd/${fd}`;
    this.#prefix = `${this.self}/`;
    this.#nearDevice = nearDevice;
    this.#near = nearDevice !== undefined && fstatSync(fd).dev === nearDevice;
  }

  at(name: HostPath): HostPath {
    return typeof name === "string" ? this.#prefix + name : Buffer.concat([Buffer.from(this.#prefix), name]);
  }

  /** Nothing to do: it is a descriptor that was worked with, not a name. */
  confirm(): void {}

  glance(host: Host, name: string): Awaitable<Stats | undefined> {
    return this.#near ? NOW.lstat(this.at(name)) : host.lstat(this.at(name));
  }

  opened(_name: HostPath, fd: number): string {
    return `/proc/self/fd/${fd}`;
  }

  below(host: Host, name: HostPath): Awaitable<Descriptor> {
    return chain(host.open(this.at(name), DIRECTORY), (fd) => new Descriptor(fd, this.#nearDevice));
  }

  *chmod(host: Host, name: HostPath, mode: number): Flow<void> {
    const fd = yield* wait(host.open(this.at(name), PLACE));
    try {
      yield* wait(host.chmod(`/proc/self/fd/${fd}`, mode));
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
  /** Those that are open, so that a path below one costs no walk. */
  readonly #kept = new Map<VPath, Descriptor>();
  #closed = false;

  private constructor(root: Descriptor) {
    this.#root = root;
  }

  /** Undefined where the kernel does not offer what it takes: not Linux, or no `/proc`. */
  static on(root: string): Descriptors | undefined {
    if (process.platform !== "linux") return undefined;
    const fd = withRoom(() => openSync(root, DIRECTORY));
    const descriptor = new Descriptor(fd, NEAR.has(statfsSync(root).type) ? fstatSync(fd).dev : undefined);
    if (descriptor.place !== undefined && isSame(descriptor)) return new Descriptors(descriptor);
    descriptor.leave();
    return undefined;
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
    if (!this.#liesAt(descriptor, path)) {
      this.#drop(path);
      return undefined;
    }
    KEPT.use(descriptor);
    return descriptor.hold();
  }

  /** Whether a directory is at this path by now. The root is asked each time too: somebody may move it as well. */
  #liesAt({ place }: Descriptor, path: VPath): boolean {
    if (place === undefined) return false;
    const rootPlace = this.#root.place;
    return rootPlace !== undefined && place === (rootPlace === "/" ? path : rootPlace + path);
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
      // So deep down the kernel cannot say where it lies: it is used, as it was reached from above, and not kept.
      if (descriptor.place === undefined) continue;
      if (!this.#liesAt(descriptor, at)) {
        descriptor.leave();
        return undefined;
      }
      this.#remember(at, descriptor);
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

/** Whether the path of a descriptor leads to what it stands for: `/proc` is there, and is that of this process. */
function isSame({ fd, self }: Descriptor): boolean {
  try {
    const there = lstatSync(`${self}/.`);
    const here = fstatSync(fd);
    return there.ino === here.ino && there.dev === here.dev;
  } catch {
    return false;
  }
}
