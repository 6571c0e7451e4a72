import type { EmscriptenModule, FsStream } from "./emscripten.ts";
import { ownFile } from "./own-files.ts";
import type { Import, Replacement } from "./seal.ts";

// SQLite maps the index of a write-ahead log in pieces of one size and gives them back in pieces of another, which
// Emscripten refuses: a file that such a map has open would never be closed.
const LOG_INDEX = "-shm";

/**
 * Files that are mapped into the interpreter's memory. Emscripten remembers only the number of the descriptor, and
 * writes back to whatever has that number when the map is undone: nothing, or another file. A map of ours has the file
 * open for itself.
 */
export class FileMaps {
  readonly #module: () => EmscriptenModule;
  /** The open files, by where their maps lie in the memory. */
  readonly #files = new Map<number, FsStream>();

  constructor(module: () => EmscriptenModule) {
    this.#module = module;
  }

  /** Imports that do with the map's own file what Emscripten does with a number. */
  get replacements(): Readonly<Record<string, Replacement>> {
    return {
      _mmap_js: (original) => (length, prot, flags, fd, offset, allocated, at) =>
        this.#map(fd ?? -1, at ?? 0, (own) =>
          original(...of(length, prot, flags, own, offset, allocated, at)),
        ),
      _msync_js: (original) => (address, length, prot, flags, fd, offset) =>
        original(...of(address, length, prot, flags, this.#find(address)?.fd ?? fd, offset)),
      _munmap_js: (original) => (address, length, prot, flags, fd, offset) => {
        const own = this.#find(address);
        try {
          return original(...of(address, length, prot, flags, own?.fd ?? fd, offset));
        } finally {
          this.#files.delete((address ?? 0) >>> 0);
          if (own !== undefined) this.#module().FS.close(own);
        }
      },
    };
  }

  #map(fd: number, at: number, map: (own: number) => unknown): ReturnType<Import> {
    const module = this.#module();
    const stream = module.FS.streams[fd];
    // Emscripten knows what to say to that.
    if (!stream || stream.node.name.endsWith(LOG_INDEX)) return map(fd);
    const own = ownFile(module, stream);
    const answer = map(own.fd);
    if (answer === 0) this.#files.set((module.HEAP32[at >>> 2] ?? 0) >>> 0, own);
    else module.FS.close(own);
    return answer;
  }

  #find(address = 0): FsStream | undefined {
    return this.#files.get(address >>> 0);
  }
}

/** Arguments that are passed on as they came. */
function of(...args: readonly (number | undefined)[]): number[] {
  return args as number[];
}
