import { gunzipSync } from "node:zlib";
import type { Bytes, Page, Scanned, ScanQuery, VPath } from "@vfs/core";
import { filesIn } from "../archive/unpack.ts";
import { byPath, nameIn, type Pages } from "../pages.ts";
import type { Remote } from "../remote/remote.ts";
import { directoryOf } from "../shell/script.ts";
import { anyOf, isPlain, VISIBLE } from "./terms.ts";

/** What is printed of the files in `names`: an archive, compressed, as base64. */
const PACK = `pack() {
  builtin printf '%s\\0' "$@" |
    command tar -c --null --no-recursion -T - --format=gnu --hard-dereference --ignore-failed-read 2>/dev/null |
    command gzip -1 | command base64 -w0
  exit 0
}
`;

/**
 * Words: directory, how large files may be of which the content is wanted, how much content there may be on a page, a
 * text that must occur, and what else `find` is to heed. Says of each file how large it is; and where all content fits
 * on one page, that comes along.
 */
const SURVEY = `${PACK}enter "$1"
[[ -r . ]] || no EACCES
whole=$2 page=$3 text=$4 total=0 names=()
shift 4
declare -A has
mapfile -d '' -t found < <(command find . -mindepth 1 "$@" -printf '%s %P\\0')
if [[ -n $text ]]; then
  mapfile -d '' -t with < <(command find . -mindepth 1 "$@" -size "-$(( whole + 1 ))c" -print0 |
    command xargs -0r grep -lZaF -e "$text" --)
  for one in "\${with[@]}"; do has["$one"]=1; done
fi
answer
for one in "\${found[@]}"; do
  size=\${one%% *} name=\${one#* }
  if (( size <= whole )); then
    [[ -z $text || -n \${has["./$name"]} ]] || continue
    (( total += size ))
    names+=("$name")
  fi
  builtin printf '%s\\0' "$one"
done
builtin printf '\\0'
(( \${#names[@]} > 0 && total <= page )) && pack "\${names[@]}"
exit 0`;

const CONTENT = `${PACK}enter "$1"
shift
answer
pack "$@"`;

// What the names of one page may come to, as words of a command.
const NAME_BYTES = 64 << 10;

/** A file of which the content is to come. */
interface Surveyed {
  readonly name: string;
  readonly size: number;
}

/** What is left of a scan, between two pages of it. */
export type Scans = Pages<Surveyed>;

/**
 * Reads the files below a directory. One request where all of it fits on one page, else one more for each page.
 *
 * @param scans Where it goes on.
 */
export async function scan(
  remote: Remote,
  scans: Scans,
  path: VPath,
  query: ScanQuery,
  signal: AbortSignal | undefined,
): Promise<Page<Scanned>> {
  const { cursor, wholeBytes } = query;
  const after = cursor === undefined ? undefined : nameIn(cursor);
  let left = cursor === undefined ? undefined : scans.take(cursor);
  if (left === undefined) {
    const { files, content } = await survey(remote, path, query, signal);
    left = after === undefined ? files : files.filter(({ name }) => byPath(name, after) > 0);
    if (content !== undefined) return { items: left.map((file) => scanned(file, content)) };
  }
  const { items, cursor: next } = scans.first(left, countOf(left, query));
  const wanted = items.filter(({ size }) => size <= wholeBytes).map(({ name }) => name);
  const content = wanted.length === 0 ? NO_FILES : await contentOf(remote, path, wanted, signal);
  return {
    items: items.map((file) => scanned(file, content)),
    ...(next === undefined ? {} : { cursor: next }),
  };
}

const NO_FILES: ReadonlyMap<string, Bytes> = new Map();

async function survey(
  remote: Remote,
  path: VPath,
  query: ScanQuery,
  signal: AbortSignal | undefined,
): Promise<{ files: Surveyed[]; content: ReadonlyMap<string, Bytes> | undefined }> {
  const { wholeBytes, pageBytes, text = "" } = query;
  // A line that ends is two texts to `grep`, of which one is in every file.
  const sought = text.includes("\n") || text.includes("\0") ? "" : text;
  const words = [directoryOf(path), `${wholeBytes}`, `${pageBytes}`, sought, ...termsOf(query)];
  const reply = await remote.shell(SURVEY, { words, paths: [path], signal, repeatable: true });
  const end = reply.text.startsWith("\0") ? 0 : reply.text.indexOf("\0\0") + 1;
  const files = reply.text
    .slice(0, end)
    .split("\0")
    .filter((line) => line !== "")
    .map(surveyed);
  const packed = reply.text.slice(end + 1);
  const isAll = packed !== "" || files.every(({ size }) => size > wholeBytes);
  return {
    files: files.sort((a, b) => byPath(a.name, b.name)),
    content: isAll ? unpacked(packed) : undefined,
  };
}

function surveyed(line: string): Surveyed {
  const space = line.indexOf(" ");
  return { size: Number(line.slice(0, space)), name: line.slice(space + 1) };
}

function unpacked(packed: string): ReadonlyMap<string, Bytes> {
  return packed === "" ? NO_FILES : filesIn(gunzipSync(Buffer.from(packed, "base64")));
}

async function contentOf(
  remote: Remote,
  path: VPath,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Bytes>> {
  const words = [directoryOf(path), ...names];
  const { text } = await remote.shell(CONTENT, { words, paths: [path], signal, repeatable: true });
  return unpacked(text);
}

/** How many come on a page: one at the least. */
function countOf(files: readonly Surveyed[], { wholeBytes, pageBytes }: ScanQuery): number {
  let bytes = 0;
  let nameBytes = 0;
  let count = 0;
  for (const { name, size } of files) {
    bytes += size <= wholeBytes ? size : 0;
    nameBytes += name.length * 4 + 3;
    if (count > 0 && (bytes > pageBytes || nameBytes > NAME_BYTES)) break;
    count++;
  }
  return count;
}

/** What could not be read any more comes without its content: who asks for it by its path is told why. */
function scanned({ name, size }: Surveyed, content: ReadonlyMap<string, Bytes>): Scanned {
  const data = content.get(name);
  return data === undefined ? { name, size } : { name, size: data.length, data };
}

function termsOf({ include, exclude = [] }: ScanQuery): string[] {
  const terms = exclude.filter(isPlain).flatMap((glob) => ["-name", glob, "-prune", "-o"]);
  terms.push("-type", "f", ...VISIBLE);
  if (include !== undefined && include.length > 0 && include.every(isPlain))
    terms.push(...anyOf(include.map((glob) => ["-name", glob])));
  return terms;
}
