import { addPrefix, isBelow, joinPath, namesOf, parentOf, ROOT, type VPath } from "./path.ts";

/**
 * How a provider says that a path leads through a symbolic link: it throws this (or rejects with it), and core sends
 * the call again, through every layer, with the path that the link stands for. It is a signal, not an error: it has no
 * stack, and layers that count or retry errors let it pass.
 */
export class LinkMet {
  /** The brand that {@link isLinkMet} reads. */
  declare readonly "~linkMet": true;
  /** Where the link is. */
  readonly at: VPath;
  /** The text of the link. */
  readonly target: string;
  /** What of the path lies below the link: empty, or names joined by `/`. */
  readonly rest: string;

  constructor(at: VPath, target: string, rest: string) {
    this.at = at;
    this.target = target;
    this.rest = rest;
  }
}

Object.defineProperty(LinkMet.prototype, "~linkMet", { value: true });

/** Tells the signal from an error. */
export function isLinkMet(thrown: unknown): thrown is LinkMet {
  return (
    typeof thrown === "object" && thrown !== null && (thrown as { "~linkMet"?: unknown })["~linkMet"] === true
  );
}

/**
 * The signal for a provider to throw.
 *
 * @param path The path that was walked.
 * @param at The link on it: `path` itself, or a directory above.
 * @param target The text of the link.
 */
export function linkMet(path: VPath, at: VPath, target: string): LinkMet {
  return new LinkMet(at, target, path.length > at.length ? path.slice(at.length + 1) : "");
}

/** The same signal, seen from where the store is mounted. */
export function remount(met: LinkMet, mountPath: VPath): LinkMet {
  return mountPath === ROOT ? met : new LinkMet(addPrefix(met.at, mountPath), met.target, met.rest);
}

/** A path that still has `..` behind a name, which may be a link itself: resolve `base` first, then go on with `names`. */
export interface Unresolved {
  readonly base: VPath;
  readonly names: readonly string[];
}

/**
 * Where a link leads, seen from the root that the caller has.
 *
 * As in the kernel, `..` in the text of a link leaves the directory that the names before it led to, so it cannot be
 * taken away together with a name that may be a link. Where that arises the answer says what to resolve first.
 *
 * @param link The path of the link, without links before it.
 * @returns The path, or what must be resolved first.
 */
export function followLink(link: VPath, target: string, rest: string): VPath | Unresolved {
  const base = target.startsWith("/") ? ROOT : parentOf(link);
  const names = [...target.split("/"), ...(rest === "" ? [] : rest.split("/"))].filter(
    (name) => name !== "" && name !== ".",
  );
  return walkNames(base, names);
}

/** Goes down `names` from a directory that has no links before it, as far as that can be done without looking. */
export function walkNames(base: VPath, names: readonly string[]): VPath | Unresolved {
  let up = 0;
  while (names[up] === "..") up++;
  const from = namesOf(base).slice(0, Math.max(0, namesOf(base).length - up));
  const dots = names.indexOf("..", up);
  const down = names.slice(up, dots < 0 ? undefined : dots);
  const path = down.reduce<VPath>(joinPath, from.reduce<VPath>(joinPath, ROOT));
  return dots < 0 ? path : { base: path, names: names.slice(dots) };
}

/** Whether a met link concerns `path`: it lies on the way, or at the end when the call follows the last name. */
export function concerns(met: LinkMet, path: VPath, followsLast: boolean): boolean {
  return met.at === path ? followsLast : isBelow(path, met.at);
}

/** Whether `path` is the one on which a link was met. */
export function isWalked({ at, rest }: LinkMet, path: VPath): boolean {
  return path === (rest === "" ? at : joinPath(at, rest));
}
