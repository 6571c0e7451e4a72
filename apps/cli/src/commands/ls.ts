import type { Dirent, Stats } from "@vfs/core";
import type { Job, Program } from "../command.ts";
import type { Place } from "../stores.ts";
import { columns, modeText, statsJson, timeText } from "../text.ts";

interface LsOptions {
  readonly all?: boolean;
  readonly long?: boolean;
}

const EXAMPLES = `Examples:
  vfs ls -l file:./src
  vfs ls --mount /db=sqlite:./backup.db /db`;

export function addLs(program: Program): void {
  program
    .add<[string[], LsOptions]>("ls [location...]", "list directories", ls)
    .option("-a, --all", "names that begin with a dot too")
    .option("-l, --long", "with type, permissions, size and time")
    .addHelpText("after", EXAMPLES);
}

async function ls(job: Job, locations: string[], options: LsOptions): Promise<void> {
  const asked = locations.length === 0 ? ["/"] : locations;
  for (const text of asked) {
    try {
      const place = await job.stores.place(text);
      if (asked.length > 1 && !job.output.json) await job.output.write(`${job.output.name(text)}:\n`);
      await listOne(job, place, options);
    } catch (error) {
      job.output.failure(error, (path) => job.stores.written(path));
    }
  }
}

async function listOne({ stores, output }: Job, place: Place, options: LsOptions): Promise<void> {
  const { vfs } = stores;
  const stats = await vfs.stat(place.path);
  if (!stats.isDirectory()) return show(output, [[place.text, stats]], options);
  const entries = (await vfs.ls(place.path)).filter(({ name }) => options.all || !name.startsWith("."));
  await show(output, entries.map(withStats), options);
}

function withStats({ name, stat }: Dirent): [string, Stats] {
  // `ls` always brings them along.
  return [name, stat as Stats];
}

async function show(
  output: Job["output"],
  found: [string, Stats][],
  { long = false }: LsOptions,
): Promise<void> {
  if (output.json) {
    for (const [name, stats] of found) await output.result({ name, ...statsJson(stats) }, "");
    return;
  }
  if (found.length === 0) return;
  const rows = found.map(([name, stats]) => [
    modeText(stats),
    stats.size,
    timeText(stats.mtimeMs),
    marked(output.name(name), stats),
  ]);
  await output.write(
    `${long ? columns(rows) : found.map(([name, stats]) => marked(output.name(name), stats)).join("\n")}\n`,
  );
}

/** A directory is to be told from a file. */
function marked(name: string, stats: Stats): string {
  if (stats.isDirectory()) return `${name}/`;
  return stats.isSymbolicLink() ? `${name}@` : name;
}
