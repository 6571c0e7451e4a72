import { isVfsError, VfsError, type CpOptions, type Vfs } from "@vfs/core";

/** Is told of what could not be done; the others go on. */
type OnError = (error: unknown) => void;

/** Whether a tree was left half-way for something in it: then the rest can still be done. */
export function leavesRest(error: unknown): boolean {
  return isVfsError(error, "EACCES", "EPERM", "EINVAL", "ENXIO", "EBUSY", "ENOTEMPTY");
}

/** Copies of a tree what can be copied, and tells of each that cannot, as cp(1) does. */
export async function copyRest(
  vfs: Vfs,
  from: string,
  to: string,
  options: CpOptions,
  onError: OnError,
): Promise<void> {
  const filter = async (path: string): Promise<boolean> => {
    try {
      await read(vfs, path);
      return true;
    } catch (error) {
      if (path === from || !isVfsError(error)) throw error;
      onError(error);
      return false;
    }
  };
  await vfs.cp(from, to, { ...options, filter });
}

/** Makes sure that something can be read, as far as that can be known before. */
async function read(vfs: Vfs, path: string): Promise<void> {
  const { type } = await vfs.lstat(path);
  if (type === "directory") await vfs.opendir(path)[Symbol.asyncIterator]().next();
  else if (type === "file") await (await vfs.open(path, "r")).close();
  else if (type === "other")
    throw new VfsError("EINVAL", { path, hint: "a pipe, a socket or a device cannot be copied" });
}

/**
 * Removes of a tree what can be removed, and tells of each that cannot, as rm(1) does.
 *
 * @returns Whether all of it is gone.
 */
export async function removeRest(
  vfs: Vfs,
  path: string,
  onError: OnError,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  try {
    if ((await vfs.lstat(path)).isDirectory()) {
      let isEmpty = true;
      for (const name of await vfs.readdir(path))
        isEmpty = (await removeRest(vfs, `${path}/${name}`, onError, signal)) && isEmpty;
      if (!isEmpty) return false;
      await vfs.rmdir(path);
    } else await vfs.unlink(path);
  } catch (error) {
    signal.throwIfAborted();
    if (!isVfsError(error)) throw error;
    // Somebody else was faster.
    if (error.code !== "ENOENT") onError(error);
    return error.code === "ENOENT";
  }
  return true;
}
