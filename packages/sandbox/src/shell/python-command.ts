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
  const given = JSON.stringify({ argv, cwd, env, stdin: Buffer.from(stdin).toString("base64"), kind, what });
  // JSON in a string of Python: what JSON escapes, Python reads alike.
  const before = `
def _begin(given):
    import base64, io, os, sys
    sys.argv[:] = given['argv']
    os.environ.clear()
    os.environ.update(given['env'])
    os.chdir(given['cwd'])
    sys.stdin = io.TextIOWrapper(io.BytesIO(base64.b64decode(given['stdin'])), 'utf-8', 'surrogateescape')
    sys.path.insert(0, os.path.dirname(os.path.abspath(given['what'])) if given['kind'] == 'file' else '')
import json as _json
_begin(_json.loads(${JSON.stringify(given)}))
del _begin, _json`;
  return [
    { code: before, timeoutMs },
    { code: programOf(kind, what), timeoutMs, argv, env },
  ];
}

function programOf(kind: PythonCommand["kind"], what: string): string {
  if (kind === "code") return `${what}\nNone`;
  const run = kind === "file" ? "run_path" : "run_module";
  const more = kind === "file" ? "" : ", alter_sys=True";
  return `__import__('runpy').${run}(${JSON.stringify(what)}, run_name='__main__'${more})\nNone`;
}
