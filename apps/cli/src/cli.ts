import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { Program } from "./command.ts";
import { addCat } from "./commands/cat.ts";
import { addCompletion } from "./commands/completion.ts";
import { addCp, addMv } from "./commands/cp-mv.ts";
import { addDiff } from "./commands/diff.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDu } from "./commands/du.ts";
import { addEdit } from "./commands/edit.ts";
import { addFind } from "./commands/find.ts";
import { addGrep } from "./commands/grep.ts";
import { addLs } from "./commands/ls.ts";
import { addMkdir, addRm } from "./commands/mkdir-rm.ts";
import { addMounts } from "./commands/mounts.ts";
import { addS3 } from "./commands/s3.ts";
import { addRun } from "./commands/run.ts";
import { addShell } from "./commands/shell.ts";
import { addSnapshot } from "./commands/snapshot.ts";
import { addStat } from "./commands/stat.ts";
import { addSync } from "./commands/sync.ts";
import { addTemplate } from "./commands/template.ts";
import { addTouch } from "./commands/touch.ts";
import { addTour } from "./commands/tour.ts";
import { addWatch } from "./commands/watch.ts";
import { addTree } from "./commands/tree.ts";
import { endedCode } from "./ending.ts";
import { Output, UsageError, type Terminal } from "./output.ts";
import type { Stores } from "./stores.ts";

const HELP = `
Where a location is wanted, give a path of the root, or one in a store of its own:
  /notes/a.txt            in the root that --mount makes
  file:./dir/a.txt        on this machine
  sqlite:./x.db:/a.txt    in a database
  s3://bucket/a.txt       in a bucket; credentials, region and AWS_ENDPOINT_URL_S3 from the environment
  memory:                 in memory, gone when the command ends; for --mount
Without --mount the root is memory, with the working directory in it, read-only, at /cwd; run sees an empty one.
What would be lost with the command is refused: cp file:./a.txt b.txt wants to be cp file:./a.txt file:b.txt.

Examples:
  vfs tour
  vfs cp -r file:./src sqlite:./backup.db:/src
  vfs grep -i todo sqlite:./backup.db:/src
  vfs run --mount /in=file:./data script.py     sees the files in /data/in

Exit codes: 0 done, 1 something failed (or grep found nothing), 2 the command makes no sense, 130 ended by Ctrl-C;
run has more: vfs help run.
`;

/**
 * Runs one command line.
 *
 * @param stores What is open already, where the line is one of a shell.
 * @returns The exit code.
 */
export async function runCli(args: readonly string[], terminal: Terminal, stores?: Stores): Promise<number> {
  const json = args.includes("--json");
  const program = build(terminal, json, stores);
  try {
    await program.root.parseAsync(args, { from: "user" });
    return program.exitCode;
  } catch (error) {
    const output = new Output(terminal, json, args.includes("--debug"));
    if (terminal.signal.aborted) return endedCode(terminal.signal);
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (json) output.failure(new UsageError(messageOf(error)));
      return USAGE;
    }
    // A fault of this program, not of who uses it.
    output.failure(error);
    return FAULT;
  }
}

const USAGE = 2;
// EX_SOFTWARE of sysexits.h
const FAULT = 70;

/** The table of commands, for who wants to tell of them. */
export function commandTable(terminal: Terminal): Command {
  return build(terminal, false).root;
}

function build(terminal: Terminal, json: boolean, stores?: Stores): Program {
  const root = new Command("vfs")
    .description("Files of many stores under one root, and untrusted Python that works on them.")
    .addHelpText("after", HELP)
    .version(version(), "-V, --version", "print the version")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => {
        if (!json) terminal.stderr.write(text.replace(/^error: /, "vfs: "));
      },
    });
  const program = new Program(root, terminal, stores);
  for (const add of [
    addLs,
    addCat,
    addCp,
    addMv,
    addRm,
    addMkdir,
    addTouch,
    addFind,
    addGrep,
    addDu,
    addTree,
    addStat,
    addDiff,
    addSync,
    addEdit,
    addWatch,
  ])
    add(program);
  addShell(program, {
    run: (args, inner, session) => runCli(args, inner, session.stores),
    table: () => commandTable(terminal),
  });
  for (const add of [addRun, addTemplate, addSnapshot, addS3, addMounts, addDoctor, addTour]) add(program);
  addCompletion(program, () => root);
  return program;
}

function messageOf({ code, message }: CommanderError): string {
  return code === "commander.help" ? "name a command; see vfs --help" : message.replace(/^error: /, "");
}

/** As the package has it. */
function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
