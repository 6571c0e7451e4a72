import type { EmscriptenModule, FsStream } from "./emscripten.ts";
import type { Replacement } from "./seal.ts";

// Above all that code is given: it neither uses these up nor meets them when it closes all that it has.
const FIRST_FD = 10_000;

// Of WASI: what a call on no open file answers, as a number of its own and as one of libc.
const EBADF = 8;

/** Keeps an open file for the guest program itself: under a number that code cannot close. */
export function ownFile({ FS }: EmscriptenModule, stream: FsStream): FsStream {
  let fd = FIRST_FD;
  while (FS.streams[fd]) fd++;
  return FS.dupStream(stream, fd);
}

/** Imports by which code would close the guest program's own files. */
export const KEEP_OWN_FILES: Readonly<Record<string, Replacement>> = {
  fd_close:
    (original) =>
    (fd = -1) =>
      fd >= FIRST_FD ? EBADF : original(fd),
  __syscall_dup3:
    (original) =>
    (fd = -1, into = -1, flags = 0) =>
      into >= FIRST_FD ? -EBADF : original(fd, into, flags),
};
