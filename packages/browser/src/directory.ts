import {
  capabilities,
  isVfsError,
  nameOf,
  namesOf,
  parentOf,
  ROOT,
  VfsError,
  type Bytes,
  type Capabilities,
  type Context,
  type Entry,
  type ListOptions,
  type MkdirOptions,
  type Page,
  type Provider,
  type ReadOptions,
  type RemoveOptions,
  type Stat,
  type StatOptions,
  type VPath,
  type WriteOptions,
} from "@vfs/core";
import { missing, toVfsError } from "./errors.ts";

const CAPS: Capabilities = capabilities({ write: true, removeTree: true });

export interface DirectoryOptions {
  /** A directory of the user's, or of OPFS. */
  readonly handle: FileSystemDirectoryHandle;
}

/**
 * The files of a directory that the user has picked, or of one in OPFS that other code reads too: under their own names,
 * which are what other programs see. It has what the File System Access API has: no modes, no links, one size of calls.
 *
 * @example
 * const vfs = createVfs(directory({ handle: await navigator.storage.getDirectory() }));
 */
export function directory({ handle }: DirectoryOptions): Provider {
  return new DirectoryProvider(handle);
}

export interface PickOptions {
  /** Ask the user for the right to write too; yes unless told. */
  readonly write?: boolean | undefined;
}

/**
 * Lets the user pick a folder of their own. To be called from a click or a key press: browsers refuse it elsewhere.
 *
 * @throws VfsError `ENOTSUP` where the browser cannot (Chromium and its kin can), `ECANCELED` when the user picks nothing,
 * `EACCES` when they give no right.
 * @example
 * button.onclick = async () => vfs.mount("/mine", await pickDirectory());
 */
export async function pickDirectory({ write = true }: PickOptions = {}): Promise<Provider> {
  const pick = (
    globalThis as { showDirectoryPicker?: (options: object) => Promise<FileSystemDirectoryHandle> }
  ).showDirectoryPicker;
  if (pick === undefined) throw missing("picker of folders", "showDirectoryPicker");
  try {
    return directory({ handle: await pick({ mode: write ? "readwrite" : "read" }) });
  } catch (error) {
    if ((error as Error).name === "AbortError")
      throw new VfsError("ECANCELED", { cause: error, hint: "no folder was picked" });
    throw toVfsError(error);
  }
}

const READ_TRIES = 10;

// What Chromium calls the file that it writes to before that takes the place of another one.
const SWAP = ".crswap";

type Handle = FileSystemFileHandle | FileSystemDirectoryHandle;

class DirectoryProvider implements Provider {
  readonly name = "directory";
  readonly caps: Capabilities = CAPS;
  readonly #root: FileSystemDirectoryHandle;
  /** Writes under way, by path: Chromium takes the old file away before the new one is in its place. */
  readonly #writing = new Map<VPath, Promise<Stat>>();

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  async stat(path: VPath, _options: StatOptions, _ctx: Context): Promise<Stat> {
    const handle = await this.#need(path);
    return handle.kind === "directory"
      ? { type: "directory", size: 0, mtimeMs: 0 }
      : fileStat(await opened(handle));
  }

  async read(path: VPath, { offset = 0, length = Infinity }: ReadOptions, _ctx: Context): Promise<Bytes> {
    for (let tries = 1; ; tries++) {
      await this.#writing.get(path)?.catch(() => undefined);
      try {
        const file = await (await this.#file(path)).getFile();
        const end = Math.min(file.size, offset + length);
        return new Uint8Array(await file.slice(Math.min(offset, end), end).arrayBuffer());
      } catch (error) {
        // The file was replaced since it was opened: the new one is as good.
        const isReplaced = (error as Error).name === "NotReadableError" || this.#writing.has(path);
        if (!isReplaced || tries === READ_TRIES) throw toVfsError(error);
      }
    }
  }

  async list(path: VPath, _options: ListOptions, _ctx: Context): Promise<Page<Entry>> {
    const handle = await this.#need(path);
    if (handle.kind === "file") throw new VfsError("ENOTDIR");
    const items: Entry[] = [];
    for await (const [name, { kind }] of handle.entries())
      if (!name.endsWith(SWAP)) items.push({ name, type: kind });
    return { items };
  }

  /** The browser writes to another file, which takes the place of this one at the end. */
  async write(path: VPath, data: Uint8Array, _options: WriteOptions, _ctx: Context): Promise<Stat> {
    const writing = this.#write(path, new Uint8Array(data), this.#writing.get(path));
    this.#writing.set(path, writing);
    try {
      return await writing;
    } finally {
      if (this.#writing.get(path) === writing) this.#writing.delete(path);
    }
  }

  async #write(
    path: VPath,
    bytes: Uint8Array<ArrayBuffer>,
    before: Promise<Stat> | undefined,
  ): Promise<Stat> {
    await before?.catch(() => undefined);
    const found = await this.#find(path);
    if (found?.kind === "directory") throw new VfsError("EISDIR");
    const parent = await this.#directory(parentOf(path));
    const isNew = found === undefined;
    try {
      const handle = found ?? (await parent.getFileHandle(nameOf(path), { create: true }));
      const writable = await handle
        .createWritable()
        .catch((error: unknown) => removeIf(isNew, parent, path, error));
      try {
        await writable.write(bytes);
        await writable.close();
      } catch (error) {
        await writable.abort().catch(() => undefined);
        await removeIf(isNew, parent, path, error);
      }
      return fileStat(await handle.getFile());
    } catch (error) {
      throw nameError(error);
    }
  }

  async mkdir(path: VPath, _options: MkdirOptions, _ctx: Context): Promise<void> {
    if ((await this.#find(path)) !== undefined) throw new VfsError("EEXIST");
    const parent = await this.#directory(parentOf(path));
    await parent.getDirectoryHandle(nameOf(path), { create: true }).catch((error: unknown) => {
      throw nameError(error);
    });
  }

  async remove(path: VPath, { kind, recursive = false }: RemoveOptions, _ctx: Context): Promise<void> {
    const found = await this.#need(path);
    if (found.kind !== kind) throw new VfsError(kind === "file" ? "EISDIR" : "ENOTDIR");
    const parent = await this.#directory(parentOf(path));
    try {
      await parent.removeEntry(nameOf(path), { recursive });
    } catch (error) {
      if ((error as Error).name === "InvalidModificationError")
        throw new VfsError("ENOTEMPTY", { cause: error });
      throw toVfsError(error);
    }
  }

  async #need(path: VPath): Promise<Handle> {
    const found = await this.#find(path);
    if (found === undefined) throw new VfsError("ENOENT");
    return found;
  }

  async #file(path: VPath): Promise<FileSystemFileHandle> {
    const found = await this.#need(path);
    if (found.kind === "directory") throw new VfsError("EISDIR");
    return found;
  }

  async #find(path: VPath): Promise<Handle | undefined> {
    if (path === ROOT) return this.#root;
    const parent = await this.#directory(parentOf(path));
    const name = nameOf(path);
    try {
      return await parent.getFileHandle(name);
    } catch (error) {
      const { name: kind } = error as Error;
      if (kind === "TypeMismatchError") return parent.getDirectoryHandle(name);
      if (kind === "NotFoundError") return undefined;
      throw nameError(error);
    }
  }

  async #directory(path: VPath): Promise<FileSystemDirectoryHandle> {
    let at = this.#root;
    for (const name of namesOf(path))
      try {
        at = await at.getDirectoryHandle(name);
      } catch (error) {
        throw nameError(error);
      }
    return at;
  }
}

async function opened(handle: FileSystemFileHandle): Promise<File> {
  try {
    return await handle.getFile();
  } catch (error) {
    throw toVfsError(error);
  }
}

function fileStat({ size, lastModified, type }: File): Stat {
  return { type: "file", size, mtimeMs: lastModified, ...(type !== "" && { contentType: type }) };
}

/** What was made and could not be written must not stay behind. */
async function removeIf(
  isNew: boolean,
  parent: FileSystemDirectoryHandle,
  path: VPath,
  error: unknown,
): Promise<never> {
  if (isNew) await parent.removeEntry(nameOf(path)).catch(() => undefined);
  throw error;
}

/** Browsers refuse names that some systems cannot have by a TypeError. */
function nameError(error: unknown): unknown {
  if (isVfsError(error)) return error;
  if (error instanceof TypeError)
    return new VfsError("EINVAL", { cause: error, hint: "the browser does not allow this name" });
  return toVfsError(error);
}
