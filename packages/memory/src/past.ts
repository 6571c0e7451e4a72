import type { VPath } from "@vfs/core";
import type { Inode } from "./inode.ts";
import type { Dentry } from "./names.ts";

/** How something was in the epochs of some snapshots. */
interface Kept {
  /** The first epoch and the last one in which it was so. */
  readonly from: number;
  readonly until: number;
}

/** What a file, directory or link was. */
export interface KeptState extends Kept {
  readonly node: Inode;
  readonly state: Inode;
  /** All its names when it changed; none as long as nobody has to be told. */
  paths: readonly VPath[];
}

/** What a name in a directory stood for. */
export interface KeptName extends Kept {
  readonly directory: Inode;
  readonly name: string;
  readonly entry: Dentry | undefined;
  /** Where it was when it changed; undefined where a directory above tells it. */
  path: VPath | undefined;
  /** There was, or came, a directory. */
  tree: boolean;
}

/** What snapshots need of how an inode was: each list is in the order of time. */
export class Past {
  readonly states: KeptState[] = [];
  /** Of a directory. */
  names: Map<string, KeptName[]> | undefined = undefined;
}

/** The one that holds in an epoch; undefined when that is what there is now. */
export function keptAt<T extends Kept>(kept: readonly T[], epoch: number): T | undefined {
  let [low, high] = [0, kept.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((kept[middle]?.until ?? 0) >= epoch) high = middle;
    else low = middle + 1;
  }
  return kept[low];
}

/** How a node was in an epoch. */
export function stateAt(node: Inode, epoch: number): Inode {
  return node.past === undefined ? node : (keptAt(node.past.states, epoch)?.state ?? node);
}

/** Where a directory is: empty for the root; undefined for what is not in the tree of `root`. */
export function placeOf(directory: Inode, root: Inode): string | undefined {
  let place = "";
  let at = directory;
  while (at.entry?.directory !== undefined) {
    place = `/${at.entry.name}${place}`;
    at = at.entry.directory;
  }
  return at === root ? place : undefined;
}
