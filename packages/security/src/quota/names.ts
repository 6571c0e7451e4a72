import type { VPath } from "@vfs/core";
import type { Excess, Limits } from "./limits.ts";

const SLASH = 47;
const encoder = new TextEncoder();

/** How many bytes of UTF-8 a text has. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** How many names a path has: none for the root. */
export function depthOf(path: VPath): number {
  if (path.length === 1) return 0;
  let depth = 0;
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) === SLASH) depth++;
  return depth;
}

/** What the names of a quota's paths may be. */
export class Names {
  readonly #limits: Limits;
  /** Nothing is to be looked at. */
  readonly #free: boolean;
  /** Up to so many UTF-16 units a path, and a name, cannot have too many bytes. */
  readonly #surePath: number;
  readonly #sureName: number;

  constructor(limits: Limits) {
    this.#limits = limits;
    const { maxDepth, maxNameBytes, maxPathBytes } = limits;
    this.#free = Math.min(maxDepth, maxNameBytes, maxPathBytes) === Infinity;
    this.#surePath = Math.floor(maxPathBytes / 3);
    this.#sureName = Math.floor(maxNameBytes / 3);
  }

  /** Why a path may not come to be, if so. */
  problem(path: VPath): Excess | undefined {
    if (this.#free || path.length <= Math.min(this.#surePath, this.#sureName, this.#limits.maxDepth))
      return undefined;
    return this.#problem(path);
  }

  /** Whether more than the path itself is limited, when a tree comes to lie there. */
  get limitTrees(): boolean {
    return !this.#free;
  }

  /** Why a tree may not come to lie at a path, if so. */
  treeProblem(path: VPath, { depth, pathBytes, nameBytes }: Reach): Excess | undefined {
    const { maxDepth, maxNameBytes, maxPathBytes } = this.#limits;
    const deepest = depthOf(path) + depth;
    if (deepest > maxDepth) return { rule: "maxDepth", limit: maxDepth, wanted: deepest };
    if (nameBytes > maxNameBytes) return { rule: "maxNameBytes", limit: maxNameBytes, wanted: nameBytes };
    const longest = byteLength(path) + pathBytes;
    return longest > maxPathBytes
      ? { rule: "maxPathBytes", limit: maxPathBytes, wanted: longest }
      : undefined;
  }

  #problem(path: VPath): Excess | undefined {
    const { maxDepth, maxNameBytes, maxPathBytes } = this.#limits;
    const depth = depthOf(path);
    if (depth > maxDepth) return { rule: "maxDepth", limit: maxDepth, wanted: depth };
    // The names above are there already, or it fails for want of them.
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (name.length > this.#sureName) {
      const bytes = byteLength(name);
      if (bytes > maxNameBytes) return { rule: "maxNameBytes", limit: maxNameBytes, wanted: bytes };
    }
    if (path.length <= this.#surePath) return undefined;
    const bytes = byteLength(path);
    return bytes > maxPathBytes ? { rule: "maxPathBytes", limit: maxPathBytes, wanted: bytes } : undefined;
  }
}

/** How far a tree reaches below where it begins. */
export interface Reach {
  /** Levels below it. */
  readonly depth: number;
  /** Of the longest path in it, without the path of the tree, with the slash before it. */
  readonly pathBytes: number;
  /** Of the longest name in it. */
  readonly nameBytes: number;
}
