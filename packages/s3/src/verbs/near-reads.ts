import type { Bytes, VPath } from "@vfs/core";

/** Ranges of a file with less than this between them are read in one request, as OpenDAL and object_store do. */
const GAP_BYTES = 1 << 20;

/** A part of a file of a certain version, and for whom. */
interface Range {
  readonly offset: number;
  readonly length: number;
  readonly resolve: (data: Bytes | PromiseLike<Bytes>) => void;
}

export type ReadRange = (offset: number, length: number) => Promise<Bytes>;

/** Makes one request of ranges that lie near each other and are asked for side by side. */
export class NearReads {
  readonly #mostBytes: number;
  /** By file and version: what was asked for in this turn. */
  readonly #waiting = new Map<string, Range[]>();

  /** @param mostBytes No request is for more. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /**
   * @param read Reads a part of the file; what it fails with, each range finds out by itself.
   * @returns An array that is nobody else's, shorter where the file ends.
   */
  read(
    path: VPath,
    version: string,
    { offset, length }: { offset: number; length: number },
    read: ReadRange,
  ): Promise<Bytes> {
    return new Promise((resolve) => {
      const key = `${path}\0${version}`;
      const range = { offset, length, resolve };
      const waiting = this.#waiting.get(key);
      if (waiting !== undefined) {
        waiting.push(range);
        return;
      }
      const ranges = [range];
      this.#waiting.set(key, ranges);
      queueMicrotask(() => {
        this.#waiting.delete(key);
        for (const near of this.#groups(ranges)) void serve(near, read);
      });
    });
  }

  *#groups(ranges: Range[]): Generator<Range[]> {
    if (ranges.length === 1) return yield ranges;
    ranges.sort((a, b) => a.offset - b.offset);
    let group: Range[] = [];
    let [start, end] = [0, 0];
    for (const range of ranges) {
      const until = Math.max(end, range.offset + range.length);
      const isNear = range.offset - end < GAP_BYTES && until - start <= this.#mostBytes;
      if (group.length > 0 && !isNear) {
        yield group;
        group = [];
      }
      if (group.length === 0) start = range.offset;
      end = group.length === 0 ? range.offset + range.length : until;
      group.push(range);
    }
    return yield group;
  }
}

async function serve(ranges: readonly Range[], read: ReadRange): Promise<void> {
  const [{ offset, length, resolve }] = ranges as [Range];
  if (ranges.length === 1) return resolve(read(offset, length));
  const end = Math.max(...ranges.map((range) => range.offset + range.length));
  try {
    const data = await read(offset, end - offset);
    for (const range of ranges) {
      const at = range.offset - offset;
      range.resolve(data.slice(at, at + range.length));
    }
  } catch {
    for (const range of ranges) range.resolve(read(range.offset, range.length));
  }
}
