import { ROOT, VfsError, type Bytes, type VPath } from "@vfs/core";
import type { Store } from "../store.ts";
import type { ListedVersion, VersionsPage } from "../wire/wire.ts";

/** A version of a file that a bucket keeps. */
export interface Version {
  readonly versionId: string;
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  /** What is there now. */
  readonly isLatest: boolean;
  /** The file was removed then: there is nothing to be read. */
  readonly isRemoval: boolean;
}

/** All versions of one file, the newest first; one, in a bucket that keeps none. */
export async function history(
  store: Store,
  path: VPath,
  signal: AbortSignal | undefined,
): Promise<Version[]> {
  if (path === ROOT) throw new VfsError("EISDIR");
  const key = store.keys.of(path);
  const found: ListedVersion[] = [];
  for (let after: VersionsPage["last"], more = true; more;) {
    const request = { prefix: key, after, signal };
    const page = await store.requests.listVersions(request);
    found.push(...page.versions.filter((version) => version.key === key));
    after = page.last;
    // Keys come in order: behind this one comes no more of it.
    more = page.isTruncated && after !== undefined && after.key === key;
  }
  if (found.length === 0) throw new VfsError("ENOENT");
  return found
    .map(({ versionId, size, modifiedMs, isLatest, isMarker }) => ({
      versionId,
      size,
      mtimeMs: modifiedMs,
      isLatest,
      isRemoval: isMarker,
    }))
    .sort((a, b) => Number(b.isLatest) - Number(a.isLatest) || b.mtimeMs - a.mtimeMs);
}

/** The content that a file had in one of its versions. */
export async function readVersion(
  { requests, keys }: Store,
  path: VPath,
  versionId: string,
  signal: AbortSignal | undefined,
): Promise<Bytes> {
  if (path === ROOT) throw new VfsError("EISDIR");
  return (await requests.get({ key: keys.of(path), versionId, signal })).body;
}
