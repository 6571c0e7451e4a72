import type { Mount } from "./mount.ts";
import { addPrefix, type VPath } from "./path.ts";
import type { OpenFlags, ProviderFile } from "./provider.ts";

let lastId = 0;

/** An open file as the door knows it: what it was opened for, and where it lies by now. */
export class OpenFile {
  /** Unique in this program. */
  readonly id: number = ++lastId;
  /** What it was opened for. */
  readonly granted: OpenFlags;
  /** @internal */
  readonly mount: Mount;
  /** The provider's file. A layer that changes content may put one of its own in its place. */
  handle: ProviderFile;
  /** Where it lies in its store; follows renames. After a removal: where it lay. */
  localPath: VPath;
  /** How the layers above know a path of the store. A layer that gives things other names puts its own in its place. */
  shownPath: (local: VPath) => VPath = (local) => local;
  closed = false;

  /** @internal */
  constructor(mount: Mount, localPath: VPath, granted: OpenFlags, handle: ProviderFile) {
    this.mount = mount;
    this.localPath = localPath;
    this.granted = granted;
    this.handle = handle;
  }

  /** Where it lies for the outermost layer of its mount. */
  get mountedPath(): VPath {
    return this.shownPath(this.localPath);
  }

  /** Where it lies, from the root of everything. */
  get path(): VPath {
    return addPrefix(this.mountedPath, this.mount.path);
  }
}
