import { pause, type Watch } from "./clock.ts";
import type { Replacement } from "./seal.ts";

const SLICE_MS = 10;
const EINTR = -27;

/** Imports by which the interpreter waits: without using the processor, and not past an interrupt. */
export function waiting(watch: Watch): Readonly<Record<string, Replacement>> {
  return {
    // There are no sockets, and nothing else that JavaScript would have to be waited for.
    _maybe_poll_async: () => () => null,
    __syscall_poll:
      (original) =>
      (fds = 0, count = 0, timeoutMs = 0) => {
        const endMs = timeoutMs < 0 ? Infinity : performance.now() + timeoutMs;
        for (;;) {
          const ready = original(fds, count, timeoutMs);
          const leftMs = endMs - performance.now();
          if (ready !== 0 || leftMs <= 0) return ready;
          if (watch.wanted()) return EINTR;
          pause(Math.min(leftMs, SLICE_MS));
        }
      },
    // Only libc's sleep asks for the time this way, over and over until it is late enough: SQLite waits so for a lock.
    emscripten_get_now: (original) => () => {
      if (watch.wanted()) return Infinity;
      pause(1);
      return original();
    },
  };
}
