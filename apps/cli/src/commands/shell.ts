import { createInterface } from "node:readline";
import { Option } from "commander";
import type { Job, Program } from "../command.ts";
import type { Language } from "../engines.ts";
import type { OpenEngine, ShellEngine, ShellSession } from "../shell/engine.ts";
import { runInteractive, runScript } from "../shell/shell.ts";
import { VerbsEngine, type Verbs } from "../shell/verbs.ts";

interface ShellFlags {
  readonly command?: string[];
  readonly exitOnError?: boolean;
  readonly engine: string;
}

const HELP = `The commands are those of vfs itself, without the vfs: ls -l, cp -r docs /backup, grep -i todo. Besides them there are
cd, pwd, help and exit. Paths start where cd went; file:./x is on this machine. Names may be patterns: *.txt.
What is in memory stays until the shell ends. Tab completes commands, options and paths; Ctrl-C ends the command that
runs; Ctrl-D leaves. Lines are kept in ~/.local/state/vfs/history, or where VFS_HISTORY says; those that begin with a
space are not. When the standard input is no terminal its lines are a script.

With --engine python, js or shell the lines are of that language, in one session that sees what is mounted in /data and
nothing else of this machine; names stay from line to line, and an empty line ends a block.

Exit codes: that of the last command, or of exit.

Examples:
  vfs shell --mount /db=sqlite:./x.db
  vfs shell --mount /=file:./project -c "cd src" -c "find . --name '*.ts'"
  vfs shell -e < script.vfs
  vfs shell --engine python --mount /db=sqlite:./x.db`;

/** @param verbs The commands that its lines may name. */
export function addShell(program: Program, verbs: Verbs): void {
  const engines: Readonly<Record<string, OpenEngine>> = {
    verbs: (session) => new VerbsEngine(session, verbs),
    python: (session) => openLanguage(session, "python"),
    js: (session) => openLanguage(session, "js"),
    shell: (session) => openLanguage(session, "shell"),
  };
  program
    .add<[ShellFlags]>(
      "shell",
      "work on what is mounted, line by line",
      (job, flags) => shell(job, flags, engines),
      {
        makesDatabases: true,
        isShell: true,
      },
    )
    .option("-c, --command <line>", "run this and end; may be given more than once", collect)
    .option("-e, --exit-on-error", "end a script with the first line that fails")
    .addOption(
      new Option(
        "--engine <name>",
        "what the lines are: commands of vfs, or a language, sealed off as run has it",
      )
        .choices(Object.keys(engines))
        .default("verbs"),
    )
    .addHelpText("after", HELP);
}

async function openLanguage(session: ShellSession, language: Language): Promise<ShellEngine> {
  // Most shells need no interpreter.
  const { SessionEngine } = await import("../shell/session-engine.ts");
  return SessionEngine.open(session, language);
}

async function shell(
  job: Job,
  flags: ShellFlags,
  engines: Readonly<Record<string, OpenEngine>>,
): Promise<number> {
  const { stores, output, signal } = job;
  const { command, exitOnError: stopsOnError = false } = flags;
  const { terminal } = output;
  const isInteractive =
    command === undefined && terminal.stdin.isTTY === true && terminal.stdout.isTTY === true;
  const session = { stores, isInteractive };
  const engine = await (engines[flags.engine] as OpenEngine)(session);
  try {
    if (isInteractive) return await runInteractive(engine, session, terminal);
    if (command !== undefined) return await runScript(engine, command, terminal, { stopsOnError });
    const lines = createInterface({ input: terminal.stdin, crlfDelay: Infinity, signal });
    return await runScript(engine, lines, terminal, { stopsOnError });
  } finally {
    await engine.close?.();
  }
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}
