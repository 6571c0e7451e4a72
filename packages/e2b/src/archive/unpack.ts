import type { Bytes } from "@vfs/core";

const BLOCK = 512;
const decoder = new TextDecoder();

/**
 * The files of an archive as GNU tar makes it with `--format=gnu`, by their names.
 *
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function filesIn(archive: Uint8Array): Map<string, Bytes> {
  const files = new Map<string, Bytes>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    const size = Number.parseInt(textOf(header, 124, 12), 8);
    const content = archive.subarray(at + BLOCK, at + BLOCK + size);
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "L") longName = textOf(content, 0, size);
    else {
      if (type === "0") files.set(longName ?? textOf(header, 0, 100), content.slice());
      longName = undefined;
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/** A field: it ends at its first NUL. */
function textOf(bytes: Uint8Array, begin: number, length: number): string {
  const field = bytes.subarray(begin, begin + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}
