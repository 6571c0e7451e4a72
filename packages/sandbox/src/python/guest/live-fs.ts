import type { WireStat } from "../../protocol.ts";
import { AttributeCache } from "./attribute-cache.ts";
import {
  isErrno,
  type EmscriptenModule,
  type FsNode,
  type FsStream,
  type NodeOps,
  type SetAttr,
} from "./emscripten.ts";
import { Host } from "./host.ts";
import { attrOf, childOf, isDirectory, isLink, pathOf, TYPE_BITS, TYPE_MASK } from "./live-nodes.ts";
import { LiveStreams } from "./live-streams.ts";
import { O_ACCMODE, O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, strictFlags } from "./open-flags.ts";

/** How often somebody else may make or remove a file between two looks at it. */
const OPEN_TRIES = 20;

/** How the file that is being opened is to be opened, while Emscripten asks for it to be made. */
interface Opening {
  readonly flags: number;
  readonly mode: number;
}

/**
 * A filesystem of Emscripten whose every operation is a call to the host: nothing is copied in, and two guests on the
 * same files see the same files.
 */
export class LiveFs {
  readonly #module: EmscriptenModule;
  readonly #mountPaths: readonly string[];
  readonly #host: Host;
  readonly #cache = new AttributeCache();
  readonly #streams: LiveStreams;
  readonly #nodeOps: NodeOps;
  #opening: Opening | undefined;
  #renamed: FsNode | undefined;
  #umask = 0o022;
  /** Set while Emscripten goes through a listing. */
  #listing = false;
  #listed = new Map<string, WireStat>();

  /** @param mountPaths Where the host's files are, in the order of their numbers. */
  constructor(module: EmscriptenModule, mountPaths: readonly string[]) {
    this.#module = module;
    this.#mountPaths = mountPaths;
    this.#host = new Host(module);
    this.#streams = new LiveStreams(module, this.#host, this.#cache);
    this.#nodeOps = this.#makeNodeOps();
  }

  /** Puts the host's files where they are to be. */
  mount(): void {
    this.#hookOpen();
    this.#hookRename();
    this.#mountPaths.forEach((path, i) => {
      const names = path.split("/").filter(Boolean);
      names.forEach((_, depth) => makeDirectory(this.#module, `/${names.slice(0, depth + 1).join("/")}`));
      const root = i === 0 ? "" : String(i);
      this.#module.FS.mount({ mount: () => this.#makeRoot(root) }, { root }, path);
    });
  }

  /** Emscripten looks up each name of a listing by itself; what goes away meanwhile must not end that. */
  whileListing<T>(action: () => T): T {
    this.#listing = true;
    try {
      return action();
    } finally {
      this.#listing = false;
    }
  }

  /** Whether a node is one of the host's files. */
  isLive(node: FsNode): boolean {
    return node.node_ops === this.#nodeOps;
  }

  /** umask(2) of the guest; Emscripten's own would change that of the host process. */
  umask(mask: number): number {
    const before = this.#umask;
    this.#umask = mask & 0o777;
    return before;
  }

  /** The host's number for an open descriptor, if it is one of the host's files. */
  handleOf(fd: number): number | undefined {
    return this.#module.FS.getStreamChecked(fd).shared.handle;
  }

  /** Sets the times of an open file, in milliseconds; null for as they are. */
  setTimes(fd: number, atime: number | null, mtime: number | null): void {
    this.#streams.setTimes(this.#module.FS.getStreamChecked(fd), atime, mtime);
  }

  #makeRoot(prefix: string): FsNode {
    const root = this.#module.FS.createNode(null, "/", TYPE_BITS.directory | 0o755);
    root.prefix = prefix;
    root.node_ops = this.#nodeOps;
    root.stream_ops = this.#streams.ops;
    return root;
  }

  /** A node that Emscripten does not remember, so that each look-up asks again. */
  #node(parent: FsNode, name: string, mode: number): FsNode {
    const node = this.#module.FS.createNode(parent, name, mode);
    node.node_ops = this.#nodeOps;
    node.stream_ops = this.#streams.ops;
    this.#module.FS.hashRemoveNode(node);
    return node;
  }

  #stat(path: string): WireStat {
    const known = this.#cache.get(path);
    if (known === null) throw this.#host.error("ENOENT");
    if (known !== undefined) return known;
    try {
      const stat = this.#host.ask("stat", path) as WireStat;
      this.#cache.put(path, stat);
      return stat;
    } catch (error) {
      if (isErrno(error, "ENOENT")) this.#cache.put(path, null);
      throw error;
    }
  }

  #makeNodeOps(): NodeOps {
    return {
      getattr: (node) => attrOf(this.#stat(pathOf(node)), pathOf(node)),
      setattr: (node, attr) => this.#setattr(node, attr),
      lookup: (parent, name) => this.#lookup(parent, name),
      mknod: (parent, name, mode) => this.#make(parent, name, mode),
      rename: (node, directory, name) => {
        const from = pathOf(node);
        const to = childOf(directory, name);
        this.#host.ask("rename", from, to);
        if (isDirectory(node.mode)) this.#cache.changedTree(from, to);
        else this.#cache.changed(from, to);
        node.name = name;
        this.#renamed = node;
      },
      unlink: (parent, name) => this.#change("unlink", childOf(parent, name)),
      rmdir: (parent, name) => this.#change("rmdir", childOf(parent, name)),
      readdir: (node) => this.#list(pathOf(node)),
      symlink: (parent, name, target) => {
        const path = childOf(parent, name);
        this.#change("symlink", path, this.#inside(target, path));
        return this.#node(parent, name, TYPE_BITS.symlink | 0o777);
      },
      readlink: (node) => {
        const path = pathOf(node);
        return this.#outside(this.#host.ask("readlink", path) as string, path);
      },
      statfs: (root) => this.#host.ask("statfs", `${root}/`) as object,
    };
  }

  /** Asks for a change of a path, and forgets what it has made stale. */
  #change(op: Parameters<Host["ask"]>[0], path: string, ...args: unknown[]): void {
    this.#host.ask(op, path, ...args);
    this.#cache.changed(path);
  }

  #setattr(node: FsNode, { mode, size, atime, mtime }: SetAttr): void {
    const path = pathOf(node);
    const link = isLink(node.mode);
    // Emscripten empties a file before it opens it: that is left to the opening, which may fail.
    if (size === 0 && this.#opening !== undefined) return this.#streams.emptyAtOpen(node);
    if (size !== undefined) {
      this.#streams.cut();
      this.#change("truncate", path, size);
    }
    if (mode !== undefined && mode !== node.mode && !link) {
      this.#change("chmod", path, mode & 0o7777);
      // Who may go through a directory may see what is below.
      if (isDirectory(mode)) this.#cache.changedTree(path);
      node.mode = mode;
    }
    if (atime === undefined && mtime === undefined) return;
    const [, , , oldMtime, oldAtime] = this.#stat(path);
    this.#change("utimes", path, atime ?? oldAtime, mtime ?? oldMtime, link);
  }

  #lookup(parent: FsNode, name: string): FsNode {
    const path = childOf(parent, name);
    const stat = (this.#listing ? this.#listed.get(path) : undefined) ?? this.#stat(path);
    const node = this.#node(parent, name, TYPE_BITS[stat[0]] | stat[1]);
    // What a listing tells as the number of a file is that of its node.
    if (this.#listing) node.id = attrOf(stat, path).ino;
    return node;
  }

  #list(path: string): string[] {
    this.#cache.follow();
    const entries = this.#entries(path);
    const prefix = path.endsWith("/") ? path : `${path}/`;
    this.#listed = new Map(entries.map(([name, stat]) => [prefix + name, stat]));
    for (const [child, stat] of this.#listed) this.#cache.put(child, stat);
    return [".", "..", ...entries.map(([name]) => name)];
  }

  /** What is in a directory, page by page. */
  #entries(path: string): (readonly [string, WireStat])[] {
    const all: (readonly [string, WireStat])[] = [];
    type Page = readonly [entries: (readonly [string, WireStat])[], more: boolean];
    let [entries, more] = this.#host.ask("list", path) as Page;
    for (;;) {
      for (const entry of entries) all.push(entry);
      if (!more) return all;
      [entries, more] = this.#host.ask("listMore") as Page;
    }
  }

  /** Makes a directory, or the file that is being opened: in one step with opening it. */
  #make(parent: FsNode, name: string, mode: number): FsNode {
    const path = childOf(parent, name);
    if ((mode & TYPE_MASK) === TYPE_BITS.directory) {
      this.#change("mkdir", path, mode & 0o7777 & ~this.#umask);
      return this.#node(parent, name, mode & ~this.#umask);
    }
    if ((mode & TYPE_MASK) !== TYPE_BITS.file) throw this.#host.error("EPERM");
    const { flags, mode: wanted } = this.#opening ?? { flags: O_CREAT | O_EXCL | O_RDWR, mode: mode & 0o777 };
    const asked = flags & (O_ACCMODE | O_EXCL | O_TRUNC | O_APPEND);
    const granted = wanted & 0o7777 & ~this.#umask;
    this.#cache.follow();
    if ((flags & O_TRUNC) !== 0) this.#streams.cut();
    const [handle, stat] = this.#host.ask("create", path, asked, granted) as [number, WireStat];
    const moment = this.#cache.changed(path);
    // Emscripten sets the mode that was asked for once more: the node has it already, so that is no change.
    const node = this.#node(parent, name, TYPE_BITS.file | (wanted & 0o777));
    if (this.#opening === undefined) this.#host.ask("close", handle);
    else this.#streams.expect(node, handle, stat, moment);
    return node;
  }

  /** Emscripten forgets, on its way to `mknod`, what `open` was asked for. */
  #hookOpen(): void {
    const { FS } = this.#module;
    const open = FS.open.bind(FS);
    FS.open = (path, asked, mode) => {
      const outer = this.#opening;
      const flags = typeof asked === "number" ? strictFlags(path, asked) : asked;
      this.#opening = typeof flags === "number" ? { flags, mode: mode ?? 0o666 } : undefined;
      try {
        return this.#openAgain(() => open(path, flags, mode));
      } finally {
        this.#opening = outer;
        this.#streams.expectNothing();
      }
    };
  }

  /**
   * Emscripten looks several times on its way to open a file. What others make or remove between two looks is no
   * failure of an open that does not mind: it finds it the next time, or makes it.
   */
  #openAgain(open: () => FsStream): FsStream {
    const { flags } = this.#opening ?? { flags: 0 };
    const makes = (flags & (O_CREAT | O_EXCL)) === O_CREAT;
    for (let tries = 1; ; tries++) {
      try {
        return open();
      } catch (error) {
        const isLate = isErrno(error, "EEXIST") || isErrno(error, "ENOENT");
        if (!makes || !isLate || tries === OPEN_TRIES) throw error;
      }
    }
  }

  /** Emscripten remembers a renamed node by its new name: that must be asked for again like any other. */
  #hookRename(): void {
    const { FS } = this.#module;
    const rename = FS.rename.bind(FS);
    FS.rename = (from, to) => {
      try {
        rename(from, to);
      } finally {
        if (this.#renamed !== undefined) FS.hashRemoveNode(this.#renamed);
        this.#renamed = undefined;
      }
    };
  }

  /** Makes another name for a file; Emscripten knows nothing of those. */
  link(from: string, to: string): void {
    const { FS } = this.#module;
    const { node } = FS.lookupPath(from, {});
    const { node: parent } = FS.lookupPath(to, { parent: true });
    if (!this.isLive(node) || !this.isLive(parent)) throw this.#host.error("EXDEV");
    const source = pathOf(node);
    const target = childOf(parent, to.slice(to.lastIndexOf("/") + 1));
    this.#host.ask("link", source, target);
    this.#cache.changed(source, target);
  }

  /** The text of a link, as the host's files have it: their root is the mount. */
  #inside(target: string, path: string): string {
    const mountPath = this.#mountPathOf(path);
    if (!target.startsWith("/")) return target;
    if (target === mountPath) return "/";
    if (!target.startsWith(`${mountPath}/`)) throw this.#host.error("EXDEV");
    return target.slice(mountPath.length);
  }

  #outside(target: string, path: string): string {
    return target.startsWith("/") ? this.#mountPathOf(path) + (target === "/" ? "" : target) : target;
  }

  #mountPathOf(path: string): string {
    return this.#mountPaths[Number(path.slice(0, path.indexOf("/")))] ?? "";
  }
}

function makeDirectory({ FS }: EmscriptenModule, path: string): void {
  try {
    FS.mkdir(path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
}
