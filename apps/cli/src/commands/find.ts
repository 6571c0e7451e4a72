import type { FindOptions } from "@vfs/core";
import type { Job, Program } from "../command.ts";
import { wholeNumber } from "../numbers.ts";
import { UsageError } from "../output.ts";
import { below } from "../stores.ts";

interface Flags {
  readonly name?: string;
  readonly type?: string;
  readonly maxDepth?: number;
}

const TYPES: Readonly<Record<string, FindOptions["type"]>> = { f: "file", d: "directory", l: "symlink" };

const EXAMPLES = `Examples:
  vfs find file:./src --name "*.ts"
  vfs find sqlite:./backup.db --type d --max-depth 2`;

export function addFind(program: Program): void {
  program
    .add<[string[], Flags]>("find [location...]", "print what lies below directories", find)
    .option("--name <pattern>", "only what is called so: *.ts")
    .option("--type <letter>", "only f files, d directories, l links")
    .option("--max-depth <levels>", "how far down", wholeNumber)
    .addHelpText("after", EXAMPLES);
}

async function find({ stores, output, signal }: Job, locations: string[], options: Flags): Promise<void> {
  const { name, maxDepth } = options;
  const type = options.type === undefined ? undefined : TYPES[options.type];
  if (options.type !== undefined && type === undefined)
    throw new UsageError(`--type takes f, d or l, not "${options.type}"`);
  for (const text of locations.length === 0 ? ["/"] : locations) {
    try {
      const place = await stores.place(text);
      await stores.vfs.stat(place.path);
      for await (const entry of stores.vfs.find(place.path, { name, type, maxDepth, signal })) {
        const shown = below(place, entry.path);
        await output.result({ path: shown, type: entry.type }, output.name(shown));
      }
    } catch (error) {
      output.failure(error, (path) => stores.written(path));
    }
  }
}
