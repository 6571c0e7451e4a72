import type { Awaitable, Stats } from "@vfs/core";
import { VfsError } from "@vfs/core";
import type { BothFaces, Opened, Side, Verbs } from "./side.ts";
import { systemError } from "./system-errors.ts";

// 0 to 2 are those of the process. None is used twice, so nobody works on the next file of a number.
const FIRST = 3;

/** The open files of one `node:fs` face, by number. */
export class Descriptors {
  /** Both faces of the Vfs that they are of. */
  readonly faces: { readonly now: Verbs; readonly later: Verbs };
  readonly #files = new Map<number, BothFaces>();
  #next = FIRST;

  constructor(faces: { readonly now: Verbs; readonly later: Verbs }) {
    this.faces = faces;
  }

  /** Gives an open file its number. */
  add(file: BothFaces): number {
    const fd = this.#next++;
    this.#files.set(fd, file);
    return fd;
  }

  /** The open file of a number, as a side uses it; `EBADF` when there is none. */
  get(fd: number, side: Pick<Side, "sync">, syscall: string): Opened {
    const file = this.#files.get(fd);
    if (file === undefined) throw systemError("EBADF", { syscall });
    return side.sync ? file.now : file.later;
  }

  /** The same, and the number means nothing from now on. */
  take(fd: number, side: Pick<Side, "sync">): Opened {
    const file = this.get(fd, side, "close");
    this.#files.delete(fd);
    return file;
  }
}

/** A directory that was opened as a file is, to ask about it or to sync it. */
export function openDirectory(path: string, { now, later }: { now: Verbs; later: Verbs }): BothFaces {
  return { now: new DirectoryFile(now, path), later: new DirectoryFile(later, path) };
}

class DirectoryFile implements Opened {
  readonly #verbs: Verbs;
  readonly #path: string;

  constructor(verbs: Verbs, path: string) {
    this.#verbs = verbs;
    this.#path = path;
  }

  read(): never {
    throw new VfsError("EISDIR");
  }
  write(): never {
    throw new VfsError("EBADF");
  }
  truncate(): never {
    throw new VfsError("EINVAL");
  }
  stat(): Awaitable<Stats> {
    return this.#verbs.stat(this.#path) as Awaitable<Stats>;
  }
  chmod(mode: number): Awaitable<void> {
    return this.#verbs.chmod(this.#path, mode);
  }
  chown(uid: number, gid: number): Awaitable<void> {
    return this.#verbs.chown(this.#path, uid, gid);
  }
  utimes(atime: number, mtime: number): Awaitable<void> {
    return this.#verbs.utimes(this.#path, atime, mtime);
  }
  /** What a directory holds is durable when the change that put it there is. */
  sync(): void {}
  datasync(): void {}
  close(): void {}
}
