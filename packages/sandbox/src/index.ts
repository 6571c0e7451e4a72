export { createSession, type ExecuteOptions, type Session, type SessionOptions } from "./session.ts";
export { python } from "./python/python.ts";
export {
  GuestDied,
  type Callback,
  type Engine,
  type EngineOptions,
  type Guest,
  type OnOutput,
  type RunRequest,
} from "./engine.ts";
export type { Limits, ResolvedLimits } from "./limits.ts";
export type { ErrorKind, ExecutionError, ExecutionResult } from "./result.ts";
