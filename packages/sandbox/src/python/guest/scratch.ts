import { errnoError, type EmscriptenModule, type MemoryNode } from "./emscripten.ts";

/**
 * Bounds what the interpreter's own files hold: `/tmp`, the home folder and so on. They lie in the memory of the guest
 * process but outside that of the interpreter, so that its limit does not count them.
 */
export function boundScratch(module: EmscriptenModule, limitBytes: number): void {
  const { FS } = module;
  const { MEMFS } = FS.filesystems;
  const sizes = new Map<MemoryNode, number>();
  const used = (): number => [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  // Emscripten does not tell when a file is gone, so that is looked at when the room seems to be used up.
  const forgetGone = (): void => {
    const open = new Set(FS.streams.map((stream) => stream?.node));
    for (const node of sizes.keys()) if (!isThere(node) && !open.has(node)) sizes.delete(node);
  };
  const grow = <T>(node: MemoryNode, bytes: number, action: () => T): T => {
    const more = bytes - sizeOf(node);
    if (more > 0 && used() + more > limitBytes) forgetGone();
    if (more > 0 && used() + more > limitBytes) throw errnoError(module, "ENOSPC");
    const result = action();
    sizes.set(node, sizeOf(node));
    return result;
  };
  const { expandFileStorage: expand, resizeFileStorage: resize } = MEMFS;
  MEMFS.expandFileStorage = (node, bytes) => grow(node, bytes, () => expand(node, bytes));
  MEMFS.resizeFileStorage = (node, bytes) => grow(node, bytes, () => resize(node, bytes));
  // The first write to a file keeps a copy of what is written, without asking for room.
  const operations = MEMFS.ops_table.file.stream;
  const { write } = operations;
  operations.write = (stream, buffer, offset, length, position, ...rest) =>
    grow(stream.node as MemoryNode, position + length, () =>
      write(stream, buffer, offset, length, position, ...rest),
    );
}

/** What Emscripten has reserved for a file: more than its size. */
function sizeOf({ contents }: MemoryNode): number {
  return ArrayBuffer.isView(contents) ? contents.byteLength : 0;
}

/** Whether a file still has its name. */
function isThere(node: MemoryNode): boolean {
  const siblings = node.parent.contents;
  return !ArrayBuffer.isView(siblings) && siblings?.[node.name] === node;
}
