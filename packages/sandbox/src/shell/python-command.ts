import { posix } from "node:path";
import type { RunRequest } from "../engine.ts";

/** What `python3` was called with. */
export interface PythonCommand {
  /** A file, a module of `-m`, or code of `-c` and from the standard input. */
  readonly kind: "file" | "module" | "code";
  readonly what: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A command as two pieces of code for a fresh interpreter: the surroundings of a program that is started by a shell, and
 * the program.
 */
export function pythonRuns(
  { kind, what, argv, cwd, env }: PythonCommand,
  stdin: Uint8Array,
  timeoutMs: number,
): readonly [before: RunRequest, run: RunRequest] {
  const folder = kind === "file" ? posix.dirname(what) : "";
  // JSON in a string of Python: what JSON escapes, Python reads alike.
  const before = `import os, sys; os.chdir(${JSON.stringify(cwd)}); sys.path.insert(0, ${JSON.stringify(folder)}); del os, sys`;
  return [
    { code: before, timeoutMs },
    { code: programOf(kind, what), timeoutMs, argv, env, stdin },
  ];
}

function programOf(kind: PythonCommand["kind"], what: string): string {
  if (kind === "code") return `${what}\nNone`;
  const run = kind === "file" ? "run_path" : "run_module";
  const more = kind === "file" ? "" : ", alter_sys=True";
  return `__import__('runpy').${run}(${JSON.stringify(what)}, run_name='__main__'${more})\nNone`;
}
