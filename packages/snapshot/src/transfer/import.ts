import { isVfsError, type Bytes } from "@vfs/core";
import type { Intake } from "../engine.ts";
import type { TreeEntry } from "../tree-entry.ts";
import { Arrivals } from "./arrivals.ts";
import { importJson } from "./json-import.ts";
import { badArchive, limitsOf, type ImportOptions, type Limits } from "./limits.ts";
import { bytesFrom, iterate, peek, streamOf, type ImportSource } from "./streams.ts";
import { importTar } from "./tar-import.ts";

export type { ImportOptions } from "./limits.ts";
export type { ImportSource } from "./streams.ts";

/** What an archive says of itself. */
export interface About {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
}

export interface Imported extends About {
  readonly root: TreeEntry;
  readonly files: number;
  readonly bytes: number;
}

const OPENING_BRACE = 0x7b;
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
// Where an archive is packed, what names and attributes take comes on top of contents.
const OVERHEAD = 4;

/**
 * Takes in an archive.
 *
 * @param isWhole Whether the top of the tree is that of everything, which links with absolute targets then stay in.
 * @throws VfsError `EINVAL` for one that is wrong.
 */
export async function importTree(
  source: ImportSource,
  options: ImportOptions,
  intake: Intake,
  isWhole: boolean,
): Promise<Imported> {
  const limits = limitsOf(options);
  const arrivals = new Arrivals(limits, intake, isWhole);
  const about = await unpacked(
    counted(bytesFrom(source), limits, 1, options.signal),
    limits,
    arrivals,
    options.signal,
    true,
  );
  return { ...about, ...(await arrivals.finish()) };
}

async function unpacked(
  source: AsyncIterable<Bytes>,
  limits: Limits,
  arrivals: Arrivals,
  signal: AbortSignal | undefined,
  mayBePacked: boolean,
): Promise<About> {
  const { head, whole } = await peek(source, 512);
  if (mayBePacked && head[0] === 0x1f && head[1] === 0x8b)
    return unpacked(counted(gunzip(whole), limits, OVERHEAD, signal), limits, arrivals, signal, false);
  if (head.find((byte) => !SPACE.has(byte)) === OPENING_BRACE) return importJson(whole, arrivals);
  return importTar(whole, arrivals);
}

/** What fails in unpacking is the archive's fault, but not what fails in reading it. */
async function* gunzip(source: AsyncIterable<Bytes>): AsyncIterable<Bytes> {
  let failure: { readonly reason: unknown } | undefined;
  async function* watched(): AsyncIterable<Bytes> {
    try {
      yield* source;
    } catch (reason) {
      failure = { reason };
      throw reason;
    }
  }
  try {
    yield* iterate(streamOf(watched()).pipeThrough(new DecompressionStream("gzip")) as ReadableStream<Bytes>);
  } catch (reason) {
    if (failure !== undefined) throw failure.reason;
    if (isVfsError(reason)) throw reason;
    throw badArchive("it is packed with gzip, and damaged", reason);
  }
}

async function* counted(
  source: AsyncIterable<Bytes>,
  { maxBytes }: Limits,
  times: number,
  signal: AbortSignal | undefined,
): AsyncIterable<Bytes> {
  let bytes = 0;
  for await (const part of source) {
    signal?.throwIfAborted();
    bytes += part.length;
    if (bytes > maxBytes * times)
      throw badArchive(
        `it has more than ${maxBytes * times} bytes${times > 1 ? " unpacked" : ""}; allow more with maxBytes`,
      );
    yield part;
  }
}
