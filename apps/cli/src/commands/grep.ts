import type { Job, Program } from "../command.ts";
import { wholeNumber } from "../numbers.ts";
import { UsageError } from "../output.ts";
import { below } from "../stores.ts";

interface GrepOptions {
  readonly ignoreCase?: boolean;
  readonly fixedStrings?: boolean;
  readonly name?: string;
  readonly maxCount?: number;
}

const EXAMPLES = `Examples:
  vfs grep -i todo file:./src --name "*.ts"
  vfs grep -F "a[0]" sqlite:./backup.db:/src`;

export function addGrep(program: Program): void {
  program
    .add<[string, string[], GrepOptions]>(
      "grep <pattern> [location...]",
      "print the lines that match, in files and below directories",
      grep,
    )
    .option("-i, --ignore-case", "`a` and `A` are the same")
    .option("-F, --fixed-strings", "the pattern is text, no regular expression")
    .option("--name <pattern>", "only in files that are called so: *.ts")
    .option("-m, --max-count <lines>", "end after so many", wholeNumber)
    .addHelpText("after", EXAMPLES);
}

async function grep(
  { stores, output, signal }: Job,
  pattern: string,
  locations: string[],
  options: GrepOptions,
): Promise<number | void> {
  const { ignoreCase = false, fixedStrings = false, name } = options;
  const search = expression(fixedStrings ? pattern.replace(SPECIAL, "\\$&") : pattern, ignoreCase);
  let left = options.maxCount ?? Infinity;
  let found = false;
  for (const text of locations.length === 0 ? ["/"] : locations) {
    try {
      const place = await stores.place(text);
      for await (const match of stores.vfs.grep(place.path, search, { name, maxResults: left, signal })) {
        const path = below(place, match.path);
        await output.result({ ...match, path }, `${output.name(path)}:${match.line}:${match.text}`);
        found = true;
        left--;
      }
    } catch (error) {
      output.failure(error, (path) => stores.written(path));
    }
  }
  if (!found && output.exitCode === 0) return 1;
}

// What means more than itself in a regular expression with the flag `u`.
const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;

function expression(source: string, ignoreCase: boolean): RegExp {
  try {
    return new RegExp(source, ignoreCase ? "iu" : "u");
  } catch {
    throw new UsageError(`"${source}" is no regular expression; use -F to look for it as it is`);
  }
}
