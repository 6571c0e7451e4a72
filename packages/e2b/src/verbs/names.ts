import type { MkdirOptions, RemoveOptions, RenameOptions, VPath } from "@vfs/core";
import type { Remote } from "../remote/remote.ts";
import { placeOf } from "../shell/script.ts";

/** Words: directory, name, mode. */
const MKDIR = `at "$1" "$2"
is "$N" && no EEXIST
last mkdir -m "0$3" -- "$N"`;

export async function mkdir(
  remote: Remote,
  path: VPath,
  { mode = 0o755 }: MkdirOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const words = [...placeOf(path), mode.toString(8)];
  await remote.shell(MKDIR, { words, paths: [path], signal, repeatable: false });
}

/** Words: directory, name, `file`, `directory` or `tree`. What is left of unfinished files keeps no directory. */
const REMOVE = `at "$1" "$2"
there
case $3 in
file)
  [[ -d $N && ! -L $N ]] && no EISDIR
  last unlink -- "$N"
  ;;
directory)
  [[ -d $N && ! -L $N ]] || no ENOTDIR
  if ! command rmdir -- "$N" 2>/dev/null; then
    [[ -n $(command find "$N" -mindepth 1 -maxdepth 1 ! -name "$H" -print -quit) ]] ||
      command find "$N" -mindepth 1 -maxdepth 1 -name "$H" -delete
    try rmdir -- "$N"
  fi
  ;;
*)
  [[ -d $N && ! -L $N ]] || no ENOTDIR
  last rm -rf -- "$N"
  ;;
esac
answer`;

export async function remove(
  remote: Remote,
  path: VPath,
  { kind, recursive }: RemoveOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const words = [...placeOf(path), recursive === true ? "tree" : kind];
  await remote.shell(REMOVE, { words, paths: [path], signal, repeatable: false });
}

/** Words: directory, name, the same of the new name, whether nothing may be there. */
const RENAME = `at "$1" "$2"
there
reach "$3" "$4"
if [[ $P == "$Q" ]]; then answer; exit 0; fi
[[ -d $N && ! -L $N && $Q/ == "$P"/* ]] && no EINVAL
if is "$O"; then
  [[ -n $5 ]] && no EEXIST
  if [[ ! -L $N && ! -L $O && $N -ef $O ]]; then answer; exit 0; fi
  [[ $P/ == "$Q"/* ]] && no ENOTEMPTY
  if [[ -d $O && ! -L $O ]]; then
    [[ -d $N && ! -L $N ]] || no EISDIR
  else
    [[ -d $N && ! -L $N ]] && no ENOTDIR
  fi
fi
if [[ -z $5 ]]; then
  last mv -fT -- "$N" "$O"
else
  try mv -nT -- "$N" "$O"
  is "$N" && no EEXIST
fi
answer`;

export async function rename(
  remote: Remote,
  path: VPath,
  to: VPath,
  { noReplace }: RenameOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const words = [...placeOf(path), ...placeOf(to), noReplace === true ? "1" : ""];
  await remote.shell(RENAME, { words, paths: [path, to], signal, repeatable: false });
}

/** Words: directory, name, target. An absolute target is one of the mount. */
const SYMLINK = `at "$1" "$2"
is "$N" && no EEXIST
t=$3
[[ $t == /* && -n $R ]] && if [[ $t == / ]]; then t=$R; else t=$R$t; fi
last ln -sT -- "$t" "$N"`;

export async function symlink(
  remote: Remote,
  path: VPath,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await remote.shell(SYMLINK, {
    words: [...placeOf(path), target],
    paths: [path],
    signal,
    repeatable: false,
  });
}

const LINK = `at "$1" "$2"
there
[[ -d $N && ! -L $N ]] && no EPERM
reach "$3" "$4"
is "$O" && no EEXIST
last ln -PT -- "$N" "$O"`;

export async function link(
  remote: Remote,
  path: VPath,
  to: VPath,
  signal: AbortSignal | undefined,
): Promise<void> {
  const words = [...placeOf(path), ...placeOf(to)];
  await remote.shell(LINK, { words, paths: [path, to], signal, repeatable: false });
}
