import { mutates, OPERATIONS, type Call } from "@vfs/core";

/** Whether an operation is one of those that these layers were written for. */
export function isKnown({ op }: Pick<Call, "op">): boolean {
  return Object.hasOwn(OPERATIONS, op);
}

/** Whether a call may change something: of an operation that nobody knows, it is to be feared. */
export function mayChange(call: Call): boolean {
  return !isKnown(call) || mutates(call);
}
