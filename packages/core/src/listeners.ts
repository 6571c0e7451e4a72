/**
 * Calls a listener. What it throws is its own affair and not that of the call which it is told of: it surfaces as an
 * uncaught error.
 */
export function callListener(listener: () => void): void {
  try {
    listener();
  } catch (reason) {
    queueMicrotask(() => {
      throw reason;
    });
  }
}
