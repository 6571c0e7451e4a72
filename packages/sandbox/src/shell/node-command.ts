import type { RunRequest } from "../engine.ts";

/** What `node` was called with. */
export interface NodeCommand {
  readonly kind: "file" | "code";
  readonly what: string;
  /** Whether its value is printed: `node -p`. */
  readonly prints: boolean;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A command as a piece of code for a fresh interpreter. */
export function nodeRun(
  { kind, what, argv, cwd, env }: NodeCommand,
  stdin: Uint8Array,
  timeoutMs: number,
): RunRequest {
  const program = kind === "file" ? `await import(${JSON.stringify(what)}); undefined` : what;
  return { code: `process.chdir(${JSON.stringify(cwd)}); ${program}`, timeoutMs, stdin, argv, env };
}
