import type { GuestError } from "../../protocol.ts";
import { importError } from "./modules.ts";

/** Of code that cannot end. */
export const NEVER: GuestError = {
  type: "Error",
  message: "the code waits for a promise that nothing is left to settle",
  traceback: "",
};

/** Of code that was interrupted, with where it was. */
export function interruptedAt(stack: string): GuestError {
  const traceback = stack === "" ? "" : `Interrupted\n${stack}`;
  return { type: "Interrupted", message: "", traceback, ...lineOf(stack) };
}

/** QuickJS throws `null` when it has no memory for an error. */
export function isOutOfMemory(error: unknown): boolean {
  const { name, message } = error as { readonly name: string; readonly message: string };
  return (name === "InternalError" && message === "out of memory") || (name === "" && message === "");
}

/** The line of the code in which something came up, if a stack tells of one. */
export function lineOf(stack: string): { readonly line?: number } {
  const line = /<execute \d+>:(\d+)/.exec(stack)?.[1];
  return line === undefined ? {} : { line: Number(line) };
}

/** A result of a hook of the module loader. */
export function attempt(action: () => string): string | { error: Error } {
  try {
    return action();
  } catch (error) {
    return { error: importError(error) };
  }
}
