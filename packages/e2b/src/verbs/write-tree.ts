import { gzipSync } from "node:zlib";
import type { VPath } from "@vfs/core";
import { packed, type TreeEntry } from "../archive/pack.ts";
import { INLINE_BYTES, stagedPath } from "../inline.ts";
import type { Remote } from "../remote/remote.ts";
import { directoryOf } from "../shell/script.ts";

/**
 * Words: directory, archive, where the archive lies.
 *
 * All is unpacked beside where it belongs, and then put there: whole directories where nothing is, else name by name.
 * Each file is there whole, or not yet.
 */
const WRITE_TREE = `S=$3
enter "$1"
shopt -s dotglob nullglob
set -o pipefail
merge() {
  local one name
  local -a whole=()
  for one in "$1"/*; do
    name=\${one##*/}
    if [[ -d $one && ! -L $one ]]; then
      if [[ -d $2/$name && ! -L $2/$name ]]; then merge "$one" "$2/$name"; continue; fi
      is "$2/$name" && no ENOTDIR
    elif [[ -d $2/$name && ! -L $2/$name ]]; then
      no EISDIR
    fi
    whole+=("$one")
    (( \${#whole[@]} < 2000 )) || { try mv -f -t "$2" -- "\${whole[@]}"; whole=(); }
  done
  (( \${#whole[@]} == 0 )) || try mv -f -t "$2" -- "\${whole[@]}"
}
T=./$U
try mkdir -m 700 -- "$T"
if [[ -n $3 ]]; then
  try tar -xzp --no-same-owner -f "$3" -C "$T"
else
  command base64 -d <<<"$2" | command tar -xzp --no-same-owner -f - -C "$T" || no
fi
merge "$T" .
drop
answer`;

/**
 * Writes many things below a directory: two requests, one where all of it is small.
 */
export async function writeTree(
  remote: Remote,
  path: VPath,
  entries: readonly TreeEntry[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const own = entries.map((entry) => ({ ...entry, target: ownTarget(entry.target, remote.root) }));
  const archive = gzipSync(packed(own, Date.now()), { level: 1 });
  const goesAlong = archive.length <= INLINE_BYTES;
  const staged = goesAlong ? "" : stagedPath();
  if (!goesAlong) await remote.upload(staged, new Blob([archive]), signal);
  const words = [directoryOf(path), goesAlong ? archive.toString("base64") : "", staged];
  await remote.shell(WRITE_TREE, { words, paths: [path], signal, repeatable: goesAlong });
}

/** An absolute link is one of the mount. */
function ownTarget(target: string | undefined, root: string): string | undefined {
  if (target === undefined || !target.startsWith("/") || root === "/") return target;
  return target === "/" ? root : root + target;
}
