import { closeSync, openSync } from "node:fs";
import {
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
import { Descriptor, DIRECTORY, lookFor } from "./descriptor.ts";
import type { Directories, Directory } from "./directories.ts";
import { KEPT, withRoom } from "../host/kept.ts";
import type { Host } from "../host/host.ts";
import { notADirectory } from "./meet-link.ts";
import { NearRoot } from "./near-root.ts";

/** Where the kernel keeps the descriptors of this process. Its number is found faster than `self`. */
const BY_NUMBER = `/proc/${process.pid}/fd/`;
const BY_SELF = "/proc/self/fd/";

// How often a walk begins anew because a directory was moved while it went on.
const WALKS = 8;

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
      if (place !== undefined && lookFor(descriptor, descriptor.at(".")) !== undefined)
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
    if (near && parentOf(path) === ROOT) return this.#liesInRoot(descriptor, nameOf(path));
    const { place } = descriptor;
    if (place === undefined) return undefined;
    // What the kernel says has no links on it, so this is cheaper than to ask for the place of the root, and says the same.
    if (near && place === this.#placeOf(path) && lookFor(this.#root, this.#rootPlace) !== undefined)
      return true;
    const rootPlace = this.#root.place;
    if (rootPlace === undefined) return false;
    this.#rootPlace = rootPlace;
    return place === this.#placeOf(path);
  }

  /** What is not followed when it is a link is in the root if the root has that name for it. */
  #liesInRoot(descriptor: Descriptor, name: string): boolean {
    if (descriptor.stays) return true;
    const there = lookFor(descriptor, this.#root.at(name));
    if (there === undefined) return false;
    const { restMs } = this.#nearRoot;
    // What is mounted there can go away without a rename.
    if (restMs !== undefined && there.dev === this.#root.identity.dev) descriptor.found(there, restMs);
    return true;
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
