import type { AppendOptions, StatChanges, StatOptions, VPath } from "@vfs/core";
import { send } from "../inline.ts";
import type { Remote } from "../remote/remote.ts";
import { placeOf } from "../shell/script.ts";
import { touched } from "../stat.ts";

/**
 * Words: directory, name, mode of a new file, durable, content, where content lies, kind of content. All of it, up to 16 MiB, is one
 * write(2) at the end of the file.
 */
const APPEND = `S=$6
at "$1" "$2"
[[ -L $N ]] && met "$P"
[[ -d $N ]] && no EISDIR
if is "$N"; then
  [[ -f $N ]] || no ENXIO
else
  masked "$3"
  : >>"$N" || no
  plain "$3" || try chmod "0$3" -- "$N"
fi
set -o pipefail
if [[ -n $6 ]]; then
  try dd if="$6" of="$N" bs=16M iflag=fullblock oflag=append conv=notrunc status=none
  command rm -f -- "$6"
else
  if [[ -n $7 ]]; then
    put "$7" "$5" >>"$N" || no
  else
    put "" "$5" | command dd of="$N" bs=128K iflag=fullblock oflag=append conv=notrunc status=none || no
  fi
fi
[[ -z $4 ]] || try sync -- "$N"
answer`;

/** Adds to the end of a file, or makes one. One request, two for content that is too large to go along. */
export async function append(
  remote: Remote,
  path: VPath,
  data: Uint8Array,
  { mode = 0o644, durable }: AppendOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { inline, kind, staged } = await send(remote, data, signal);
  const words = [...placeOf(path), mode.toString(8), durable === true ? "1" : "", inline, staged, kind];
  await remote.shell(APPEND, { words, paths: [path], signal, repeatable: false });
}

const TRUNCATE = `at "$1" "$2"
file
last truncate -s "$3" -- "$N"`;

export async function truncate(
  remote: Remote,
  path: VPath,
  size: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  await remote.shell(TRUNCATE, {
    words: [...placeOf(path), `${size}`],
    paths: [path],
    signal,
    repeatable: true,
  });
}

/** Words from the third on: owners, mode with five digits, time of access, time of change. */
export const CHANGE = `change() {
  [[ -z $2 ]] || try chown $1 "$2" -- "$N"
  [[ -z $3 ]] || { [[ -L $N && -n $1 ]] && no ENOTSUP; try chmod "$3" -- "$N"; }
  if [[ -n $4 && $4 == "$5" ]]; then try touch $1 -d "$4" -- "$N"; return; fi
  [[ -z $4 ]] || try touch $1 -a -d "$4" -- "$N"
  [[ -z $5 ]] || try touch $1 -m -d "$5" -- "$N"
}
`;

const SET_STAT = `${CHANGE}at "$1" "$2"
[[ -n $3 && -L $N ]] && met "$P"
there
change -h "$4" "$5" "$6" "$7"
answer`;

/** Permission bits as chmod and mkdir take them whole: with fewer than five digits a directory keeps its set-id bits. */
export function exactMode(mode: number): string {
  return mode.toString(8).padStart(5, "0");
}

/** What is changed, as words of a script. */
export function wordsOf({ mode, uid, gid, atimeMs, mtimeMs }: StatChanges): string[] {
  const owners = (uid ?? gid) === undefined ? "" : `${uid ?? ""}${gid === undefined ? "" : `:${gid}`}`;
  return [
    owners,
    mode === undefined ? "" : exactMode(mode),
    atimeMs === undefined ? "" : touched(atimeMs),
    mtimeMs === undefined ? "" : touched(mtimeMs),
  ];
}

/** Changes owners, permission bits and times. One request. */
export async function setStat(
  remote: Remote,
  path: VPath,
  changes: StatChanges,
  { follow }: StatOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  const words = [...placeOf(path), follow === true ? "1" : "", ...wordsOf(changes)];
  await remote.shell(SET_STAT, { words, paths: [path], signal, repeatable: true });
}
