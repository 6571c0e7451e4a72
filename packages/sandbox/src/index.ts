export {
  createSession,
  type Checkpoint,
  type ExecuteOptions,
  type Session,
  type SessionOptions,
} from "./session.ts";
export { createPool, type AcquireOptions, type Pool, type PoolOptions } from "./pool.ts";
export { python, type PythonOptions } from "./python/python.ts";
export {
  GuestDied,
  type Callback,
  type CallbackFunction,
  type CallbackStub,
  type DescribedCallback,
  type Engine,
  type EngineOptions,
  type Guest,
  type HostServices,
  type HostUse,
  type Isolation,
  type LeftOut,
  type MountPoint,
  type OnOutput,
  type RunRequest,
  type SavedMemory,
} from "./engine.ts";
export type { Limits, ResolvedLimits } from "./limits.ts";
export type { Mount } from "./mounts.ts";
export type { ErrorKind, ExecutionError, ExecutionResult, MimeBundle } from "./result.ts";
export type { SessionStats } from "./stats.ts";
