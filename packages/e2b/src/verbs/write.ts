import type { ByteSource, Stat, StreamWriteOptions, VPath, WriteOptions } from "@vfs/core";
import { VfsError } from "@vfs/core";
import { send, stagedPath, type Sent } from "../inline.ts";
import type { Remote } from "../remote/remote.ts";
import { placeOf } from "../shell/script.ts";
import { recordsOf, touched } from "../stat.ts";

// Permission bits of a new file, unless told.
const USUAL_MODE = 0o644;

const CHECK = `at "$1" "$2"
if [[ -n $3 ]]; then
  is "$N" && no EEXIST
else
  [[ -L $N ]] && met "$P"
fi
[[ -d $N ]] && no EISDIR
is "$N" && [[ ! -f $N ]] && no ENXIO
`;

/**
 * Words: directory, name, exclusive, mode, time, durable, content, where content lies, kind of content. Whoever owns a
 * file that has other names writes into it: all of them show it.
 */
const WRITE = `S=$8
${CHECK}m=$4 links=1
if [[ -z $3 && -f $N ]]; then
  read -r links m < <(command stat -c '%h %a' -- "$N")
  [[ -n $m ]] || m=$4
  [[ $EUID == 0 ]] || builtin printf -v m %o "$(( 8#$m & 8#1777 ))"
  [[ -w $N ]] || no EACCES
fi
T=./$U
masked "$m"
if [[ -n $8 ]]; then
  try mv -f -- "$8" "$T"
  [[ $m == 644 ]] || try chmod "0$m" -- "$T"
else
  put "$9" "$7" >"$T" || no
  plain "$m" || try chmod "0$m" -- "$T"
fi
[[ -z $5 ]] || try touch -m -d "$5" -- "$T"
[[ -z $6 ]] || try sync -- "$T"
if [[ -n $3 ]]; then
  try ln -T -- "$T" "$N"
  command rm -f -- "$T"
elif (( links > 1 )); then
  command cat -- "$T" >"$N" || no
  [[ -z $5 ]] || try touch -m -d "$5" -- "$N"
  command rm -f -- "$T"
else
  try mv -fT -- "$T" "$N"
fi
[[ -z $6 ]] || try sync -- .
show`;

/** Creates or replaces a file in one step. One request, two for content that is too large to go along. */
export async function write(
  remote: Remote,
  path: VPath,
  data: Uint8Array,
  options: WriteOptions,
  signal: AbortSignal | undefined,
): Promise<Stat> {
  const sent = await send(remote, data, signal);
  return await place(remote, path, sent, options, signal);
}

/** As {@link write}, from a source: one request to look whether it can be written, one with the content, one to place it. */
export async function writeStream(
  remote: Remote,
  path: VPath,
  source: ByteSource,
  options: StreamWriteOptions,
  signal: AbortSignal | undefined,
): Promise<Stat> {
  const exclusive = options.ifNoneMatch === undefined ? "" : "1";
  const call = { words: [...placeOf(path), exclusive], paths: [path], signal, repeatable: true };
  await remote.shell(`${CHECK}answer`, call);
  const staged = stagedPath();
  const reading = new Reading(source);
  try {
    await remote.upload(staged, reading.stream, signal);
    reading.check();
    return await place(remote, path, { inline: "", kind: "", staged }, options, signal);
  } catch (reason) {
    await remove(remote, staged);
    throw reading.failure?.reason ?? reason;
  }
}

async function place(
  remote: Remote,
  path: VPath,
  { inline, kind, staged }: Sent,
  { ifNoneMatch, mode = USUAL_MODE, mtimeMs, durable }: WriteOptions,
  signal: AbortSignal | undefined,
): Promise<Stat> {
  const words = [
    ...placeOf(path),
    ifNoneMatch === undefined ? "" : "1",
    mode.toString(8),
    mtimeMs === undefined ? "" : touched(mtimeMs),
    durable === true ? "1" : "",
    inline,
    staged,
    kind,
  ];
  const repeatable = ifNoneMatch === undefined && staged === "";
  const { text, root } = await remote.shell(WRITE, { words, paths: [path], signal, repeatable });
  const [found] = recordsOf(text, root);
  // Somebody has taken it away since.
  if (found === undefined) throw new VfsError("ENOENT");
  return found.stat;
}

/** Takes away what was sent ahead for nothing. That it stays is no reason to fail. */
async function remove(remote: Remote, staged: string): Promise<void> {
  const call = { words: [staged], paths: [], signal: undefined, repeatable: true };
  await remote.shell(`command rm -f -- "$1"; answer`, call).catch(() => undefined);
}

/** A source that is read once, with what became of that: `fetch` would tell it in other words. */
class Reading {
  readonly stream: ReadableStream<Uint8Array>;
  failure: { readonly reason: unknown } | undefined;
  #ended = false;

  constructor(source: ByteSource) {
    const iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { done, value } = await iterator.next();
          // The source may use the same memory again.
          if (done !== true) return controller.enqueue(value.slice());
          this.#ended = true;
          controller.close();
        } catch (reason) {
          this.failure = { reason };
          controller.error(reason);
        }
      },
      cancel: async () => {
        await iterator.return?.();
      },
    });
  }

  /** @throws what the source threw; or `EIO` where it was not read to its end. */
  check(): void {
    if (this.failure !== undefined) throw this.failure.reason;
    if (!this.#ended)
      throw new VfsError("EIO", { reason: "transient", hint: "the content was not sent whole" });
  }
}
