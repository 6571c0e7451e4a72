import type { ByteSource, Bytes, ReadOptions, StreamReadOptions, VPath } from "@vfs/core";
import { VfsError } from "@vfs/core";
import type { Remote } from "../remote/remote.ts";
import { placeOf } from "../shell/script.ts";

/** As much content comes in the answer of a command; what is larger is downloaded. */
const ANSWER_BYTES = 1 << 20;

/**
 * Words: directory, name, first byte, how many at the most, how many come in an answer. Short text in ASCII the shell
 * reads by itself, and gives it as it is.
 */
const READ = `at "$1" "$2"
file
[[ -r $N ]] || no EACCES
if (( $3 == 0 && $5 > 0 )); then
  IFS= read -r -d '' -n 16384 text <"$N"
  status=$?
  if (( status == 1 && \${#text} < 16384 )) && [[ $text != *[$'\\x80'-$'\\xff']* ]]; then
    answer
    printf 'text\\0%s' "$text"
    exit 0
  fi
fi
set -o pipefail
size=$(command stat -c %s -- "$N") || no
end=$(( size - $3 < $4 ? size : $3 + $4 ))
if (( end <= $3 )); then answer; printf '0\\0'; exit 0; fi
answer
printf '%s\\0' "$(( end - $3 ))"
(( end - $3 > $5 )) && exit 0
if (( $3 == 0 && end == size )); then exec base64 -w0 -- "$N"; fi
command dd if="$N" iflag=skip_bytes,count_bytes,fullblock bs=1M skip="$3" count="$(( end - $3 ))" status=none |
  command base64 -w0`;

/** Reads content: one request up to 1 MiB, else two. */
export async function read(
  remote: Remote,
  path: VPath,
  { offset = 0, length = Number.MAX_SAFE_INTEGER }: ReadOptions,
  signal: AbortSignal | undefined,
): Promise<Bytes> {
  const { isText, whole, bytes, text, root } = await look(remote, path, offset, length, ANSWER_BYTES, signal);
  if (isText) return new TextEncoder().encode(text).subarray(0, length);
  if (whole) {
    const data = Buffer.from(text, "base64");
    // It grew while it was read.
    return new Uint8Array(data.subarray(0, length));
  }
  const range =
    offset === 0 && length >= Number.MAX_SAFE_INTEGER ? undefined : `bytes=${offset}-${offset + bytes - 1}`;
  return await remote.downloadBytes(root + path, range, signal);
}

async function look(
  remote: Remote,
  path: VPath,
  offset: number,
  length: number,
  inAnswer: number,
  signal: AbortSignal | undefined,
): Promise<{ isText: boolean; whole: boolean; bytes: number; text: string; root: string }> {
  const most = Math.min(length, Number.MAX_SAFE_INTEGER - offset);
  const words = [...placeOf(path), `${offset}`, `${most}`, `${inAnswer}`];
  const { root, text } = await remote.shell(READ, { words, paths: [path], signal, repeatable: true });
  const end = text.indexOf("\0");
  const isText = text.startsWith("text");
  const bytes = isText ? 0 : Number(text.slice(0, end));
  return { isText, whole: bytes <= inAnswer, bytes, text: text.slice(end + 1), root };
}

/**
 * Reads content in chunks, from one open file of the sandbox: one request to look, and one for all of it. What breaks
 * off is not gone on with: the file may be another one by then.
 */
export async function readStream(
  remote: Remote,
  path: VPath,
  { offset = 0, length = Number.MAX_SAFE_INTEGER, chunkSize = 64 << 10 }: StreamReadOptions,
  signal: AbortSignal | undefined,
): Promise<ByteSource> {
  const { bytes, root } = await look(remote, path, offset, length, 0, signal);
  if (bytes === 0) return [];
  const range = `bytes=${offset}-${length === Number.MAX_SAFE_INTEGER ? "" : offset + length - 1}`;
  return chunksOf(() => remote.download(root + path, range, signal), chunkSize, signal);
}

async function* chunksOf(
  open: () => Promise<Response>,
  chunkSize: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes> {
  const { body } = await open();
  if (body === null) return;
  const reader = body.getReader();
  let ended = false;
  try {
    let rest: Bytes = new Uint8Array();
    while (true) {
      const { done, value } = await next(reader, signal);
      if (done) break;
      rest = rest.length === 0 ? value : joined(rest, value);
      let at = 0;
      for (; rest.length - at >= chunkSize; at += chunkSize) yield rest.slice(at, at + chunkSize);
      rest = rest.subarray(at);
    }
    ended = true;
    if (rest.length > 0) yield rest.slice();
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}

async function next(
  reader: ReadableStreamDefaultReader<Bytes>,
  signal: AbortSignal | undefined,
): Promise<ReadableStreamReadResult<Bytes>> {
  try {
    return await reader.read();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new VfsError("EIO", { reason: "transient", hint: "the content broke off", cause });
  }
}

function joined(head: Bytes, tail: Bytes): Bytes {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
