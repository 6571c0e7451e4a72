import { isVfsError, type AnyCall, type OpName } from "@vfs/core";

/** What can be done twice with the same outcome, whether or not the first time was in vain. */
const IDEMPOTENT: ReadonlySet<OpName> = new Set<OpName>([
  "stat",
  "read",
  "list",
  "find",
  "scan",
  "readlink",
  "readStream",
  "changes",
  "snapshots",
  "usage",
  "statfs",
  "flush",
  "write",
  "writeStream",
  "writeMany",
  "truncate",
  "copy",
  "setStat",
  "open",
  "file.read",
  "file.write",
  "file.truncate",
  "file.stat",
  "file.setStat",
  "file.sync",
]);

/** What is done at most once, whatever was said the first time. */
const ONCE: ReadonlySet<OpName> = new Set<OpName>(["file.close", "watch", "mount", "unmount"]);

/**
 * Whether a call may be made again that failed.
 *
 * @param thrown How it failed. With `EAGAIN` and `EBUSY` nothing was done. After any other failure it is not known
 * whether the store has done it all the same: the answer may have been lost on the way.
 */
export function mayRepeat(call: AnyCall, thrown?: unknown): boolean {
  const { op } = call;
  if (IDEMPOTENT.has(op) && !isConditional(call)) return true;
  const isOwn = ONCE.has(op) || !KNOWN.has(op);
  return !isOwn && (thrown === undefined || isVfsError(thrown, "EAGAIN", "EBUSY"));
}

/** What nobody knows here may have any effect when it is made twice. */
const KNOWN: ReadonlySet<string> = new Set<OpName>([
  ...IDEMPOTENT,
  "append",
  "mkdir",
  "remove",
  "rename",
  "symlink",
  "link",
]);

/** Whether the second time would fail because of the first: only where nothing is, or over the version from before. */
function isConditional(call: AnyCall): boolean {
  switch (call.op) {
    case "write":
    case "writeStream":
      return (call.args.ifMatch ?? call.args.ifNoneMatch) !== undefined;
    case "copy":
      // A tree is copied onto a free name only.
      return call.args.ifNoneMatch !== undefined || call.args.recursive === true;
    case "open":
      return call.args.flags.create && call.args.flags.exclusive;
    case "file.write":
      return call.args.position === "end";
    default:
      return false;
  }
}
