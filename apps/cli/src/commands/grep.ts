import type { Job, Program } from "../command.ts";
import { wholeNumber, wholeNumberOf } from "../numbers.ts";
import { UsageError } from "../output.ts";
import { below } from "../stores.ts";
import { GrepOutput } from "./grep-output.ts";

interface Flags {
  readonly ignoreCase?: boolean;
  readonly fixedStrings?: boolean;
  readonly invertMatch?: boolean;
  readonly name?: string;
  readonly include?: string[];
  readonly exclude?: string[];
  readonly maxCount?: number;
  readonly maxResults?: number;
  readonly filesWithMatches?: boolean;
  readonly column?: boolean;
  readonly afterContext?: number;
  readonly beforeContext?: number;
  readonly context?: number;
  readonly text?: boolean;
}

const EXAMPLES = `Examples:
  vfs grep -i todo file:./src --include "*.ts" --exclude node_modules
  vfs grep -C 2 -F "a[0]" sqlite:./backup.db:/src
  vfs grep -l needle file:.`;

const lines = wholeNumberOf(0, Number.MAX_SAFE_INTEGER, "It must be a whole number.");

export function addGrep(program: Program): void {
  program
    .add<[string, string[], Flags]>(
      "grep <pattern> [location...]",
      "print the lines that match, in files and below directories",
      grep,
    )
    .option("-i, --ignore-case", "`a` and `A` are the same")
    .option("-F, --fixed-strings", "the pattern is text, no regular expression")
    .option("-v, --invert-match", "print the lines that do not match")
    .option("-l, --files-with-matches", "print the names of the files only")
    .option("-m, --max-count <lines>", "in each file so many at the most", wholeNumber)
    .option("--max-results <lines>", "end after so many", wholeNumber)
    .option("-A, --after-context <lines>", "print so many lines behind each match", lines)
    .option("-B, --before-context <lines>", "print so many lines in front of each match", lines)
    .option("-C, --context <lines>", "print so many lines on both sides", lines)
    .option("--column", "print where in the line the match begins")
    .option("-a, --text", "search binary files as if they were text")
    .option("--name <pattern>", "only in files that are called so: *.ts")
    .option("--include <pattern>", "the same; also a path, src/*.ts; may be given more than once", collect)
    .option("--exclude <pattern>", "not there, nor below directories that are called so", collect)
    .addHelpText("after", EXAMPLES);
}

async function grep(
  { stores, output, signal, onError }: Job,
  pattern: string,
  locations: string[],
  flags: Flags,
): Promise<number | void> {
  const { ignoreCase = false, fixedStrings = false, name, include, exclude, context } = flags;
  const { filesWithMatches: filesOnly = false, column = false, maxCount, invertMatch: invert } = flags;
  const search = fixedStrings ? pattern : expression(pattern, ignoreCase);
  const before = filesOnly ? undefined : (flags.beforeContext ?? context);
  const after = filesOnly ? undefined : (flags.afterContext ?? context);
  const printed = new GrepOutput(output, {
    filesOnly,
    column,
    context: (before ?? after) !== undefined,
  });
  let left = flags.maxResults ?? Infinity;
  let found = false;
  for (const text of locations.length === 0 ? [stores.here] : locations) {
    try {
      const place = await stores.place(text);
      const matches = stores.vfs.grep(place.path, search, {
        ignoreCase,
        name,
        include,
        exclude,
        before,
        after,
        filesOnly,
        invert,
        maxPerFile: maxCount,
        maxResults: left,
        binary: flags.text === true ? "search" : "name",
        onError,
        signal,
      });
      for await (const match of matches) {
        await printed.match(below(place, match.path), match);
        found = true;
        left--;
      }
    } catch (error) {
      onError(error);
    }
  }
  await printed.end();
  if (!found && output.exitCode === 0) return 1;
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

function expression(source: string, ignoreCase: boolean): RegExp {
  try {
    return new RegExp(source, ignoreCase ? "iu" : "u");
  } catch {
    throw new UsageError(`"${source}" is no regular expression; use -F to look for it as it is`);
  }
}
