/** Tells, inside of callbacks, which sessions' callbacks are running. */
export interface CallContext {
  sessions(): ReadonlySet<unknown> | undefined;
  run<T>(sessions: ReadonlySet<unknown>, action: () => T): T;
}
