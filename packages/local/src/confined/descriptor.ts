import { closeSync, constants, fstatSync, lstatSync, readlinkSync, type Stats } from "node:fs";
import { chain, wait, type Awaitable, type Flow } from "@vfs/core";
import type { Directory } from "./directories.ts";
import type { Host, HostPath } from "../host/host.ts";

/**
 * Not in `node:fs`: a descriptor that stands for a place and cannot be read. It asks for no permission but to search.
 *
 * @see https://man7.org/linux/man-pages/man2/open.2.html
 */
const O_PATH = 0o10000000;
const PLACE: number = O_PATH | constants.O_NOFOLLOW;
export const DIRECTORY: number = PLACE | constants.O_DIRECTORY;

/** A file system with times that are as coarse as this cannot tell one change from the next. */
const COARSE_MS = 1000;

export type Identity = Pick<Stats, "ino" | "dev">;

/** A directory of Linux, by a descriptor: whatever becomes of its names, calls through it stay in it. */
export class Descriptor implements Directory {
  readonly fd: number;
  readonly self: string;
  readonly pinned = true;
  readonly #prefix: string;
  readonly #table: string;
  #identity: Identity | undefined;
  /** How many are in it, and one more while it is kept for the next. */
  #holds = 1;
  /** When it was changed last, as it was found where it should be. */
  #foundMs: number | undefined;
  #steady = false;

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

  /** How much its names take, as a measure of how many there are. */
  get bytes(): number {
    return fstatSync(this.fd).size;
  }

  /**
   * Notes that it was found where it should be.
   *
   * @param there What was found there: this directory.
   * @param restMs How long ago a change must have been so that the next one has another time. 0: any.
   */
  found({ ctimeMs }: Stats, restMs: number): void {
    // One that is changed all the time is looked for each time. And the first time may be that of a rename which came
    // between finding it and describing it; the second time that it is the same there was none before this.
    const rested = restMs === 0 || Date.now() - ctimeMs >= restMs;
    this.#steady = ctimeMs === this.#foundMs && ctimeMs % COARSE_MS !== 0 && rested;
    this.#foundMs = ctimeMs;
  }

  /**
   * Whether it is sure to have its name still because it was not changed since it was found: a rename, and a removal,
   * sets the time of change of the directory itself, and nobody can set that back.
   */
  get stays(): boolean {
    if (!this.#steady) return false;
    this.#steady = fstatSync(this.fd).ctimeMs === this.#foundMs;
    return this.#steady;
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

/** What a path leads to, whose last name is not followed, if that is what a descriptor stands for. */
export function lookFor({ identity }: Descriptor, path: HostPath): Stats | undefined {
  try {
    const there = lstatSync(path, { throwIfNoEntry: false });
    return there?.ino === identity.ino && there.dev === identity.dev ? there : undefined;
  } catch {
    return undefined;
  }
}
