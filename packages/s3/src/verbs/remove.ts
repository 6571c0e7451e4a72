import { ROOT, VfsError, type RemoveOptions, type VPath } from "@vfs/core";
import { etagOf, s3Etag } from "../attributes.ts";
import { eachOf } from "../pool.ts";
import type { Store } from "../store.ts";
import { isUnmet } from "../wire/failure.ts";
import { checkDirectory, PAGE } from "./entries.ts";
import { look, missing } from "./look.ts";
import { changedError } from "./read.ts";

type Signal = AbortSignal | undefined;

export async function remove(
  store: Store,
  path: VPath,
  options: RemoveOptions,
  signal: Signal,
): Promise<void> {
  if (path === ROOT) throw new VfsError("EBUSY");
  if (options.kind === "file") await removeFile(store, path, options.ifMatch, signal);
  else if (options.recursive === true) await removeTree(store, path, signal);
  else await removeDirectory(store, path, signal);
}

/** How often a file that is replaced while it is removed is looked at anew. */
const ATTEMPTS = 10;

/** Removes a file or a link, on condition that it is the one that was seen. */
async function removeFile(
  store: Store,
  path: VPath,
  ifMatch: string | undefined,
  signal: Signal,
): Promise<void> {
  const { known, keys, requests } = store;
  let etag = ifMatch === undefined ? known.file(path) : undefined;
  for (let attempt = 1; ; attempt++) {
    if (etag === undefined) {
      const found = await look(store, path, signal);
      if (found === undefined) return await missing(store, path, signal);
      if (found.type === "directory") throw new VfsError("EISDIR");
      if (ifMatch !== undefined && etagOf(path, found.head) !== ifMatch) throw changedError();
      etag = s3Etag(found.head.etag);
    }
    try {
      await requests.remove(keys.of(path), etag, signal);
      known.forget(path);
      return;
    } catch (reason) {
      known.forget(path);
      if (!isUnmet(reason) || attempt === ATTEMPTS) throw reason;
      etag = undefined;
    }
  }
}

async function removeDirectory(store: Store, path: VPath, signal: Signal): Promise<void> {
  const marker = store.keys.directory(path);
  const objects = await store.requests.first(marker, signal, 2);
  if (objects.length === 0) return await checkDirectory(store, path, signal, false);
  if (objects.length > 1 || objects[0]?.key !== marker) throw new VfsError("ENOTEMPTY");
  await store.requests.remove(marker, undefined, signal);
  store.known.forgetTree(path);
}

/** Removes all keys below a directory, by pages: the next one is listed while one is removed. */
async function removeTree(store: Store, path: VPath, signal: Signal): Promise<void> {
  const prefix = store.keys.directory(path);
  const failed: string[] = [];
  let count = 0;
  store.known.forgetTree(path);
  await eachOf(pagesOf(store, prefix, signal), 4, async (keys) => {
    count += keys.length;
    failed.push(...(await removeKeys(store, keys, signal)));
  });
  store.known.forgetTree(path);
  if (count === 0) await checkDirectory(store, path, signal, false);
  const [code] = failed;
  if (code === undefined) return;
  throw new VfsError(code === "AccessDenied" ? "EACCES" : "EIO", {
    hint: `${failed.length} of ${count} objects were not removed: ${code}`,
  });
}

async function* pagesOf({ requests }: Store, prefix: string, signal: Signal): AsyncGenerator<string[]> {
  let token: string | undefined;
  do {
    const page = await requests.list({ prefix, token, limit: PAGE, signal });
    if (page.objects.length > 0) yield page.objects.map(({ key }) => key);
    ({ token } = page);
  } while (token !== undefined);
}

/** XML cannot carry these: such a key goes alone, where it stands in the address. */
// oxlint-disable-next-line no-control-regex -- that is what they are
const UNSPEAKABLE = /[\0-\x1f\ufffe\uffff]/;

/**
 * Removes up to 1,000 keys in one request.
 *
 * @returns The code of each that was not.
 */
async function removeKeys(
  { requests, concurrency }: Store,
  keys: readonly string[],
  signal: Signal,
): Promise<string[]> {
  const odd = keys.filter((key) => UNSPEAKABLE.test(key));
  const plain = odd.length === 0 ? keys : keys.filter((key) => !UNSPEAKABLE.test(key));
  let left: readonly { readonly key: string; readonly code: string }[] = plain.map((key) => ({
    key,
    code: "",
  }));
  for (let attempt = 1; left.length > 0 && attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await requests.backOff(attempt, signal);
    const refused = await requests.removeMany(left, signal);
    const passing = refused.filter(({ code }) => code === "InternalError" || code === "SlowDown");
    if (passing.length < refused.length) return refused.map(({ code }) => code);
    left = passing;
  }
  await eachOf(odd, concurrency, (key) => requests.remove(key, undefined, signal));
  return left.map(({ code }) => code);
}
