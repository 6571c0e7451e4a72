import {
  isLinkMet,
  isVfsError,
  joinPath,
  ROOT,
  run,
  type Context,
  type Entry,
  type FileType,
  type Flow,
  type Page,
  type Provider,
  type Stat,
  type VPath,
} from "@vfs/core";
import { OWN } from "./context.ts";
import type { Draft } from "./draft.ts";
import { Inode } from "./inode.ts";
import { allOf } from "./listing.ts";
import type { Untouched } from "./tree.ts";
import type { Union } from "./union.ts";

/** A path at which the overlay is not what its lower is. */
export interface OverlayChange {
  /** `changed`: it has been written, whatever was written, or has other attributes, or is of another type. */
  readonly kind: "added" | "changed" | "removed";
  readonly path: VPath;
  /** What it is in the overlay; of `removed`: what it was. */
  readonly type: FileType;
}

/** The attributes that are compared; the time of a directory is that of what is in it. */
const ATTRIBUTES = ["mode", "uid", "gid", "contentType"] as const;

/** Compares an overlay with its lower, in the order of paths. */
export async function* diff(union: Union): AsyncGenerator<OverlayChange, void, undefined> {
  await union.change(OWN, (draft) => settleLinked(union, ROOT, draft));
  yield* differences(union, false);
}

/**
 * As {@link diff}, for what is settled.
 *
 * @param times Whether a directory is another one when only its time is.
 */
export async function* differences(
  union: Union,
  times: boolean,
): AsyncGenerator<OverlayChange, void, undefined> {
  yield* compare(union, times, ROOT, await ours(union, ROOT), await theirs(union.lower, ROOT));
}

/** Puts each name of a file with several of them into the tree, if the file is there under one. */
export function* settleLinked(union: Union, directory: VPath, draft: Draft): Flow<void> {
  if (!union.tree.hasLinked) return;
  for (const { name, type } of yield* allOf(union, directory, OWN)) {
    const path = joinPath(directory, name);
    if (type === "directory") yield* settleLinked(union, path, draft);
    if (type === "directory" || union.tree.walk(path) instanceof Inode) continue;
    const found = yield* union.look(path, false, OWN);
    if (found === undefined || !("inode" in found)) continue;
    draft.attach(yield* union.directory(directory, draft, OWN), name, found.inode);
  }
}

async function* compare(
  union: Union,
  times: boolean,
  path: VPath,
  our: Stat | undefined,
  their: Stat | undefined,
): AsyncGenerator<OverlayChange, void, undefined> {
  if (our === undefined && their === undefined) return;
  if (our === undefined || their === undefined) {
    const kind = our === undefined ? "removed" : "added";
    yield { kind, path, type: (our ?? their)?.type ?? "other" };
  } else if (await differs(union, times, path, our, their)) yield { kind: "changed", path, type: our.type };
  for (const name of await touchedNames(union, path, our, their)) {
    const child = joinPath(path, name);
    const mine = our?.type === "directory" ? await ours(union, child) : undefined;
    const other = their?.type === "directory" ? await theirs(union.lower, child) : undefined;
    yield* compare(union, times, child, mine, other);
  }
}

/** The names in a directory, of either side, that may differ. */
async function touchedNames(
  union: Union,
  path: VPath,
  our: Stat | undefined,
  their: Stat | undefined,
): Promise<string[]> {
  const walked = our?.type === "directory" ? union.tree.walk(path) : undefined;
  const both = our?.type === "directory" && their?.type === "directory";
  if (both && walked !== undefined) {
    // What shows through at its own place is the same on both sides.
    if (!(walked instanceof Inode)) {
      if (walked.lower === path) return [];
    } else if (walked.state.lower === path) return [...(walked.entries?.keys() ?? [])].sort();
  }
  const names = new Set<string>();
  if (our?.type === "directory") for (const { name } of await run(allOf(union, path, OWN))) names.add(name);
  if (their?.type === "directory") for (const { name } of await listAll(union.lower, path)) names.add(name);
  return [...names].sort();
}

async function differs(union: Union, times: boolean, path: VPath, our: Stat, their: Stat): Promise<boolean> {
  if (our.type !== their.type) return true;
  if (ATTRIBUTES.some((key) => their[key] !== undefined && our[key] !== their[key])) return true;
  if (union.lower.caps.meta && (our.contentType !== their.contentType || !sameMeta(our, their))) return true;
  const walked = union.tree.walk(path);
  const inode = walked instanceof Inode ? walked : undefined;
  // One that came from elsewhere, or is new in the place of another.
  if (our.type === "directory") {
    const { lower } = inode === undefined ? (walked as Untouched) : inode.state;
    return lower !== path || (times && our.mtimeMs !== their.mtimeMs);
  }
  if (our.type === "symlink")
    return (
      inode !== undefined &&
      (inode.state.lower !== path || inode.state.target !== (await union.lower.readlink?.(path, OWN)))
    );
  if (inode !== undefined) {
    return !isAtHome(inode, path) || our.mtimeMs !== their.mtimeMs;
  }
  // Untouched under this name, perhaps written under another.
  return (walked as Untouched).lower !== path || our.etag !== their.etag;
}

/** Whether the lower has this very file, with this content, at the same path. */
export function isAtHome({ state }: Inode, path: VPath): boolean {
  return state.content === undefined && state.source === path && state.lower === path;
}

function sameMeta({ meta: a = {} }: Stat, { meta: b = {} }: Stat): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** What the overlay has at a path. */
export async function ours(union: Union, path: VPath): Promise<Stat | undefined> {
  try {
    const found = await run(union.look(path, false, OWN));
    if (found === undefined) return undefined;
    return await ("inode" in found ? union.stat(found.inode, OWN) : found.stat);
  } catch (reason) {
    if (isLinkMet(reason) || isVfsError(reason, "ENOENT", "ENOTDIR")) return undefined;
    throw reason;
  }
}

/** What a store has at a path. */
export async function theirs(store: Provider, path: VPath, ctx: Context = OWN): Promise<Stat | undefined> {
  try {
    return await store.stat(path, {}, ctx);
  } catch (reason) {
    if (isLinkMet(reason) || isVfsError(reason, "ENOENT", "ENOTDIR")) return undefined;
    throw reason;
  }
}

/** Everything in a directory of a store. */
async function listAll(store: Provider, path: VPath): Promise<Entry[]> {
  const all: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Entry> = await store.list(path, { cursor }, OWN);
    for (const entry of page.items) all.push(entry);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
