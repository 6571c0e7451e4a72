import type { CallContext } from "../call-context.ts";

let running: ReadonlySet<unknown> | undefined;

/** Browsers do not tell what a callback does later: that waits until the callback has had its time. */
export const pageContext: CallContext = {
  sessions: () => running,
  run(sessions, action) {
    const before = running;
    running = sessions;
    try {
      return action();
    } finally {
      running = before;
    }
  },
};
