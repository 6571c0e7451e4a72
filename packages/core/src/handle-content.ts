import type { Awaitable } from "./awaitable.ts";
import { bytesOf, concatBytes, isChunk, textOf, type Bytes, type Chunk, type Content } from "./bytes.ts";
import type { Context } from "./context.ts";
import type { Handle } from "./file-handle.ts";
import { emit, run, wait, type Emitter, type Flow } from "./flow.ts";
import type { ByteSource } from "./provider.ts";
import { feed } from "./verbs/sources.ts";

/** How much is asked for at a time where nothing tells how much is left. */
const CHUNK_BYTES = 64 << 10;

/** Where the lines of a handle begin, and what becomes of it behind the last one. */
export interface ReadLinesOptions {
  /** First byte; where the handle is unless told. */
  readonly start?: number | undefined;
  /** Close the handle when the last line was taken or the iteration was ended; true unless told. */
  readonly autoClose?: boolean | undefined;
}

/** Everything from where the handle is to the end, where it then is. */
export function* readRest(
  handle: Handle,
  asText: boolean,
  signal: AbortSignal | undefined,
): Flow<Bytes | string> {
  signal?.throwIfAborted();
  const { size } = yield* wait(handle.stat());
  const parts: Uint8Array[] = [];
  let length = 0;
  // One byte more than is left shows the end at once.
  for (let wanted = Math.max(1, size - handle.position) + 1, ended = false; !ended; wanted = CHUNK_BYTES) {
    const { bytesRead, buffer } = yield* wait(handle.read(new Uint8Array(wanted)));
    signal?.throwIfAborted();
    ended = bytesRead < wanted;
    parts.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  const whole = concatBytes(parts, length);
  return asText ? textOf(whole) : whole;
}

/** Reads into one buffer after another. */
export function* readInto(
  handle: Handle,
  buffers: readonly ArrayBufferView[],
  position?: number | null,
): Flow<number> {
  const parts = buffers.map(bytesOf);
  const whole = new Uint8Array(total(parts));
  const { bytesRead } = yield* wait(handle.read(whole, 0, whole.length, position));
  let done = 0;
  for (const part of parts) {
    part.set(whole.subarray(done, Math.min(bytesRead, done + part.length)));
    done = Math.min(bytesRead, done + part.length);
  }
  return bytesRead;
}

/** All of `buffers`, one behind the other, as they are to be written at once. */
export function gathered(buffers: readonly ArrayBufferView[]): Bytes {
  const parts = buffers.map(bytesOf);
  return concatBytes(parts, total(parts));
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Writes a whole content from where the handle is on, or at the end where it appends. */
export function writeContent(handle: Handle, content: Content, ctx: Context): Awaitable<void> {
  if (isChunk(content)) return run(writeChunk(handle, content));
  return feed(content, ctx, {}, (source) =>
    ctx.sync ? writeAllNow(handle, source as Iterable<Bytes>) : writeAll(handle, source),
  );
}

function* writeChunk(handle: Handle, chunk: Chunk): Flow<void> {
  yield* wait(handle.write(chunk));
}

/** Writes what a source has, chunk by chunk. */
export async function writeAll(handle: Handle, source: ByteSource): Promise<void> {
  for await (const chunk of source) await handle.write(chunk);
}

/** As {@link writeAll}, at once. */
export function writeAllNow(handle: Handle, source: Iterable<Bytes>): void {
  for (const chunk of source) void handle.write(chunk);
}

// As node:readline.
const LINE_END = /\r\n|[\n\r\u2028\u2029]/;

/** The lines from where the handle is, without their ends. */
export function* readLines(
  handle: Handle,
  { start, autoClose = true }: ReadLinesOptions = {},
): Emitter<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let position = start;
  // Of a line that goes over many chunks; joined once, because adding to a growing text each time is quadratic.
  let begun: string[] = [];
  let held = "";
  try {
    for (let ended = false; !ended;) {
      const { bytesRead, buffer } = yield* wait(
        handle.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, position),
      );
      ended = bytesRead === 0;
      if (position !== undefined) position += bytesRead;
      const text = held + decoder.decode(buffer.subarray(0, bytesRead), { stream: !ended });
      // Whether a line feed follows is seen with the next chunk.
      held = !ended && text.endsWith("\r") ? "\r" : "";
      const pieces = text.slice(0, text.length - held.length).split(LINE_END);
      const rest = pieces.pop() ?? "";
      for (const piece of pieces) {
        yield emit(begun.length === 0 ? piece : begun.join("") + piece);
        begun = [];
      }
      if (rest !== "") begun.push(rest);
    }
    if (begun.length > 0) yield emit(begun.join(""));
  } finally {
    if (autoClose) yield* wait(handle.close());
  }
}

/** What is done with a handle when its stream is over. */
export interface WebStreamOptions {
  /** Close the handle at the end of the stream, or when it is cancelled; false unless told. */
  readonly autoClose?: boolean | undefined;
}

/** The bytes from where the handle is, as a stream that takes the reader's own buffers too. */
export function webStream(
  handle: Handle,
  { autoClose = false }: WebStreamOptions = {},
): ReadableStream<Bytes> {
  const end = async (): Promise<void> => {
    if (autoClose) await handle.close();
  };
  return new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: CHUNK_BYTES,
    async pull(controller) {
      const request = controller.byobRequest;
      // There always is one, because of `autoAllocateChunkSize`.
      if (request === null || request.view === null) return;
      const { bytesRead } = await handle.read(bytesOf(request.view));
      if (bytesRead === 0) {
        controller.close();
        await end();
      }
      request.respond(bytesRead);
    },
    cancel: end,
  });
}
