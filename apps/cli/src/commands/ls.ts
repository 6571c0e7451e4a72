import type { Dirent, Stats, Vfs } from "@vfs/core";
import type { Job, Program } from "../command.ts";
import { below, type Place } from "../stores.ts";
import { columns, modeText, shortBytes, statsJson, timeText } from "../text.ts";

interface LsOptions {
  readonly all?: boolean;
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly humanReadable?: boolean;
  readonly directory?: boolean;
  readonly sortSize?: boolean;
  readonly sortTime?: boolean;
  readonly reverse?: boolean;
}

const EXAMPLES = `Examples:
  vfs ls -l file:./src
  vfs ls -lRh --mount /db=sqlite:./backup.db /db
  vfs ls -lt file:.`;

export function addLs(program: Program): void {
  program
    .add<[string[], LsOptions]>("ls [location...]", "list directories", ls)
    .helpOption("--help", "display help for command")
    .option("-a, --all", "names that begin with a dot too")
    .option("-l, --long", "with type, permissions, size and time")
    .option("-h, --human-readable", "sizes for people: 1.5M")
    .option("-R, --recursive", "directories in directories too")
    .option("-d, --directory", "directories themselves, not what is in them")
    .option("-S, --sort-size", "largest first")
    .option("-t, --sort-time", "newest first")
    .option("-r, --reverse", "the other way round")
    .option("-1", "one name a line, as always")
    .addHelpText("after", EXAMPLES);
}

/** A name with what it stands for. */
type Found = readonly [name: string, stats: Stats, path: string];

async function ls(job: Job, locations: string[], options: LsOptions): Promise<void> {
  const { output, stores, onError } = job;
  const asked = locations.length === 0 ? [stores.here] : locations;
  const headings = asked.length > 1 || options.recursive === true;
  let isFirst = true;
  for (const text of asked) {
    try {
      const place = await stores.place(text);
      for await (const directory of listed(job, place, options)) {
        if (headings && directory.text !== undefined && !output.json)
          await output.write(`${isFirst ? "" : "\n"}${output.name(directory.text)}:\n`);
        isFirst = false;
        await show(job, directory, options);
      }
    } catch (error) {
      onError(error);
    }
  }
}

/** What is shown together: what is in a directory, or one thing that has no heading. */
interface Listing {
  /** How the directory is written. */
  readonly text: string | undefined;
  readonly found: readonly Found[];
}

async function* listed({ stores, onError }: Job, place: Place, options: LsOptions): AsyncIterable<Listing> {
  const { vfs } = stores;
  const stats = await (options.directory ? vfs.lstat(place.path) : vfs.stat(place.path));
  if (options.directory || !stats.isDirectory())
    return yield { text: undefined, found: [[place.text, stats, place.path]] };
  const directories = [place.path];
  for (let path = directories.pop(); path !== undefined; path = directories.pop()) {
    try {
      const entries = (await vfs.ls(path)).filter(({ name }) => options.all || !name.startsWith("."));
      const found = sorted(entries.map(withStats), options);
      yield { text: below(place, path), found };
      if (!options.recursive) return;
      // The last one is taken next.
      for (const [, inner, at] of found.toReversed()) if (inner.isDirectory()) directories.push(at);
    } catch (error) {
      onError(error);
    }
  }
}

function withStats({ name, path, stat }: Dirent): Found {
  // `ls` always brings them along.
  return [name, stat as Stats, path];
}

function sorted(found: Found[], { sortSize, sortTime, reverse }: LsOptions): Found[] {
  if (sortSize) found.sort(([, a], [, b]) => b.size - a.size);
  if (sortTime) found.sort(([, a], [, b]) => b.mtimeMs - a.mtimeMs);
  return reverse ? found.toReversed() : found;
}

async function show({ output, stores: { vfs } }: Job, listing: Listing, options: LsOptions): Promise<void> {
  const { text, found } = listing;
  const { long = false, humanReadable = false } = options;
  if (output.json) {
    const directory = options.recursive ? { directory: text } : {};
    for (const [name, stats] of found) await output.result({ ...directory, name, ...statsJson(stats) }, "");
    return;
  }
  if (found.length === 0) return;
  const rows = [];
  for (const [name, stats, path] of found) {
    const shown = marked(output.name(name), stats);
    const size = humanReadable ? shortBytes(stats.size).padStart(5) : stats.size;
    const end = long && stats.isSymbolicLink() ? await linked(vfs, output.name(name), path, output) : shown;
    rows.push(long ? [modeText(stats), size, timeText(stats.mtimeMs), end] : [shown]);
  }
  await output.write(`${long ? columns(rows) : rows.join("\n")}\n`);
}

/** A link with where it leads. */
async function linked(vfs: Vfs, name: string, path: string, output: Job["output"]): Promise<string> {
  try {
    return `${name} -> ${output.name(await vfs.readlink(path))}`;
  } catch {
    return `${name}@`; // it has gone meanwhile
  }
}

/** A directory is to be told from a file. */
function marked(name: string, stats: Stats): string {
  if (stats.isDirectory()) return `${name}/`;
  return stats.isSymbolicLink() ? `${name}@` : name;
}
