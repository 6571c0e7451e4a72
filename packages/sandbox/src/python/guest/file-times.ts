import type { EmscriptenModule } from "./emscripten.ts";
import type { LiveFs } from "./live-fs.ts";
import type { Replacement } from "./seal.ts";

// What stands in the place of the nanoseconds.
const UTIME_NOW = 1_073_741_823;
const UTIME_OMIT = 1_073_741_822;

// Two of `struct timespec`: seconds in 64 bits, nanoseconds in 32.
const NANOSECONDS_AT = 8;
const TIMESPEC_BYTES = 16;

/** Sets the times of open files by their handles: Emscripten would set those of what has the file's path by now. */
export function fileTimes(module: () => EmscriptenModule, files: () => LiveFs | undefined): Replacement {
  return (original) =>
    (fd = -1, path = 0, times = 0, flags = 0) => {
      const live = files();
      const hasPath = path !== 0 && module().HEAPU8[path >>> 0] !== 0;
      if (live === undefined || fd < 0 || hasPath) return original(fd, path, times, flags);
      try {
        if (live.handleOf(fd) === undefined) return original(fd, path, times, flags);
        live.setTimes(fd, timeAt(module(), times), timeAt(module(), times && times + TIMESPEC_BYTES));
        return 0;
      } catch (error) {
        const { errno } = error as { errno?: number };
        if (errno === undefined) throw error;
        return -errno;
      }
    };
}

/** A time in milliseconds, null for "as it is". */
function timeAt(module: EmscriptenModule, at: number): number | null {
  const nanoseconds = at === 0 ? UTIME_NOW : module.HEAP32[(at + NANOSECONDS_AT) >>> 2];
  if (nanoseconds === undefined || nanoseconds === UTIME_OMIT) return null;
  if (nanoseconds === UTIME_NOW) return Date.now();
  return Number(module.HEAP64[at >>> 3] ?? 0n) * 1000 + nanoseconds / 1e6;
}
