import type { Part } from "../engine/storage.ts";
import { offsetOf } from "./buddy.ts";
import { parseLog, type Log } from "./log.ts";

/**
 * What a page reads of a store by itself, while the thread that opens the files for writing is only being started. Whoever
 * asks has the right to write, so that nobody else changes them meanwhile.
 */
export class EarlyFiles {
  readonly #directory: Promise<FileSystemDirectoryHandle>;

  constructor(directory: FileSystemDirectoryHandle | readonly string[]) {
    this.#directory = find(directory);
    // Told to who asks.
    this.#directory.catch(() => undefined);
  }

  /** The first log, where the second one begins and ends as it does and has nothing else; undefined for all other cases. */
  async log(endsBytes: number): Promise<Log | undefined> {
    const [first, second] = await Promise.all([this.#file("index-a"), this.#file("index-b")]);
    if (first.size !== second.size) return undefined;
    const [bytes, begin, end] = await Promise.all([
      bytesOf(first),
      bytesOf(second.slice(0, endsBytes)),
      bytesOf(second.slice(-endsBytes)),
    ]);
    if (!isAt(bytes, 0, begin) || !isAt(bytes, bytes.length - end.length, end)) return undefined;
    const log = parseLog(bytes);
    return log?.end === bytes.length ? log : undefined;
  }

  async read(parts: readonly Part[], length: number): Promise<Uint8Array<ArrayBuffer>> {
    const file = await this.#file("content");
    const bytes = new Uint8Array(length);
    const reads = parts.map(async ({ piece, from, length: count, at }) => {
      const begin = offsetOf(piece) + from;
      bytes.set(await bytesOf(file.slice(begin, begin + count)), at);
    });
    await Promise.all(reads);
    return bytes;
  }

  async #file(name: string): Promise<File> {
    return (await (await this.#directory).getFileHandle(name)).getFile();
  }
}

async function find(
  directory: FileSystemDirectoryHandle | readonly string[],
): Promise<FileSystemDirectoryHandle> {
  if (!Array.isArray(directory)) return directory as FileSystemDirectoryHandle;
  let at = await navigator.storage.getDirectory();
  for (const name of directory as string[]) at = await at.getDirectoryHandle(name);
  return at;
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

function isAt(bytes: Uint8Array, from: number, part: Uint8Array): boolean {
  return part.every((byte, at) => byte === bytes[from + at]);
}
