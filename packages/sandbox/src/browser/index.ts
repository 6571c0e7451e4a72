export { createSession, type PageSessionOptions } from "./session.ts";
export { python, type PythonOptions } from "./python.ts";
export {
  GuestDied,
  type Callback,
  type CallbackFunction,
  type CallbackStub,
  type DescribedCallback,
  type Engine,
  type LeftOut,
} from "../engine.ts";
export type { Limits } from "../limits.ts";
export type { Mount } from "../mounts.ts";
export type { ErrorKind, ExecutionError, ExecutionResult, MimeBundle } from "../result.ts";
export type { Checkpoint, ExecuteOptions, Session } from "../session.ts";
export type { SessionStats } from "../stats.ts";
