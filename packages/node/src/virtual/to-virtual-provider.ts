import { posix } from "node:path";
import { promisify } from "node:util";
import { unsupported, VfsError, type Vfs } from "@vfs/core";
import { toNodeFs, type NodeFs } from "../node-fs.ts";
import { virtualHandle, type VirtualHandle } from "./handle.ts";

/** What `create()` of `node:vfs` takes: its `VirtualProvider`, written out so that older types of Node do. */
export interface NodeVirtualProvider {
  /** No mount can be written. */
  readonly readonly: boolean;
  readonly supportsSymlinks: boolean;
  readonly supportsWatch: boolean;
}

/**
 * Makes a provider for `node:vfs` out of a Vfs: below the path that `mount()` answers, the real `node:fs`, `require`
 * and `import` work on the mounts. `require`, `import`, streams and all that is called `Sync` need synchronous mounts
 * (put others behind `syncBridge()`); those that must wait work through `fs.promises`.
 *
 * Node 26 itself limits some of it. On a mount that must wait it opens files late (`promises.open` of what is not there
 * fails at the first use of the handle), and has no `promises.chmod`, `chown`, `utimes`, `statfs` nor `watch`. Anywhere,
 * `fs.fsync` and `fs.fchown` do nothing (`FileHandle.sync` does), `statfs` is zeros, there is no `cp`, a read stream holds
 * the whole file, and `promises.readdir` with types names the directories as the Vfs does.
 * An absolute link is one of the Vfs: its text begins at the root of that, without the path of the mount.
 *
 * @throws VfsError `ENOTSUP` where there is no `node:vfs`: before Node 26, or without `--experimental-vfs`.
 * @example
 * import { create } from "node:vfs"; // node --experimental-vfs app.js
 * const root = create(await toVirtualProvider(vfs)).mount(); // "/dev/null/vfs/0"
 * fs.readFileSync(`${root}/home/ada/a.txt`, "utf8");
 */
export async function toVirtualProvider(vfs: Vfs): Promise<NodeVirtualProvider> {
  const { VirtualProvider } = await loadNodeVfs();
  const made = Object.assign(Object.create(VirtualProvider.prototype) as object, methodsOf(toNodeFs(vfs)));
  return Object.defineProperties(made, {
    readonly: { get: () => cannotWrite(vfs) },
    supportsSymlinks: { get: () => vfs.capabilities("/").symlinks },
    supportsWatch: { value: true },
  }) as object as NodeVirtualProvider;
}

async function loadNodeVfs(): Promise<{ readonly VirtualProvider: { readonly prototype: object } }> {
  try {
    return await import("node:vfs");
  } catch (cause) {
    const hint = `node:vfs needs Node 26 or later, started with --experimental-vfs; this is ${process.version}`;
    throw new VfsError("ENOTSUP", { reason: "unsupported", hint, cause });
  }
}

/** What has two names, `stat` and `statSync`, and goes on to the face as it is. */
const CALLS = [
  "stat",
  "lstat",
  "readFile",
  "writeFile",
  "appendFile",
  "mkdir",
  "rmdir",
  "unlink",
  "rename",
  "copyFile",
  "access",
  "link",
  "symlink",
  "readlink",
  "chmod",
  "chown",
  "lchown",
  "utimes",
  "lutimes",
] as const;

type Method = (...args: unknown[]) => unknown;
type Options = { readonly withFileTypes?: boolean; readonly recursive?: boolean } | string | null;

function methodsOf(fs: NodeFs): Record<string, unknown> {
  const now = fs as unknown as Record<string, Method>;
  const later = fs.promises as unknown as Record<string, Method>;
  const both = CALLS.flatMap((name) => [
    [`${name}Sync`, now[`${name}Sync`]],
    [name, later[name]],
  ]);
  return {
    ...Object.fromEntries(both),
    openSync: (path: string, flags?: string, mode?: number) => openNow(fs, path, flags, mode),
    open: async (path: string, flags?: string, mode?: number) =>
      virtualHandle(fs, await open(fs, path, flags, mode), refuse),
    existsSync: fs.existsSync,
    exists: (path: string) => fs.promises.access(path).then(yes, no),
    // The path of the mount is put before it, so that it must be text.
    realpathSync: (path: string) => fs.realpathSync(path),
    realpath: (path: string) => fs.promises.realpath(path),
    readdirSync: (path: string, options?: Options) => readdirNow(fs, path, options),
    readdir: later["readdir"],
    watch: fs.watch,
    watchAsync: fs.promises.watch,
    watchFile: fs.watchFile,
    unwatchFile: fs.unwatchFile,
    // Node looks for it, on links only, and has it on no system that we know.
    lchmodSync: () => {
      throw unsupported("a link has no mode of its own");
    },
  };
}

/** Opens at once where that can be done. Node asks this way for the files of `fs.promises.open` as well. */
function openNow(fs: NodeFs, path: string, flags?: string, mode?: number): VirtualHandle {
  try {
    return virtualHandle(fs, fs.openSync(path, flags ?? "r", mode), refuse);
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code !== "ENOTSUP") throw reason;
    const opening = open(fs, path, flags, mode);
    opening.catch(no);
    return virtualHandle(fs, opening, refuse);
  }
}

function open(fs: NodeFs, path: string, flags = "r", mode?: number): Promise<number> {
  return promisify<string, string, number | undefined, number>(fs.open)(path, flags, mode);
}

/** Node takes the names of a recursive listing apart itself. */
function readdirNow(fs: NodeFs, path: string, options?: Options): unknown {
  const entries = fs.readdirSync(path, options as { withFileTypes: true });
  if (typeof options !== "object" || !options?.withFileTypes || !options.recursive) return entries;
  const base = path === "/" ? 1 : path.length + 1;
  return entries.map((entry) =>
    Object.assign(entry, { name: posix.join(entry.parentPath, entry.name).slice(base) }),
  );
}

function cannotWrite(vfs: Vfs): boolean {
  return vfs.mounts().every(({ path, readOnly }) => readOnly || !vfs.capabilities(path).write);
}

function refuse(): never {
  throw unsupported("this store must wait: use fs.promises, or put the store behind syncBridge()");
}

function yes(): boolean {
  return true;
}
function no(): boolean {
  return false;
}
