// Node's is ten times cheaper than a timer of 0 ms, which waits at least one.
const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => void };

/** Lets the event loop turn once: whatever else waits gets its turn. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate !== undefined) return setImmediate(resolve);
    // A timer within timers waits 4 ms in browsers, a message does not.
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
