import type { Entry, FindQuery, ListOptions, Page, StatFs, Usage, VPath } from "@vfs/core";
import { byPath, nameIn, type Pages } from "../pages.ts";
import type { Remote } from "../remote/remote.ts";
import { directoryOf, placeOf } from "../shell/script.ts";
import { entriesOf, recordsOf, touched } from "../stat.ts";
import { anyOf, isPlain, VISIBLE } from "./terms.ts";

/** Goes into the directory that is the first word. */
const INTO = `enter "$1"
[[ -r . ]] || no EACCES
`;

/** What cannot be read is left out: one directory does not fail all others. */
const LIST = `${INTO}shift
answer
command find . -mindepth 1 "$@" -printf "$F"
exit 0`;

/** Lists a directory, or all below it, with a stat beside each. One request, whatever the depth. */
export async function list(
  remote: Remote,
  path: VPath,
  { recursive }: ListOptions,
  signal: AbortSignal | undefined,
): Promise<Page<Entry>> {
  const depth = recursive === true ? [] : ["-maxdepth", "1"];
  return { items: await entriesBelow(remote, path, [...depth, ...VISIBLE], signal) };
}

async function entriesBelow(
  remote: Remote,
  path: VPath,
  terms: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Entry[]> {
  const words = [directoryOf(path), ...terms];
  const { text, root } = await remote.shell(LIST, { words, paths: [path], signal, repeatable: true });
  return entriesOf(recordsOf(text, root));
}

/** Finds what fits below a directory, as far as `find` understands it. One request, and none for further pages. */
export async function find(
  remote: Remote,
  pages: Pages<Entry>,
  path: VPath,
  query: FindQuery,
  signal: AbortSignal | undefined,
): Promise<Page<Entry>> {
  const { cursor, limit } = query;
  const after = cursor === undefined ? undefined : nameIn(cursor);
  const left = cursor === undefined ? undefined : pages.take(cursor);
  if (left !== undefined) return pages.first(left, limit);
  const found = await entriesBelow(remote, path, termsOf(query), signal);
  const all = found.sort((a, b) => byPath(a.name, b.name));
  return pages.first(after === undefined ? all : all.filter(({ name }) => byPath(name, after) > 0), limit);
}

const TYPES = { file: ["-type", "f"], directory: ["-type", "d"], symlink: ["-type", "l"], other: [] };

function termsOf({ name, type, minBytes, maxBytes, maxDepth, ...times }: FindQuery): string[] {
  const terms = maxDepth === undefined ? [] : ["-maxdepth", `${maxDepth}`];
  terms.push(...VISIBLE);
  if (name !== undefined && isPlain(name)) terms.push("-name", name);
  if (type !== undefined) terms.push(...TYPES[type]);
  // Of directories and links the size is another one for `find`.
  if (minBytes !== undefined && minBytes > 0)
    terms.push(...forFiles("-size", `+${Math.ceil(minBytes) - 1}c`));
  if (maxBytes !== undefined && maxBytes >= 0)
    terms.push(...forFiles("-size", `-${Math.floor(maxBytes) + 1}c`));
  const { modifiedSinceMs, modifiedBeforeMs } = times;
  // A little more than asked for: core looks again, and exactly.
  if (modifiedSinceMs !== undefined) terms.push("-newermt", touched(modifiedSinceMs - 1));
  if (modifiedBeforeMs !== undefined) terms.push("!", "-newermt", touched(modifiedBeforeMs + 1));
  return terms;
}

function forFiles(...condition: readonly string[]): string[] {
  return anyOf([["!", "-type", "f"], condition]);
}

/** Files with several names are counted once. */
const USAGE = `enter ""
set -o pipefail
answer
command find . -mindepth 1 ! -name "$H" -printf '%y %s %i\\n' |
  command awk '{ n++ } $1 == "f" && !seen[$3]++ { b += $2 } END { printf "%.0f %.0f", b, n }'
exit 0`;

export async function usage(remote: Remote, signal: AbortSignal | undefined): Promise<Usage> {
  const { text } = await remote.shell(USAGE, { words: [], paths: [], signal, repeatable: true });
  const [bytes = 0, files = 0] = text.split(" ").map(Number);
  return { bytes, files };
}

const STATFS = `at "$1" "$2"
answer
exec stat -f -c '%S %b %f %a %c %d' .`;

export async function statfs(remote: Remote, path: VPath, signal: AbortSignal | undefined): Promise<StatFs> {
  const call = { words: placeOf(path), paths: [path], signal, repeatable: true };
  const { text } = await remote.shell(STATFS, call);
  const [bsize = 0, blocks = 0, bfree = 0, bavail = 0, files = 0, ffree = 0] = text.split(" ").map(Number);
  return { bsize, blocks, bfree, bavail, files, ffree };
}
