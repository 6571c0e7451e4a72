import {
  createVfs,
  isWithin,
  joinPath,
  parentOf,
  ROOT,
  type FileType,
  type Provider,
  type SnapshotChange,
  type VPath,
} from "@vfs/core";
import { alike, check, same } from "./check.ts";
import { CONTEXT } from "./context.ts";

/** What a store tells of a name, and what it holds. */
type Seen = Readonly<Record<string, unknown>>;

/** All that a store shows, by path. */
export type Picture = ReadonlyMap<VPath, Seen>;

/** Looks at everything in a store, past all layers. */
export async function picture(store: Provider): Promise<Picture> {
  await using vfs = createVfs(store, { keepOpen: true });
  const entries = await vfs.readdir("/", { recursive: true, withFileTypes: true });
  const found = entries.map(
    (entry) => [joinPath(entry.parentPath as VPath, entry.name), entry.type] as const,
  );
  const all = [[ROOT, "directory"] as const, ...found];
  // At once, because some stores take their time.
  return new Map(
    await Promise.all(all.map(async ([path, type]) => [path, await look(store, path, type)] as const)),
  );
}

async function look(store: Provider, path: VPath, type: FileType): Promise<Seen> {
  const target = type === "symlink" ? await store.readlink?.(path, CONTEXT) : undefined;
  const content = type === "file" ? await store.read(path, {}, CONTEXT) : undefined;
  // Last, because the store may note that it was read.
  const { exactTimes, ...stat } = await store.stat(path, { exactTimes: true }, CONTEXT);
  const exact = exactTimes && Object.values(exactTimes).join(" ");
  const told = Object.entries({ ...stat, exactTimes: exact, target, content });
  return Object.fromEntries(told.filter(([, value]) => value !== undefined));
}

/** Fails, and says where, unless the two are the same in every respect. */
export function samePictures(actual: Picture, expected: Picture, what: string): void {
  for (const path of differences(actual, expected))
    same(actual.get(path), expected.get(path), `${what}: ${path}`);
}

/** The paths at which two pictures differ. */
export function differences(one: Picture, other: Picture): VPath[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (path) => !alike(one.get(path), other.get(path)),
  );
}

/** Fails unless everything at which two pictures differ is among the changes. */
export function covered(
  one: Picture,
  other: Picture,
  changes: readonly SnapshotChange[],
  what: string,
): void {
  for (const path of differences(one, other)) {
    const told =
      changes.some((change) => change.path === path || (change.tree && isWithin(path, change.path))) ||
      (inNamesOnly(one.get(path), other.get(path)) &&
        changes.some((change) => change.path !== path && parentOf(change.path) === path));
    check(
      told,
      `${what}: ${path} differs, and is told of: ${changes.map((change) => change.path).join(" ")}`,
    );
  }
}

/** What a directory is told by the names in it. */
const BY_NAMES: ReadonlySet<string> = new Set([
  "size",
  "nlink",
  "atimeMs",
  "mtimeMs",
  "ctimeMs",
  "exactTimes",
]);

function inNamesOnly(one: Seen | undefined, other: Seen | undefined): boolean {
  if (one?.["type"] !== "directory" || other?.["type"] !== "directory") return false;
  const own = (seen: Seen): Seen =>
    Object.fromEntries(Object.entries(seen).filter(([key]) => !BY_NAMES.has(key)));
  return alike(own(one), own(other));
}
