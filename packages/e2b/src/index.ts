export { e2b, type E2bOptions } from "./e2b.ts";
export type { E2bProvider } from "./provider.ts";
export type { RunOptions, RunResult } from "./run.ts";
export type { RetryOptions } from "./remote/retry.ts";
