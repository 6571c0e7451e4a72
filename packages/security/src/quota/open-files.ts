import { ROOT, type Call, type OpenFile, type Stat, type VPath } from "@vfs/core";
import type { Place } from "./places.ts";

/** A file that is open, by however many handles. */
export interface Held {
  readonly place: Place;
  readonly ino: number | undefined;
  handles: number;
  /** Once its last name is gone: how many bytes it has, which are given back with the last handle. */
  orphanBytes: number | undefined;
}

/** The files of counted places that are open through a quota. */
export class OpenFiles {
  readonly #held = new Map<OpenFile, Held>();
  /** Whether paths are those of one mount. */
  #ofMount = false;

  /** Whether any is open. */
  get some(): boolean {
    return this.#held.size > 0;
  }

  of(file: OpenFile | undefined): Held | undefined {
    return file === undefined ? undefined : this.#held.get(file);
  }

  opened(file: OpenFile, place: Place, stat: Stat, { mountPath }: Call): void {
    this.#ofMount = mountPath !== ROOT;
    const ino = place.caps.inodes ? stat.ino : undefined;
    const held = this.find(place, stat, this.#pathOf(file)) ?? {
      place,
      ino,
      handles: 0,
      orphanBytes: undefined,
    };
    held.handles++;
    this.#held.set(file, held);
  }

  /** Answers the file when that was its last handle. */
  closed(file: OpenFile): Held | undefined {
    const held = this.#held.get(file);
    this.#held.delete(file);
    return held !== undefined && --held.handles === 0 ? held : undefined;
  }

  /** The file that has a name, if it is open. */
  find(place: Place, { ino }: Stat, path: VPath): Held | undefined {
    for (const [file, held] of this.#held) {
      if (held.place !== place || held.orphanBytes !== undefined) continue;
      // Without numbers a file is what lies at its path: core lets open files follow renames.
      if (held.ino === undefined ? this.#pathOf(file) === path : held.ino === ino) return held;
    }
    return undefined;
  }

  #pathOf({ path, localPath }: OpenFile): VPath {
    return this.#ofMount ? localPath : path;
  }
}
