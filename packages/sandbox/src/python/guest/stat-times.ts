import type { EmscriptenModule } from "./emscripten.ts";
import type { Replacement } from "./seal.ts";

// Where `struct stat` has the seconds of its three times, in 64 bits each; the nanoseconds follow.
const SECONDS_AT = [40, 56, 72] as const;
const NANOSECONDS_BEHIND = 8;

/**
 * Tells times in whole microseconds. Emscripten counts them in doubles of milliseconds, which are a quarter of a
 * microsecond apart, and cuts off; and `os.utime` of this build cuts off what is below a microsecond. A time that was told
 * would not be the same once it was set.
 */
export function statTimes(module: () => EmscriptenModule): Readonly<Record<string, Replacement>> {
  return {
    __syscall_stat64: rounded(module, 1),
    __syscall_lstat64: rounded(module, 1),
    __syscall_fstat64: rounded(module, 1),
    __syscall_newfstatat: rounded(module, 2),
  };
}

/** @param buffer Which of the arguments says where the answer goes. */
function rounded(module: () => EmscriptenModule, buffer: number): Replacement {
  return (original) =>
    (...args) => {
      const result = original(...args);
      if (result === 0) round(module(), args[buffer] ?? 0);
      return result;
    };
}

function round({ HEAP32, HEAP64 }: EmscriptenModule, buffer: number): void {
  for (const at of SECONDS_AT) {
    const place = (buffer + at + NANOSECONDS_BEHIND) >>> 2;
    const microseconds = Math.round((HEAP32[place] ?? 0) / 1000);
    HEAP32[place] = (microseconds % 1_000_000) * 1000;
    if (microseconds === 1_000_000) HEAP64[(buffer + at) >>> 3] = (HEAP64[(buffer + at) >>> 3] ?? 0n) + 1n;
  }
}
