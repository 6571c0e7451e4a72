import { readFileSync } from "node:fs";
import { Command, CommanderError, type Option } from "commander";
import { Program, SHARED_GROUP } from "./command.ts";
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
import type { Verbs } from "./shell/verbs.ts";
import { Output, UsageError, type Terminal } from "./output.ts";
import type { Stores } from "./stores.ts";

const HELP = `
Where a location is wanted, give a path of the root, or one in a store of its own:
  /notes/a.txt            in the root that --mount and the configuration make
  file:./dir/a.txt        on this machine
  sqlite:./x.db:/a.txt    in a database
  s3://bucket/a.txt       in a bucket; credentials, region and AWS_ENDPOINT_URL_S3 from the environment
  e2b://id/home/user/a    in a sandbox of E2B that runs; E2B_API_KEY from the environment
  memory:                 in memory, gone when the command ends; for --mount
Without --mount and a configuration the root is memory, with the working directory in it, read-only, at /cwd.
What would be lost with the command is refused: cp file:./a.txt b.txt wants to be cp file:./a.txt file:b.txt.

The configuration is vfs.config.ts, .js, .json or .yaml of the working directory, or what --config or VFS_CONFIG names:
  mounts:
    /data: file:./data
    /db: { store: "sqlite:./x.db", readOnly: true }
    /files: { store: "s3://\${env.BUCKET}", layers: [cache, { retry: { attempts: 5 } }] }
It is not for run: untrusted code sees it only when --config names it.

Examples:
  vfs tour
  vfs cp -r file:./src sqlite:./backup.db:/src
  vfs sync file:./site s3://my-bucket/site --delete
  vfs grep -i todo sqlite:./backup.db:/src
  vfs run --mount /in=file:./data script.py     sees the files in /data/in

Exit codes:
  0    done
  1    something failed; or grep found nothing, or diff found something
  2    the command makes no sense as it is written; of diff, what failed
  70   a fault of vfs itself; --debug tells where
  130  ended by Ctrl-C; 143 by SIGTERM, 129 by SIGHUP
run has more (vfs help run); shell answers what its last command did.
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
    await program.root.parseAsync(named(args, program.root), { from: "user" });
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

/** Without the wish for help where it is for a command that is none, of which commander would say nothing. */
function named(args: readonly string[], root: Command): readonly string[] {
  const [name = "", ...others] = args[0] === "help" ? args.slice(1) : args;
  const wantsHelp = args[0] === "help" || others.some((one) => one === "--help" || one === "-h");
  const isKnown = name === "help" || root.commands.some((command) => command.name() === name);
  return !wantsHelp || isKnown || name === "" || name.startsWith("-") ? args : [name];
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
    .configureHelp({ groupItems: sharedLast })
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => {
        if (!json) terminal.stderr.write(withDashes(text.replace(/^error: /, "vfs: ")));
      },
    });
  const program = new Program(root, terminal, stores);
  const verbs: Verbs = {
    run: (args, inner, session) => runCli(args, inner, session.stores),
    table: () => commandTable(terminal),
  };
  const groups: [heading: string, ...commands: ((program: Program) => void)[]][] = [
    ["Look at files:", addLs, addCat, addTree, addStat, addDu, addFind, addGrep, addDiff, addWatch],
    ["Change files:", addCp, addMv, addRm, addMkdir, addTouch, addEdit, addSync],
    ["Work with many:", (it) => addShell(it, verbs), addRun, addTemplate, addSnapshot, addS3],
    ["See what there is:", addMounts, addDoctor, addTour],
  ];
  for (const [heading, ...commands] of groups) {
    root.commandsGroup(heading);
    for (const add of commands) add(program);
  }
  addCompletion(program, () => root);
  return program;
}

/** What is a command's own stands first in its help. */
function sharedLast<T extends Command | Option>(
  _all: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = Map.groupBy(visible, groupOf);
  const last = groups.get(SHARED_GROUP);
  if (last !== undefined) {
    groups.delete(SHARED_GROUP);
    groups.set(SHARED_GROUP, last);
  }
  return groups;
}

function messageOf({ code, message }: CommanderError): string {
  return code === "commander.help"
    ? "name a command; see vfs --help"
    : withDashes(message.replace(/^error: /, ""));
}

/** Who comes from find(1) types `-name`, which is `-n -a -m -e` here. */
function withDashes(text: string): string {
  return text.replace(/(unknown option '-(\w[\w-]+)')/, "$1: words have two dashes, --$2");
}

/** As the package has it. */
function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
