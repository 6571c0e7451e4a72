import type { VPath } from "@vfs/core";
import type { Image } from "./image.ts";
import type { Inode } from "./inode.ts";
import { fromRecord, type InodeRecord, type Step } from "./records.ts";

const ROOT_INO = 1;

/**
 * Single files of a store whose names are not in memory yet: an image of them all, and the steps behind it. To bring all
 * into memory takes many times as long as to look for one.
 */
export class Glimpse {
  readonly #image: Image;
  readonly #inodes = new Map<number, InodeRecord>();
  /** What has a name by now; 0 for nothing. */
  readonly #names = new Map<string, number>();

  constructor(image: Image, steps: Iterable<Omit<Step, "revision">>) {
    this.#image = image;
    for (const { inodes, names } of steps) {
      for (const record of inodes) this.#inodes.set(record[0], record);
      for (const [parent, name, ino] of names) this.#names.set(`${parent}/${name}`, ino);
    }
  }

  /** The file at a path; undefined for whatever is not as simple as that. */
  file(path: VPath): Pick<Inode, "pieces" | "bytes"> | undefined {
    let ino = ROOT_INO;
    let at: number | undefined = 0;
    for (const name of path.split("/").filter(Boolean)) {
      const known = this.#names.get(`${ino}/${name}`);
      const place = known === undefined ? this.#image.find(ino, name) : { ino: known, at: undefined };
      if (place === undefined || place.ino === 0) return undefined;
      ({ ino, at } = place);
    }
    const record = this.#inodes.get(ino);
    if (record !== undefined) {
      const node = fromRecord(record);
      return node.type === "file" ? node : undefined;
    }
    // Of a name that came later than the image the place of an older inode is not known.
    return at === undefined || at === 0 ? undefined : this.#image.file({ ino, at });
  }
}
