import { VfsError, type VPath } from "@vfs/core";
import { newId, toAttributes, toDescribed } from "../attributes.ts";
import type { Store } from "../store.ts";
import { isFailure, isMissing } from "../wire/failure.ts";
import { LINK_BYTES } from "./entries.ts";
import { checkAbove } from "./look.ts";
import { checkFree, needDirectory } from "./mkdir.ts";
import { uploadBytes } from "./upload.ts";

type Signal = AbortSignal | undefined;

/**
 * Makes a link as s3fs does: an object whose mode says so and whose content is the text. It is uploaded in one part: that
 * shows in its etag, so that a listing need not look at every small file for what it is.
 */
export async function symlink(store: Store, path: VPath, target: string, signal: Signal): Promise<void> {
  if (!target.isWellFormed())
    throw new VfsError("EILSEQ", { hint: "the text of a link must be well-formed Unicode" });
  const data = new TextEncoder().encode(target);
  if (data.length === 0) throw new VfsError("ENOENT", { hint: "the text of a link cannot be empty" });
  if (data.length >= LINK_BYTES) throw new VfsError("ENAMETOOLONG");
  await Promise.all([needDirectory(store, path, signal), checkFree(store, path, signal)]);
  const described = toDescribed({
    type: "symlink",
    mtimeMs: Date.now(),
    id: newId(path, store.isDirectoryBucket),
  });
  try {
    await uploadBytes(store, store.keys.of(path), data, described, { ifNoneMatch: "*" }, signal);
  } catch (reason) {
    throw isFailure(reason, 412) ? new VfsError("EEXIST") : reason;
  }
  store.known.forget(path);
}

export async function readlink(store: Store, path: VPath, signal: Signal): Promise<string> {
  const { requests, keys } = store;
  try {
    const { head, body } = await requests.get({ key: keys.of(path), range: [0, LINK_BYTES], signal });
    if (toAttributes(path, head).type === "symlink") return new TextDecoder().decode(body);
  } catch (reason) {
    if (isMissing(reason)) {
      const [objects] = await Promise.all([
        requests.first(keys.directory(path), signal),
        checkAbove(store, path, signal),
      ]);
      throw new VfsError(objects.length > 0 ? "EINVAL" : "ENOENT");
    }
    // An empty file has no range, and is no link.
    if (!isFailure(reason, 416)) throw reason;
  }
  throw new VfsError("EINVAL");
}
