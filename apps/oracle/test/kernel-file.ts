import fs from "node:fs";
import { VfsError } from "@vfs/core";
import type { Described, Opened } from "./files.ts";

/** A descriptor of the kernel that knows when it is closed, as Node's `FileHandle`: its number may be another's by then. */
export class KernelFile implements Opened {
  #fd: number | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  #need(syscall: string): number {
    if (this.#fd === undefined) throw new VfsError("EBADF", { syscall });
    return this.#fd;
  }

  read(into: Uint8Array, offset: number, length: number, position: number | null): { bytesRead: number } {
    return { bytesRead: fs.readSync(this.#need("read"), into, offset, length, position) };
  }
  write(data: Uint8Array, offset: number, length: number, position: number | null): { bytesWritten: number } {
    return { bytesWritten: fs.writeSync(this.#need("write"), data, offset, length, position) };
  }
  truncate(size: number): void {
    fs.ftruncateSync(this.#need("ftruncate"), size);
  }
  stat(): Described {
    return fs.fstatSync(this.#need("fstat"));
  }
  chmod(mode: number): void {
    fs.fchmodSync(this.#need("fchmod"), mode);
  }
  utimes(atime: number | Date, mtime: number | Date): void {
    fs.futimesSync(this.#need("futime"), atime, mtime);
  }
  sync(): void {
    fs.fsyncSync(this.#need("fsync"));
  }
  datasync(): void {
    fs.fdatasyncSync(this.#need("fdatasync"));
  }
  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }
}
