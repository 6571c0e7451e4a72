import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { Program } from "./command.ts";
import { addCat } from "./commands/cat.ts";
import { addCp, addMv } from "./commands/cp-mv.ts";
import { addDiff } from "./commands/diff.ts";
import { addDu } from "./commands/du.ts";
import { addFind } from "./commands/find.ts";
import { addGrep } from "./commands/grep.ts";
import { addLs } from "./commands/ls.ts";
import { addMkdir, addRm } from "./commands/mkdir-rm.ts";
import { addS3 } from "./commands/s3.ts";
import { addRun } from "./commands/run.ts";
import { addSnapshot } from "./commands/snapshot.ts";
import { addStat } from "./commands/stat.ts";
import { addSync } from "./commands/sync.ts";
import { addTemplate } from "./commands/template.ts";
import { addTouch } from "./commands/touch.ts";
import { addTour } from "./commands/tour.ts";
import { addTree } from "./commands/tree.ts";
import { Output, UsageError, type Terminal } from "./output.ts";

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
 * @returns The exit code.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const json = args.includes("--json");
  const root = new Command("vfs")
    .description("Files of many stores under one root, and untrusted Python that works on them.")
    .addHelpText("after", HELP)
    .version(version(), "-V, --version", "print the version")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => {
        if (!json) terminal.stderr.write(text);
      },
    });
  const program = new Program(root, terminal);
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
    addDiff,
    addSync,
    addTree,
    addStat,
    addS3,
    addRun,
    addTemplate,
    addSnapshot,
    addTour,
  ])
    add(program);
  try {
    await root.parseAsync(args, { from: "user" });
    return program.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (json) new Output(terminal, true).failure(new UsageError(messageOf(error)));
    return 2;
  }
}

function messageOf({ code, message }: CommanderError): string {
  return code === "commander.help" ? "name a command; see vfs --help" : message.replace(/^error: /, "");
}

/** As the package has it. */
function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
