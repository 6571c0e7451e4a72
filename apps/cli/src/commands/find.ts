import type { FindOptions } from "@vfs/core";
import type { Job, Program } from "../command.ts";
import { byteCount, pointInTime, wholeNumber } from "../numbers.ts";
import { UsageError } from "../output.ts";
import { below } from "../stores.ts";

interface Flags {
  readonly name?: string;
  readonly type?: string;
  readonly maxDepth?: number;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly newer?: number;
  readonly older?: number;
}

const TYPES: Readonly<Record<string, FindOptions["type"]>> = { f: "file", d: "directory", l: "symlink" };

const EXAMPLES = `Examples:
  vfs find file:./src --name "*.ts"
  vfs find sqlite:./backup.db --type d --max-depth 2
  vfs find file:. --type f --min-size 10M --newer 2026-01-31`;

export function addFind(program: Program): void {
  program
    .add<[string[], Flags]>("find [location...]", "print what lies below directories", find)
    .option("--name <pattern>", "only what is called so: *.ts")
    .option("--type <letter>", "only f files, d directories, l links")
    .option("--max-depth <levels>", "how far down", wholeNumber)
    .option("--min-size <bytes>", "only what has so many bytes or more: 500, 10k, 2M, 1G", byteCount)
    .option("--max-size <bytes>", "only what has so many bytes or fewer", byteCount)
    .option(
      "--newer <time>",
      "only what was changed then or later: 2026-01-31, 2026-01-31T12:00Z",
      pointInTime,
    )
    .option("--older <time>", "only what was changed before", pointInTime)
    .addHelpText("after", EXAMPLES);
}

async function find(
  { stores, output, signal, onError }: Job,
  locations: string[],
  options: Flags,
): Promise<void> {
  const { name, maxDepth, minSize, maxSize, newer, older } = options;
  const type = options.type === undefined ? undefined : TYPES[options.type];
  if (options.type !== undefined && type === undefined)
    throw new UsageError(`--type takes f, d or l, not "${options.type}"`);
  for (const text of locations.length === 0 ? [stores.here] : locations) {
    try {
      const place = await stores.place(text);
      await stores.vfs.stat(place.path);
      const wanted: FindOptions = {
        name,
        type,
        maxDepth,
        minBytes: minSize,
        maxBytes: maxSize,
        modifiedSinceMs: newer,
        modifiedBeforeMs: older,
        signal,
        onError,
      };
      for await (const entry of stores.vfs.find(place.path, wanted)) {
        const shown = below(place, entry.path);
        await output.result({ path: shown, type: entry.type }, output.name(shown));
      }
    } catch (error) {
      onError(error);
    }
  }
}
