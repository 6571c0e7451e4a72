import type { Vfs, VfsError } from "@vfs/core";

/** Every path below a directory, with its mode and what is in it. */
export async function everything(vfs: Vfs, path = "/"): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { path: at, type } of await vfs.readdir(path, { recursive: true, withFileTypes: true })) {
    const mode = ((await vfs.lstat(at)).mode & 0o7777).toString(8);
    if (type === "file") found[at] = `${mode} ${Buffer.from(await vfs.readFile(at)).toString("latin1")}`;
    else found[at] = type === "symlink" ? `-> ${await vfs.readlink(at)}` : `${mode} directory`;
  }
  return found;
}

/** The error that something ends with. */
export async function failure(action: Promise<unknown>): Promise<VfsError> {
  try {
    await action;
  } catch (reason) {
    return reason as VfsError;
  }
  throw new Error("it did not fail");
}
