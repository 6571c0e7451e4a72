import { VfsError, type Vfs } from "@vfs/core";
import { Option } from "commander";
import type { Job, Program } from "../command.ts";
import { meansDirectory } from "../location.ts";
import { UsageError } from "../output.ts";
import { Progress } from "../progress.ts";
import type { Place } from "../stores.ts";
import { copyRest, leavesRest } from "../trees/rest.ts";

interface CpOptions {
  readonly recursive?: boolean;
  /** Of `--no-clobber`. */
  readonly clobber: boolean;
  readonly preserve?: boolean;
  /** `-R`, which people type as well. */
  readonly R?: boolean;
  readonly archive?: boolean;
  readonly force?: boolean;
  readonly verbose?: boolean;
}

const CP_HELP = `Into a directory that is there goes the source itself; of a source that is written dir/, or is the top of a store
(sqlite:./x.db), what is in it. A destination that is written dir/ must be there, unless a directory is copied.

Examples:
  vfs cp -r file:./src sqlite:./backup.db:/src
  vfs cp -r file:./src/ sqlite:./backup.db     what is in src, to the top
  curl https://example.org | vfs cp - file:./page.html`;

const MV_HELP = `Into a directory that is there goes the source itself. A destination that is written dir/ must be there,
unless a directory is moved.

Examples:
  vfs mv file:./a.txt file:./b.txt
  vfs mv file:./old sqlite:./archive.db:/old`;

export function addCp(program: Program): void {
  program
    .add<[string[], CpOptions]>(
      "cp <location...>",
      "copy files to the last location; - is the standard input",
      (job, locations, options) => carry(job, locations, "cp", options),
      { makesDatabases: true },
    )
    .option("-r, --recursive", "directories with everything in them")
    .addOption(new Option("-R", "the same").hideHelp())
    .option("-a, --archive", "the same as -rp")
    .option("-f, --force", "replace what is there, as always")
    .option("-n, --no-clobber", "leave what is there alone")
    .option("-p, --preserve", "keep times")
    .option("-v, --verbose", "print what is copied")
    .addHelpText("after", CP_HELP);
}

export function addMv(program: Program): void {
  program
    .add<[string[], CpOptions]>(
      "mv <location...>",
      "move files to the last location, from store to store too",
      (job, locations, options) => carry(job, locations, "mv", options),
      { makesDatabases: true },
    )
    .option("-f, --force", "replace what is there, as always")
    .option("-n, --no-clobber", "leave what is there alone")
    .option("-v, --verbose", "print what is moved")
    .addHelpText("after", MV_HELP);
}

type Verb = "cp" | "mv";

/** Where things are carried to. */
interface Target {
  readonly place: Place;
  /** Whether it is a directory, so that things go into it. */
  readonly into: boolean;
}

async function carry(job: Job, locations: string[], verb: Verb, options: CpOptions): Promise<void> {
  const { stores, output, onError } = job;
  const [sources, last] = checked(job, locations, verb);
  const place = await stores.place(last, "write");
  const into =
    place.isTop || (await stores.vfs.stat(place.path, { throwIfNoEntry: false }))?.isDirectory() === true;
  if (!into && sources.length > 1)
    throw new VfsError("ENOTDIR", { path: last, hint: "several sources need a directory to go to" });
  for (const text of sources) {
    try {
      await carryOne(job, text, { place, into }, verb, options);
      await output.result(
        { [verb]: text, to: last },
        options.verbose ? output.name(`${text} -> ${last}`) : "",
      );
    } catch (error) {
      onError(error);
    }
  }
}

/**
 * The sources and the destination.
 *
 * @throws UsageError When they make no sense, before anything is carried.
 */
function checked({ stores }: Job, locations: string[], verb: Verb): [sources: string[], last: string] {
  const sources = locations.slice(0, -1);
  const last = locations.at(-1);
  if (last === undefined || sources.length === 0)
    throw new UsageError(`${verb} needs a source and a destination: vfs ${verb} file:./from file:./to`);
  if (last === "-") throw new UsageError(`-: ${verb} does not print; use cat: vfs cat ${sources.join(" ")}`);
  for (const text of sources) {
    if (text !== "-") stores.check(text, verb === "mv" ? "remove" : "read");
    else if (verb === "mv") throw new UsageError("-: the standard input cannot be moved; use cp");
  }
  return [sources, last];
}

async function carryOne(
  { stores, output, signal, onError }: Job,
  text: string,
  { place: target, into }: Target,
  verb: Verb,
  options: CpOptions,
): Promise<void> {
  const { vfs } = stores;
  const { terminal } = output;
  const progress = new Progress(terminal, `${verb} ${text}`);
  const common = { signal, onProgress: progress.tell };
  try {
    if (text === "-") {
      if (!into) needNoDirectory(target);
      const condition = options.clobber ? {} : ({ ifNoneMatch: "*" } as const);
      await vfs.writeStream(target.path, terminal.stdin, { ...condition, ...common });
      return;
    }
    const source = await stores.place(text, verb === "mv" ? "remove" : "read");
    if (!into && meansDirectory(target.text) && !(await vfs.lstat(source.path)).isDirectory())
      needNoDirectory(target);
    // Into a directory that is there; of the top of a store, and of `dir/`, what is in it.
    const contents = source.isTop || (verb === "cp" && meansDirectory(text));
    const to = into && !contents ? `${target.path}/${nameIn(source.path)}` : target.path;
    await transfer(vfs, source.path, to, verb, options, { ...common, onError });
  } finally {
    progress.end();
  }
}

/** `dir/` is a directory that is there; a file of that name is not what was meant. */
function needNoDirectory({ text, path }: Place): void {
  if (meansDirectory(text)) throw new VfsError("ENOTDIR", { path, hint: "there is no such directory" });
}

async function transfer(
  vfs: Vfs,
  from: string,
  to: string,
  verb: Verb,
  { recursive, R, archive = false, clobber, preserve = false }: CpOptions,
  {
    onError,
    ...common
  }: {
    readonly signal: AbortSignal;
    readonly onProgress: Progress["tell"];
    readonly onError: (error: unknown) => void;
  },
): Promise<void> {
  if (verb === "mv") return vfs.mv(from, to, { force: clobber, ...common });
  const how = {
    recursive: recursive ?? R ?? archive,
    force: clobber,
    preserveTimestamps: preserve || archive,
    ...common,
  };
  try {
    await vfs.cp(from, to, how);
  } catch (error) {
    common.signal.throwIfAborted();
    if (!how.recursive || !leavesRest(error) || !(await vfs.lstat(from)).isDirectory()) throw error;
    await copyRest(vfs, from, to, how, onError);
  }
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
