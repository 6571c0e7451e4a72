import {
  VfsError,
  type Context,
  type OpenOptions,
  type ProviderFile,
  type Stat,
  type StatChanges,
  type SyncOptions,
  type VPath,
} from "@vfs/core";
import { send } from "./inline.ts";
import { END_OF_ANSWER, type Remote } from "./remote/remote.ts";
import { placeOf } from "./shell/script.ts";
import { recordsOf } from "./stat.ts";
import { CHANGE, wordsOf } from "./verbs/change.ts";

/**
 * Words: directory, name, mode, then what the flags say: read, write, create, exclusive, truncate. A process of its own
 * keeps the file open, under a number that nothing else would have: `/proc/PID/fd/973` is that file then, whatever
 * becomes of its name.
 */
const OPEN = `at "$1" "$2"
if [[ -n $7 ]]; then
  is "$N" && no EEXIST
else
  [[ -L $N ]] && met "$P"
fi
[[ -d $N ]] && no EISDIR
made=
if ! is "$N"; then
  [[ -n $6 ]] || no ENOENT
  masked "$3"
  set -C
  # Somebody else may have made it by now.
  if { : >"$N"; }; then made=1; else is "$N" || no; fi
  set +C
  [[ -z $made ]] || plain "$3" || try chmod "0$3" -- "$N"
fi
if [[ -z $made ]]; then
  [[ -z $7 ]] || no EEXIST
  [[ -f $N ]] || no ENXIO
  [[ -z $4 || -r $N ]] || no EACCES
  [[ -z $5 || -w $N ]] || no EACCES
  [[ -z $8 ]] || { : >"$N"; } || no
fi
undo=
if [[ ! -r $N && ! -w $N ]]; then command chmod u+r -- "$N"; undo=1; fi
if [[ -r $N ]]; then exec 973<"$N" || no; else exec 973>>"$N" || no; fi
[[ -z $undo ]] || command chmod "0$3" -- "$N"
answer
printf '%s\\0' "$BASHPID"
printf '${END_OF_ANSWER}\\0'
exec sleep infinity </dev/null >/dev/null 2>&1`;

/** Goes to the open file. One that lost the bits that it needs is given them for as long as it takes. */
const OPENED = `N=/proc/$1/fd/973
[[ -e $N ]] || no EBADF
allow() {
  builtin test "-$1" "$N" && return
  back=$(command stat -Lc 0%a -- "$N")
  command chmod "u+$1" -- "$N" || no
  trap 'command chmod "$back" -- "$N"' EXIT
}
`;

/** Words: process, first byte, how many. */
const READ = `${OPENED}allow r
set -o pipefail
answer
command dd if="$N" iflag=skip_bytes,count_bytes,fullblock bs=1M skip="$2" count="$3" status=none |
  command base64 -w0`;

/** Words: process, first byte or nothing for the end, content, where content lies, kind of content. */
const WRITE = `${OPENED}S=$4
allow w
set -o pipefail
if [[ -n $2 ]]; then where="oflag=seek_bytes seek=$2"; else where=oflag=append; fi
if [[ -n $4 ]]; then
  try dd if="$4" of="$N" bs=16M iflag=fullblock $where conv=notrunc status=none
  command rm -f -- "$4"
else
  put "$5" "$3" |
    command dd of="$N" bs=128K iflag=fullblock $where conv=notrunc status=none || no
fi
answer`;

const TRUNCATE = `${OPENED}allow w
try truncate -s "$2" -- "$N"
answer`;

const STAT = `${OPENED}answer
exec find -H "$N" -maxdepth 0 -printf "$F"`;

const SET_STAT = `${CHANGE}${OPENED}change "" "$2" "$3" "$4" "$5"
answer`;

const SYNC = `${OPENED}allow r
try sync $2 -- "$N"
answer`;

/** As much is read by one command. */
const MOST_BYTES = 4 << 20;

/** A file that a process in the sandbox keeps open. */
export class RemoteFile implements ProviderFile {
  readonly #remote: Remote;
  /** As the daemon knows it, to end it; and as it knows itself. */
  readonly #holder: number;
  readonly #pid: string;
  readonly #closed: () => void;

  private constructor(remote: Remote, holder: number, pid: string, closed: () => void) {
    this.#remote = remote;
    this.#holder = holder;
    this.#pid = pid;
    this.#closed = closed;
  }

  static async open(
    remote: Remote,
    path: VPath,
    { flags, mode = 0o644 }: OpenOptions,
    { signal }: Context,
    closed: () => void,
  ): Promise<RemoteFile> {
    const { read, write, create, exclusive, truncate } = flags;
    const given = [read, write, create, create && exclusive, truncate].map((flag) => (flag ? "1" : ""));
    const words = [...placeOf(path), mode.toString(8), ...given];
    const { text, pid } = await remote.background(OPEN, { words, paths: [path], signal, repeatable: false });
    return new RemoteFile(remote, pid, text.slice(0, text.indexOf("\0")), closed);
  }

  async read(into: Uint8Array, position: number, ctx: Context): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const count = Math.min(MOST_BYTES, into.length - done);
      const text = await this.#shell(READ, [`${position + done}`, `${count}`], ctx, true);
      const data = Buffer.from(text, "base64");
      into.set(data, done);
      done += data.length;
      if (data.length < count) break;
    }
    return done;
  }

  async write(data: Uint8Array, position: number | "end", ctx: Context): Promise<void> {
    if (data.length === 0) return;
    const { inline, kind, staged } = await send(this.#remote, data, ctx.signal);
    const words = [position === "end" ? "" : `${position}`, inline, staged, kind];
    await this.#shell(WRITE, words, ctx, position !== "end" && staged === "");
  }

  async truncate(size: number, ctx: Context): Promise<void> {
    await this.#shell(TRUNCATE, [`${size}`], ctx, true);
  }

  async stat(ctx: Context): Promise<Stat> {
    const [found] = recordsOf(await this.#shell(STAT, [], ctx, true), "");
    if (found === undefined) throw new VfsError("EBADF");
    return found.stat;
  }

  async setStat(changes: StatChanges, ctx: Context): Promise<void> {
    await this.#shell(SET_STAT, wordsOf(changes), ctx, true);
  }

  async sync({ dataOnly }: SyncOptions, ctx: Context): Promise<void> {
    await this.#shell(SYNC, [dataOnly === true ? "-d" : ""], ctx, true);
  }

  /** A process that is gone has closed its file. */
  async close(): Promise<void> {
    this.#closed();
    await this.#remote.kill(this.#holder);
  }

  async #shell(
    body: string,
    words: readonly string[],
    { signal }: Context,
    repeatable: boolean,
  ): Promise<string> {
    const call = { words: [this.#pid, ...words], paths: [], signal, repeatable };
    return (await this.#remote.shell(body, call)).text;
  }
}
