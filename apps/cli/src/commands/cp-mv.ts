import { VfsError, type Vfs } from "@vfs/core";
import type { Job, Program } from "../command.ts";
import { UsageError } from "../output.ts";
import { Progress } from "../progress.ts";
import type { Place } from "../stores.ts";

interface CpOptions {
  readonly recursive?: boolean;
  /** Of `--no-clobber`. */
  readonly clobber: boolean;
  readonly preserve?: boolean;
}

export function addCp(program: Program): void {
  program
    .add<[string[], CpOptions]>(
      "cp <location...>",
      "copy files to the last location; - is the standard input",
      (job, locations, options) => carry(job, locations, "cp", options),
    )
    .option("-r, --recursive", "directories with everything in them")
    .option("-n, --no-clobber", "leave what is there alone")
    .option("-p, --preserve", "keep times");
}

export function addMv(program: Program): void {
  program
    .add<[string[], CpOptions]>(
      "mv <location...>",
      "move files to the last location, from store to store too",
      (job, locations, options) => carry(job, locations, "mv", options),
    )
    .option("-n, --no-clobber", "leave what is there alone");
}

async function carry(job: Job, locations: string[], verb: "cp" | "mv", options: CpOptions): Promise<void> {
  const { stores, output } = job;
  const sources = locations.slice(0, -1);
  const last = locations.at(-1);
  if (last === undefined || sources.length === 0)
    throw new UsageError(`${verb} needs a source and a destination: vfs ${verb} /from /to`);
  const target = await stores.place(last, true);
  const into = (await stores.vfs.stat(target.path, { throwIfNoEntry: false }))?.isDirectory() === true;
  if (!into && sources.length > 1)
    throw new VfsError("ENOTDIR", { path: last, hint: "several sources need a directory to go to" });
  for (const text of sources) {
    try {
      await carryOne(job, text, target, into, verb, options);
      await output.result({ [verb]: text, to: last }, "");
    } catch (error) {
      output.failure(error, (path) => stores.written(path));
    }
  }
}

async function carryOne(
  { stores, output }: Job,
  text: string,
  target: Place,
  into: boolean,
  verb: "cp" | "mv",
  options: CpOptions,
): Promise<void> {
  const { vfs } = stores;
  const { terminal } = output;
  const progress = new Progress(terminal, `${verb} ${text}`);
  try {
    if (text === "-" && verb === "cp") {
      const condition = options.clobber ? {} : ({ ifNoneMatch: "*" } as const);
      await vfs.writeStream(target.path, terminal.stdin, { ...condition, onProgress: progress.tell });
      return;
    }
    const source = await stores.place(text);
    // Into a directory that is there; of the top of a store, and of `dir/`, what is in it.
    const contents = source.isTop || (verb === "cp" && text.endsWith("/"));
    const to = into && !contents ? `${target.path}/${nameIn(source.path)}` : target.path;
    await transfer(vfs, source.path, to, verb, options, progress);
  } finally {
    progress.end();
  }
}

async function transfer(
  vfs: Vfs,
  from: string,
  to: string,
  verb: "cp" | "mv",
  { recursive = false, clobber, preserve = false }: CpOptions,
  { tell }: Progress,
): Promise<void> {
  if (verb === "mv") return vfs.mv(from, to, { force: clobber, onProgress: tell });
  await vfs.cp(from, to, { recursive, force: clobber, preserveTimestamps: preserve, onProgress: tell });
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
