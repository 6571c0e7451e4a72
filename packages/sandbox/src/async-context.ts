import { AsyncLocalStorage } from "node:async_hooks";
import type { CallContext } from "./call-context.ts";

const within = new AsyncLocalStorage<ReadonlySet<unknown>>();

/** Known also to what a callback does later. */
export const asyncContext: CallContext = {
  sessions: () => within.getStore(),
  run: (sessions, action) => within.run(sessions, action),
};
