import { VfsError, type AnyCall } from "@vfs/core";
import { violationOf, type ViolationLog } from "../violations.ts";

/** The rule that is named where nothing lets a call through. */
export const NOT_ALLOWED = "allowed paths";
/** The rule of a profile that lets nothing be changed. */
export const READ_ONLY = "read-only";
/** The rule against what this package does not know. */
export const UNKNOWN = "unknown operation";
/** The rule against what would reach past the rules for what lies below. */
export const WHOLE_TREE = "rules below";

/** Writes a refusal down, and makes the error to throw. It names the rule and, later, the path that was asked for. */
export function refusal(
  log: ViolationLog,
  call: AnyCall,
  reason: "policy" | "readonly",
  rule: string,
): VfsError {
  log.add(violationOf(call, reason, rule));
  return new VfsError(reason === "readonly" ? "EROFS" : "EACCES", {
    reason: "policy",
    hint: `refused by rule "${rule}"`,
  });
}
