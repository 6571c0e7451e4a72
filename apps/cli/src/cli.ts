import { Command, CommanderError } from "commander";
import { Program } from "./command.ts";
import { addCat } from "./commands/cat.ts";
import { addCp, addMv } from "./commands/cp-mv.ts";
import { addFind } from "./commands/find.ts";
import { addGrep } from "./commands/grep.ts";
import { addLs } from "./commands/ls.ts";
import { addMkdir, addRm } from "./commands/mkdir-rm.ts";
import { addRun } from "./commands/run.ts";
import { addStat } from "./commands/stat.ts";
import { addTour } from "./commands/tour.ts";
import { addTree } from "./commands/tree.ts";
import type { Terminal } from "./output.ts";

const HELP = `
Where a location is wanted, give a path of the root, or one in a store of its own:
  /notes/a.txt            in the root that --mount makes
  file:./dir/a.txt        on this machine
  sqlite:./x.db:/a.txt    in a database
  memory:/a.txt           in memory, gone when the command ends
Without --mount the root is memory, with the working directory in it, read-only, at /cwd.

Examples:
  vfs tour
  vfs cp -r file:./src sqlite:./backup.db:/src
  vfs grep -i todo sqlite:./backup.db:/src
  vfs run --mount /in=file:./data script.py     sees the files in /data/in

Exit codes: 0 done, 1 something failed (or grep found nothing), 2 the command makes no sense, 124 run took too long.
`;

/**
 * Runs one command line.
 *
 * @returns The exit code.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const root = new Command("vfs")
    .description("Files of many stores under one root, and untrusted Python that works on them.")
    .addHelpText("after", HELP)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  const program = new Program(root, terminal);
  for (const add of [
    addLs,
    addCat,
    addCp,
    addMv,
    addRm,
    addMkdir,
    addFind,
    addGrep,
    addTree,
    addStat,
    addRun,
    addTour,
  ])
    add(program);
  try {
    await root.parseAsync(args, { from: "user" });
    return program.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}
