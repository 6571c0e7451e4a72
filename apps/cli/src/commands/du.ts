import type { Job, Program } from "../command.ts";
import { wholeNumberOf } from "../numbers.ts";
import { UsageError } from "../output.ts";
import { below, type Place } from "../stores.ts";
import { shortBytes } from "../text.ts";

interface DuOptions {
  readonly all?: boolean;
  readonly humanReadable?: boolean;
  readonly summarize?: boolean;
  readonly maxDepth?: number;
  readonly total?: boolean;
}

const HELP = `The sizes are those of the content of files, in bytes; what a disk takes for them may be more.

Examples:
  vfs du -sh file:./src
  vfs du -h --max-depth 1 sqlite:./backup.db`;

const levels = wholeNumberOf(0, 4096);

export function addDu(program: Program): void {
  program
    .add<[string[], DuOptions]>("du [location...]", "add up how large directories are", du)
    .helpOption("--help", "display help for command")
    .option("-a, --all", "files too, not only directories")
    .option("-h, --human-readable", "sizes for people: 1.5M")
    .option("-s, --summarize", "only what was named, not what is below it")
    .option("-d, --max-depth <levels>", "so far down, though all of it is counted", levels)
    .option("-c, --total", "a line with the sum at the end")
    .addHelpText("after", HELP);
}

async function du(job: Job, locations: string[], options: DuOptions): Promise<void> {
  const { stores, onError } = job;
  const { summarize = false, maxDepth } = options;
  if (summarize && maxDepth !== undefined) throw new UsageError("-s is the same as --max-depth 0; use one");
  const depth = summarize ? 0 : (maxDepth ?? Infinity);
  const sum: Sum = { bytes: 0, files: 0 };
  for (const text of locations.length === 0 ? [stores.here] : locations) {
    try {
      add(sum, await measure(job, await stores.place(text), depth, options));
    } catch (error) {
      onError(error);
    }
  }
  if (options.total) await tell(job, "total", sum, options);
}

interface Sum {
  bytes: number;
  files: number;
}

/**
 * Adds up a tree, in one walk. As du(1) does, a directory is told of behind what is in it.
 *
 * @param depth How many levels below the place are told of.
 */
async function measure(job: Job, place: Place, depth: number, options: DuOptions): Promise<Sum> {
  const { stores, signal, onError } = job;
  const stats = await stores.vfs.stat(place.path);
  const sums = new Map<string, Sum>();
  const top: Sum = { bytes: 0, files: 0 };
  if (!stats.isDirectory()) add(top, { bytes: stats.size, files: 1 });
  else if (depth === 0) add(top, await stores.vfs.du(place.path, { signal, onError }));
  else
    for await (const { path, type, stat } of stores.vfs.find(place.path, { stat: true, signal, onError })) {
      const names = path.slice(place.path === "/" ? 1 : place.path.length + 1).split("/");
      if (type === "directory") sumIn(sums, names, depth);
      // A link has a size of its own, that of its text, which is no content.
      if (type !== "file") continue;
      const sum = { bytes: stat?.size ?? 0, files: 1 };
      add(top, sum);
      const deepest = Math.min(depth, names.length - 1);
      for (let level = 1; level <= deepest; level++) add(sumIn(sums, names.slice(0, level), depth), sum);
      if (options.all && names.length <= depth) sums.set(keyOf(names), sum);
    }
  for (const [key, sum] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
    await tell(job, below(place, `${place.path}/${key.slice(0, -LAST.length)}`), sum, options);
  await tell(job, place.text, top, options);
  return top;
}

// Sorts a directory behind all that is in it.
const LAST = "/\uffff";

function keyOf(names: readonly string[]): string {
  return `${names.join("/")}${LAST}`;
}

function sumIn(sums: Map<string, Sum>, names: readonly string[], depth: number): Sum {
  const sum = sums.get(keyOf(names)) ?? { bytes: 0, files: 0 };
  if (names.length <= depth) sums.set(keyOf(names), sum);
  return sum;
}

function add(sum: Sum, { bytes, files }: Sum): void {
  sum.bytes += bytes;
  sum.files += files;
}

async function tell(
  { output }: Job,
  text: string,
  { bytes, files }: Sum,
  { humanReadable = false }: DuOptions,
): Promise<void> {
  const size = humanReadable ? shortBytes(bytes) : String(bytes);
  await output.result({ path: text, bytes, files }, `${size.padEnd(7)} ${output.name(text)}`);
}
