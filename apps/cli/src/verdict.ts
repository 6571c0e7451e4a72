import type { ErrorKind, ExecutionError } from "@vfs/sandbox";

// 124 is what timeout(1) answers, 137 what a shell does of a program that was killed.
const CODES: { readonly [K in ErrorKind]: number } = {
  exception: 1,
  output: 1,
  limit: 1,
  timeout: 124,
  memory: 137,
  killed: 137,
};

/** What `vfs run` answers, as Python does: `sys.exit(3)` is no failure but an answer. */
export function exitCodeOf(error: ExecutionError | undefined): number {
  if (error === undefined) return 0;
  // As the operating system, which keeps the lowest byte.
  return isExit(error) && isNumber(error.message) ? Number(error.message) & 255 : CODES[error.kind];
}

/** What is said of code that did not end as it should: of an exception what Python says, of a limit how to raise it. */
export function complaintOf(error: ExecutionError): string {
  if (isExit(error)) return isNumber(error.message) ? "" : `${error.message}\n`;
  const { message, traceback } = error;
  const reason = reasonOf(error);
  const told = traceback !== "" || reason !== undefined ? traceback : message;
  const lines = told === "" || told.endsWith("\n") ? told : `${told}\n`;
  return reason === undefined ? lines : `${lines}vfs: ${reason}\n`;
}

function reasonOf({ kind, message }: ExecutionError): string | undefined {
  switch (kind) {
    case "exception":
      return undefined;
    case "output":
      return `${message}; --output <MiB> allows more`;
    case "timeout":
      return `${message}; --timeout <seconds> allows more`;
    case "memory":
      return "the code wanted more memory than it may have; --memory <MiB> allows more";
    case "limit":
    case "killed":
      return message;
  }
}

function isExit({ kind, type }: ExecutionError): boolean {
  return kind === "exception" && type === "SystemExit";
}

function isNumber(text: string): boolean {
  return /^-?\d+$/.test(text);
}
