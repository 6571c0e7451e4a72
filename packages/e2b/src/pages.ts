import { VfsError, type Page } from "@vfs/core";

/** So many that are not asked for to their end are kept. */
const KEPT = 16;

/**
 * Hands out by pages what came at once. What is left is kept for a while; who asks later gets it from a new listing, from
 * behind the last name that was given.
 */
export class Pages<T extends { readonly name: string }> {
  readonly #left = new Map<string, readonly T[]>();
  #count = 0;

  /** @param all In {@link byPath}. */
  first(all: readonly T[], limit: number | undefined): Page<T> {
    if (limit === undefined || all.length <= limit) return { items: all };
    const items = all.slice(0, limit);
    const cursor = `${++this.#count}/${items.at(-1)?.name ?? ""}`;
    this.#left.set(cursor, all.slice(limit));
    if (this.#left.size > KEPT) this.#left.delete(this.#left.keys().next().value as string);
    return { items, cursor };
  }

  /** What is left behind a cursor, where it is still kept. */
  take(cursor: string): readonly T[] | undefined {
    const left = this.#left.get(cursor);
    this.#left.delete(cursor);
    return left;
  }
}

/** The name behind which a cursor goes on. */
export function nameIn(cursor: string): string {
  const [, name] = /^\d+\/(.+)$/s.exec(cursor) ?? [];
  if (name === undefined) throw new VfsError("EINVAL", { hint: "this is no cursor of a page" });
  return name;
}

/** The order of paths: name by name, by code points; what is in a directory comes where its name stands. */
export function byPath(a: string, b: string): number {
  const one = a.split("/");
  const other = b.split("/");
  for (let at = 0; at < one.length && at < other.length; at++) {
    const [x = "", y = ""] = [one[at], other[at]];
    if (x !== y) return byCodePoints(x, y);
  }
  return one.length - other.length;
}

function byCodePoints(a: string, b: string): number {
  for (let at = 0; ; at++) {
    const [x, y] = [a.codePointAt(at), b.codePointAt(at)];
    if (x === y && x !== undefined) continue;
    return (x ?? -1) - (y ?? -1);
  }
}
