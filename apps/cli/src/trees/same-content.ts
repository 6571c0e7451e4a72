import type { Stats, Vfs } from "@vfs/core";

/** One of two files that are compared. */
export interface Side {
  readonly path: string;
  readonly stats: Stats;
}

/** Whether two files hold the same bytes. They are read only where nothing else tells. */
export async function sameContent(vfs: Vfs, a: Side, b: Side, signal?: AbortSignal): Promise<boolean> {
  if (a.stats.size !== b.stats.size) return false;
  if (a.stats.size === 0 || isOneFile(a.stats, b.stats)) return true;
  const known = sameChecksum(a.stats, b.stats);
  if (known !== undefined) return known;
  return sameBytes(vfs.readStream(a.path, { signal }), vfs.readStream(b.path, { signal }));
}

/** Two names of one file. */
function isOneFile(a: Stats, b: Stats): boolean {
  return a.ino !== 0 && a.ino === b.ino && a.dev === b.dev;
}

/** What digests say that both stores keep; undefined where there is none that both have. */
export function sameChecksum(a: Stats, b: Stats): boolean | undefined {
  for (const [algorithm, digest] of Object.entries(a.checksums)) {
    const other = b.checksums[algorithm];
    if (other !== undefined) return digest === other;
  }
  return undefined;
}

async function sameBytes(a: AsyncIterable<Uint8Array>, b: AsyncIterable<Uint8Array>): Promise<boolean> {
  await using one = new Bytes(a);
  await using other = new Bytes(b);
  for (;;) {
    const [left, right] = await Promise.all([one.fill(), other.fill()]);
    const length = Math.min(left, right);
    if (length === 0) return left === right;
    if (Buffer.compare(one.take(length), other.take(length)) !== 0) return false;
  }
}

/** A stream that is taken in pieces of any length. */
class Bytes implements AsyncDisposable {
  readonly #source: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** How many bytes are there to be taken; 0 at the end. */
  async fill(): Promise<number> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#source.next();
      if (done) return 0;
      this.#left = value;
    }
    return this.#left.length;
  }

  take(length: number): Uint8Array {
    const taken = this.#left.subarray(0, length);
    this.#left = this.#left.subarray(length);
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.return?.();
  }
}
