import type { CopyOptions, VPath } from "@vfs/core";
import type { Remote } from "../remote/remote.ts";
import { placeOf } from "../shell/script.ts";

/** Words: directory, name, the same of the copy, exclusive, what is preserved. */
const COPY_FILE = `at "$1" "$2"
file
reach "$3" "$4"
links=1
if [[ -n $5 ]]; then
  is "$O" && no EEXIST
else
  [[ -L $O ]] && met "$Q"
  [[ -d $O ]] && no EISDIR
  is "$O" && [[ ! -f $O ]] && no ENXIO
  if [[ $N -ef $O ]]; then answer; exit 0; fi
  if is "$O"; then
    links=$(command stat -c %h -- "$O")
    [[ -w $O ]] || no EACCES
  fi
fi
T=\${O%/*}/$U
try cp --preserve="$6" -- "$N" "$T"
if [[ -n $5 ]]; then
  try ln -T -- "$T" "$O"
  command rm -f -- "$T"
elif (( links > 1 )); then
  command cat -- "$T" >"$O" || no
  try chmod --reference="$T" -- "$O"
  [[ $6 == mode ]] || try touch -r "$T" -- "$O"
  command rm -f -- "$T"
else
  try mv -fT -- "$T" "$O"
fi
answer`;

/** A directory that cp makes in a set-gid one stays set-gid, whatever its original is. */
const COPY_TREE = `at "$1" "$2"
[[ -L $N ]] && met "$P"
there
reach "$3" "$4"
[[ $Q/ == "$P"/* ]] && no EINVAL
is "$O" && no EEXIST
T=\${O%/*}/$U
try cp -RP --preserve="$6" -T -- "$N" "$T"
odd=()
while IFS= read -r -d '' one; do
  [[ -g $N\${one#"$T"} ]] || odd+=("$one")
done < <(command find "$T" -type d -perm -2000 -print0)
(( \${#odd[@]} == 0 )) || builtin printf '%s\\0' "\${odd[@]}" | command xargs -0 chmod g-s -- || no
try mv -nT -- "$T" "$O"
is "$T" && no EEXIST
answer`;

/** Copies a file over another, or a tree onto a free name, in the sandbox. One request. */
export async function copy(
  remote: Remote,
  path: VPath,
  to: VPath,
  { recursive, ifNoneMatch, preserveTimestamps }: CopyOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const words = [
    ...placeOf(path),
    ...placeOf(to),
    ifNoneMatch === undefined ? "" : "1",
    preserveTimestamps === true ? "mode,timestamps" : "mode",
  ];
  const repeatable = recursive !== true && ifNoneMatch === undefined;
  await remote.shell(recursive === true ? COPY_TREE : COPY_FILE, {
    words,
    paths: [path, to],
    signal,
    repeatable,
  });
}
