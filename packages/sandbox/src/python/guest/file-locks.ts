import type { EmscriptenModule } from "./emscripten.ts";
import { Host } from "./host.ts";
import type { LiveFs } from "./live-fs.ts";
import type { Import, Replacement } from "./seal.ts";

// Of musl on wasm32, where offsets have 64 bits.
const F_GETLK64 = 12;
const F_SETLK64 = 13;
const F_SETLKW64 = 14;
const LOCK_TYPES = ["read", "write", "unlock"] as const;
const F_UNLCK = 2;

// `struct flock`: l_type and l_whence at 0 and 2, l_start at 8, l_len at 16.
const TYPE_AT = 0;
const WHENCE_AT = 2;
const START_AT = 8;
const LENGTH_AT = 16;
const SEEK_CUR = 1;
const SEEK_END = 2;

// Emscripten's file functions answer a failure as the negative number of WASI; SQLite knows -6 as "somebody has it".
const EAGAIN = -6;
const EINVAL = -28;

/**
 * Advisory locks on files of the host: Emscripten's own `fcntl` takes every lock for granted, so that two guests on
 * one SQLite database would destroy it. A lock that somebody else has is refused at once, whether or not the guest
 * would wait.
 */
export function fileLocks(module: () => EmscriptenModule, files: () => LiveFs | undefined): Replacement {
  return (original: Import): Import =>
    (fd = -1, command = 0, varargs = 0) => {
      if (command !== F_SETLK64 && command !== F_SETLKW64 && command !== F_GETLK64)
        return original(fd, command, varargs);
      try {
        const handle = files()?.handleOf(fd);
        if (handle === undefined) return original(fd, command, varargs);
        return lock(module(), handle, fd, command, varargs >>> 0);
      } catch (error) {
        const { errno } = error as { errno?: number };
        if (errno === undefined) throw error;
        return -errno;
      }
    };
}

function lock(
  module: EmscriptenModule,
  handle: number,
  fd: number,
  command: number,
  varargs: number,
): number {
  const flock = module.HEAP32[varargs >>> 2] ?? 0;
  const type = module.HEAP16[(flock + TYPE_AT) >>> 1] ?? -1;
  const name = LOCK_TYPES[type];
  const range = rangeOf(module, handle, fd, flock >>> 0);
  if (name === undefined || range === undefined) return EINVAL;
  const host = new Host(module);
  if (command === F_GETLK64) {
    const free = name === "unlock" || host.ask("testLock", handle, name, ...range) === true;
    if (free) module.HEAP16[(flock + TYPE_AT) >>> 1] = F_UNLCK;
    return 0;
  }
  return host.ask("lock", handle, name, ...range) === true ? 0 : EAGAIN;
}

/** The bytes that a `struct flock` means: from the first up to the one behind the last. */
function rangeOf(
  module: EmscriptenModule,
  handle: number,
  fd: number,
  flock: number,
): readonly [start: number, end: number] | undefined {
  const whence = module.HEAP16[(flock + WHENCE_AT) >>> 1] ?? 0;
  let start = Number(module.HEAP64[(flock + START_AT) >>> 3] ?? 0n);
  const length = Number(module.HEAP64[(flock + LENGTH_AT) >>> 3] ?? 0n);
  if (whence === SEEK_CUR) start += module.FS.getStreamChecked(fd).position;
  else if (whence === SEEK_END)
    start += (new Host(module).ask("fstat", handle) as readonly unknown[])[2] as number;
  // A length of 0 is to the end, wherever that will be; a negative one goes back from the start.
  const end = length === 0 ? Number.MAX_SAFE_INTEGER : start + length;
  const [from, to] = length < 0 ? [end, start] : [start, end];
  return from < 0 ? undefined : [from, to];
}
