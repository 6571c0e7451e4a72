import { gzipSync } from "node:zlib";
import type { NewEntry, VPath } from "@vfs/core";
import { packed } from "../archive/pack.ts";
import { INLINE_BYTES, stagedPath } from "../inline.ts";
import type { Remote } from "../remote/remote.ts";
import { directoryOf, placeOf } from "../shell/script.ts";
import { exactMode } from "./change.ts";

/**
 * Words: directory above, name, the directory itself, its mode where it may have to be made, whether files that are there
 * keep their mode, `m` where times are those of now, archive, where the archive lies.
 *
 * All is unpacked beside where it belongs, looked at, and then put there: whole directories where nothing is, else name by
 * name. Each file is there whole, or not yet. What takes more than a rename is refused before anything is done.
 */
const WRITE_MANY = `S=$8
keep=$5
if [[ -n $4 ]]; then
  at "$1" "$2"
  [[ -L $N ]] && met "$P"
  is "$N" || try mkdir -m "$4" -- "$N"
fi
enter "$3"
shopt -s dotglob nullglob
set -o pipefail
old=()
look() {
  local one to
  for one in "$1"/*; do
    to=$2/\${one##*/}
    if [[ -d $one && ! -L $one ]]; then
      [[ -w $one ]] || no ENOTSUP
      if [[ -d $to && ! -L $to ]]; then
        [[ -r $one && -x $one ]] || no ENOTSUP
        look "$one" "$to"
      elif is "$to"; then
        no ENOTDIR
      fi
    elif is "$to" && [[ ! -L $to ]]; then
      [[ -d $to ]] && no EISDIR
      [[ -f $to && -w $to && -z $keep ]] || no ENOTSUP
      old+=("$to")
    fi
  done
}
place() {
  local one to
  local -a whole=()
  for one in "$1"/*; do
    to=$2/\${one##*/}
    if [[ -d $one && ! -L $one && -d $to && ! -L $to ]]; then place "$one" "$to"; else whole+=("$one"); fi
  done
  (( \${#whole[@]} == 0 )) || builtin printf '%s\\0' "\${whole[@]}" |
    command xargs -0 mv -f -t "$2" -- || no
}
T=./$U
try mkdir -m 700 -- "$T"
if [[ -n $8 ]]; then
  try tar "-xzpG$6" --no-same-owner -f "$8" -C "$T"
else
  command base64 -d <<<"$7" | command tar "-xzpG$6" --no-same-owner -f - -C "$T" || no
fi
look "$T" .
if (( \${#old[@]} > 0 )); then
  names=$(builtin printf '%s\\0' "\${old[@]}" | command xargs -0 stat -c %h -- | command sort -u) || no
  [[ $names == 1 ]] || no ENOTSUP
fi
place "$T" .
drop
answer`;

/** Puts many things into a directory: two requests, one where all of it is small. */
export async function writeMany(
  remote: Remote,
  path: VPath,
  entries: readonly NewEntry[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const root = entries.find(({ name }) => name === "");
  const below: NewEntry[] = [];
  for (const entry of entries)
    if (entry.name !== "") below.push({ ...entry, target: ownTarget(entry.target, remote.root) });
  const isTimed = below.some(({ mtimeMs }) => mtimeMs !== undefined);
  const keepsModes = below.some(({ type, mode }) => type === "file" && mode === undefined);
  const archive = gzipSync(packed(below, Date.now()), { level: 1 });
  const goesAlong = archive.length <= INLINE_BYTES;
  const staged = goesAlong ? "" : stagedPath();
  if (!goesAlong) await remote.upload(staged, new Blob([archive]), signal);
  const words = [
    ...placeOf(path),
    directoryOf(path),
    root === undefined ? "" : exactMode(root.mode ?? 0o755),
    keepsModes ? "1" : "",
    isTimed ? "" : "m",
    goesAlong ? archive.toString("base64") : "",
    staged,
  ];
  await remote.shell(WRITE_MANY, { words, paths: [path], signal, repeatable: goesAlong });
}

/** An absolute link is one of the mount. */
function ownTarget(target: string | undefined, root: string): string | undefined {
  if (target === undefined || !target.startsWith("/") || root === "/") return target;
  return target === "/" ? root : root + target;
}
