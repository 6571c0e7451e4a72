import type { VPath } from "@vfs/core";
import type { Excess, Limits } from "./limits.ts";

const SLASH = 47;
const REMEMBERED = 4096;
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
  /** Up to so many UTF-16 units a path cannot have too many bytes or names, nor a name too many bytes. */
  readonly #sure: number;
  /** Paths that were found to be good: to count their names again costs more than to find them here. */
  #good = new Set<VPath>();

  constructor(limits: Limits) {
    this.#limits = limits;
    const { maxDepth, maxNameBytes, maxPathBytes } = limits;
    this.#free = Math.min(maxDepth, maxNameBytes, maxPathBytes) === Infinity;
    // A unit takes three bytes of UTF-8 at the most, and a name with its slash two units at the least.
    this.#sure = Math.min(Math.floor(Math.min(maxNameBytes, maxPathBytes) / 3), maxDepth * 2 + 1);
  }

  /** Why a path may not come to be, if so. */
  problem(path: VPath): Excess | undefined {
    if (this.#free || path.length <= this.#sure || this.#good.has(path)) return undefined;
    const problem = this.#problem(path);
    if (problem !== undefined) return problem;
    if (this.#good.size >= REMEMBERED) this.#good = new Set();
    this.#good.add(path);
    return undefined;
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
    if (maxDepth < Infinity) {
      const depth = depthOf(path);
      if (depth > maxDepth) return { rule: "maxDepth", limit: maxDepth, wanted: depth };
    }
    if (path.length * 3 > maxNameBytes) {
      // The names above are there already, or it fails for want of them.
      const bytes = byteLength(path.slice(path.lastIndexOf("/") + 1));
      if (bytes > maxNameBytes) return { rule: "maxNameBytes", limit: maxNameBytes, wanted: bytes };
    }
    if (path.length * 3 <= maxPathBytes) return undefined;
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
