import { isVfsError, unsupported, VfsError, type Flags, type Vfs } from "@vfs/core";
import { CALLS, type Side } from "./calls.ts";
import { VirtualHandle } from "./handle.ts";

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
 * the whole file, watching polls every 100 ms, and `promises.readdir` with types names the directories as the Vfs does.
 * An absolute link is one of the Vfs: its text begins at the root of that, without the path of the mount.
 *
 * @throws VfsError `ENOTSUP` where there is no `node:vfs`: before Node 26, or without `--experimental-vfs`.
 * @example
 * import { create } from "node:vfs"; // node --experimental-vfs app.js
 * const root = create(await toVirtualProvider(vfs)).mount(); // "/dev/null/vfs/0"
 * fs.readFileSync(`${root}/home/ada/a.txt`, "utf8");
 */
export async function toVirtualProvider(vfs: Vfs): Promise<NodeVirtualProvider> {
  const { MemoryProvider } = await loadNodeVfs();
  // Node exports no watchers but as methods of this class: all its calls are replaced, and they look through those.
  const made = Object.assign(new MemoryProvider(), methodsOf(vfs));
  return Object.defineProperties(made, {
    readonly: { get: () => cannotWrite(vfs) },
    supportsSymlinks: { get: () => vfs.capabilities("/").symlinks },
  }) as object as NodeVirtualProvider;
}

interface NodeVfs {
  readonly MemoryProvider: new () => object;
}

async function loadNodeVfs(): Promise<NodeVfs> {
  try {
    return await import("node:vfs");
  } catch (cause) {
    const hint = `node:vfs needs Node 26 or later, started with --experimental-vfs; this is ${process.version}`;
    throw new VfsError("ENOTSUP", { reason: "unsupported", hint, cause });
  }
}

function methodsOf(vfs: Vfs): Record<string, unknown> {
  const now = vfs.sync as unknown as Side;
  const later = vfs as unknown as Side;
  const methods: Record<string, unknown> = {
    openSync: (path: string, flags?: Flags | number, mode?: number) => openNow(vfs, path, flags, mode),
    open: async (path: string, flags?: Flags | number, mode?: number) =>
      new VirtualHandle(Promise.resolve(await vfs.open(path, flags, mode))),
  };
  // Node looks for it, on links only, and no system of ours has it.
  methods["lchmodSync"] = () => {
    throw unsupported("a link has no mode of its own");
  };
  for (const [name, call] of Object.entries(CALLS) as [
    string,
    (side: Side, ...args: unknown[]) => unknown,
  ][]) {
    methods[`${name}Sync`] = (...args: unknown[]) => call(now, ...args);
    methods[name] = async (...args: unknown[]) => call(later, ...args);
  }
  return methods;
}

/** Opens at once where that can be done. Node asks this way for the files of `fs.promises.open` as well. */
function openNow(vfs: Vfs, path: string, flags?: Flags | number, mode?: number): VirtualHandle {
  try {
    return new VirtualHandle(vfs.sync.open(path, flags, mode));
  } catch (reason) {
    if (!isVfsError(reason, "ENOTSUP")) throw reason;
    return new VirtualHandle(vfs.open(path, flags, mode));
  }
}

function cannotWrite(vfs: Vfs): boolean {
  return vfs.mounts().every(({ path, readOnly }) => readOnly || !vfs.capabilities(path).write);
}
