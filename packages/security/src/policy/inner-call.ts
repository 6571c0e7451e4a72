import {
  Call,
  isVfsError,
  wait,
  type AnyCall,
  type Flow,
  type Next,
  type Operations,
  type OpName,
  type VPath,
} from "@vfs/core";

/** A call of the policy's own, for the same caller, from the same place. */
export function innerCall<K extends OpName>(
  { ctx, mountPath }: AnyCall,
  op: K,
  path: VPath,
  args: Operations[K]["args"],
): Call<K> {
  return new Call(op, path, undefined, args, ctx, undefined, mountPath);
}

/** Whether there is something where a call would write. A link that the call follows is followed. */
export function* isThere(call: AnyCall, next: Next, path: VPath): Flow<boolean> {
  try {
    yield* wait(next(innerCall(call, "stat", path, { follow: call.op !== "rename" })));
    return true;
  } catch (reason) {
    // A file in the middle is not told of: what lies there may be hidden.
    if (isVfsError(reason, "ENOENT", "ENOTDIR")) return false;
    throw reason;
  }
}
