import { constants, nanoseconds, VfsError, type Dirent, type FileHandle, type Vfs } from "@vfs/core";
import { CallbackServer } from "./callback-server.ts";
import type { EngineOptions, MountPoint } from "./engine.ts";
import { identityOf, statfs } from "./file-facts.ts";
import { LockTable } from "./lock-table.ts";
import { LogIndexes } from "./log-indexes.ts";
import { codeOf, lockType, messageOf, number, text, wire } from "./wire.ts";
import { PAYLOAD_BYTES, type GuestOp, type WireStat } from "./protocol.ts";

/** What a guest gets to hear. */
export type Answer =
  | { readonly ok: true; readonly value: unknown; readonly payload?: Uint8Array }
  | { readonly ok: false; readonly code: string; readonly message: string };

interface Opened {
  readonly handle: FileHandle<"async">;
  /** Which file it is, whatever it is called by now: what locks are on. */
  readonly file: string;
  /** Where it was opened. */
  readonly path: string;
}

/** What a guest sends with a call: anything, for it is not to be trusted. */
type Args = readonly unknown[];

/** Locks of all sessions of this program. They meet on files: by their stores and inode numbers, by whichever Vfs. */
const locks = new LockTable();

const logIndexes = new LogIndexes();

/** How the name of such an index ends. */
const LOG_INDEX = "-shm";

const PAGE_ENTRIES = 1024;

// A guest may choose how a file is opened, but not that one is made: that is an operation of its own.
const OPEN_FLAGS = 3 | constants.O_APPEND | constants.O_TRUNC;
const CREATE_FLAGS = OPEN_FLAGS | constants.O_EXCL;

/** The host's side of a guest's files: each call is one operation on the Vfs. Nothing in here waits for the guest. */
export class FileServer {
  readonly #mounts: readonly Vfs[];
  readonly #callbacks: CallbackServer;
  readonly #mostFiles: number;
  readonly #opened = new Map<number, Opened>();
  readonly #buffer: Uint8Array = new Uint8Array(PAYLOAD_BYTES);
  #lastHandle = 0;
  /** What the guest is listing, as far as it has not come yet. */
  #listing: AsyncIterator<Dirent> | undefined;
  #closed = false;

  constructor({ mounts, callbacks, limits }: Pick<EngineOptions, "mounts" | "callbacks" | "limits">) {
    // The guest has a umask of its own.
    this.#mounts = mounts.map(({ vfs }: MountPoint) => vfs.view({ umask: 0 }));
    this.#callbacks = new CallbackServer(callbacks, limits);
    this.#mostFiles = limits.openFiles;
  }

  /** Does what the guest asks. What fails is answered with a POSIX code. */
  async answer(op: GuestOp, args: Args, payload: Uint8Array): Promise<Answer> {
    try {
      if (op === "read") return await this.#read(args);
      return { ok: true, value: await this.#operate(op, args, payload) };
    } catch (error) {
      // What is no error of the files is a wrong argument, or a failing callback.
      return {
        ok: false,
        code: codeOf(error) ?? (op === "call" ? "EIO" : "EINVAL"),
        message: messageOf(error),
      };
    }
  }

  /** A piece of code is about to run: what others have begun is not its own. */
  startRun(): void {
    this.#callbacks.clear();
  }

  /** Closes what the guest left open and gives its locks back. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#callbacks.clear();
    locks.unlockAll(this);
    logIndexes.closed(this);
    const handles = [...this.#opened.values()].map(({ handle }) => handle.close());
    this.#opened.clear();
    await Promise.allSettled(handles);
  }

  async #operate(op: GuestOp, args: Args, payload: Uint8Array): Promise<unknown> {
    switch (op) {
      case "listMore":
        return this.#listPage();
      case "callStart":
        return this.#callbacks.start(args);
      case "callWait":
        return this.#callbacks.wait(args);
      case "call":
        return this.#callbacks.call(args);
      default:
        return typeof args[0] === "string"
          ? this.#operateAt(op, args[0], args)
          : this.#operateOpen(op, args, payload);
    }
  }

  async #operateAt(op: GuestOp, place: string, args: Args): Promise<unknown> {
    const [vfs, path] = this.#at(place);
    switch (op) {
      case "stat":
        return wire(await vfs.lstat(path));
      case "list":
        this.#listing = vfs.opendir(path, { stat: true })[Symbol.asyncIterator]();
        return this.#listPage();
      case "readlink":
        return vfs.readlink(path);
      case "access":
        return vfs.access(path, number(args[1]));
      case "statfs":
        return statfs(vfs);
      case "mkdir":
        return vfs.mkdir(path, number(args[1]));
      case "rmdir":
        return vfs.rmdir(path);
      case "unlink":
        return vfs.unlink(path);
      case "rename":
        return this.#rename(place, text(args[1]));
      case "link":
        return this.#link(place, text(args[1]));
      case "symlink":
        return vfs.symlink(text(args[1]), path);
      case "chmod":
        return vfs.chmod(path, number(args[1]));
      case "utimes":
        return vfs[args[3] === true ? "lutimes" : "utimes"](
          path,
          nanoseconds(number(args[1])),
          nanoseconds(number(args[2])),
        );
      case "truncate":
        return vfs.truncate(path, number(args[1]));
      case "create": {
        const flags = (number(args[1]) & CREATE_FLAGS) | constants.O_CREAT;
        return this.#open(place, flags, number(args[2]));
      }
      case "open":
        return this.#open(place, number(args[1]) & OPEN_FLAGS);
      default:
        throw new TypeError(`there is no operation ${op} on a path`);
    }
  }

  /** Which files a guest means by a path: those of the first mount, or of the one whose number stands in front. */
  #at(place: string): readonly [Vfs, string] {
    const slash = place.indexOf("/");
    const vfs = this.#mounts[Number(place.slice(0, slash))];
    if (slash < 0 || vfs === undefined) throw new VfsError("ENOENT", { path: place });
    return [vfs, place.slice(slash)];
  }

  async #rename(from: string, to: string): Promise<void> {
    const [vfs, source] = this.#at(from);
    const [other, target] = this.#at(to);
    if (vfs !== other) throw new VfsError("EXDEV", { path: source, dest: target });
    return vfs.rename(source, target);
  }

  async #link(from: string, to: string): Promise<void> {
    const [vfs, source] = this.#at(from);
    const [other, target] = this.#at(to);
    if (vfs !== other) throw new VfsError("EXDEV", { path: source, dest: target });
    return vfs.link(source, target);
  }

  async #operateOpen(op: GuestOp, args: Args, payload: Uint8Array): Promise<unknown> {
    const opened = this.#find(args);
    const { handle, file } = opened;
    switch (op) {
      case "write": {
        const at = args[1] === "end" ? undefined : number(args[1]);
        await handle.write(payload, 0, payload.length, at);
        return at === undefined ? (await handle.stat()).size : at + payload.length;
      }
      case "ftruncate":
        return handle.truncate(number(args[1]));
      case "fstat":
        return wire(await handle.stat());
      case "fchmod":
        return handle.chmod(number(args[1]));
      case "futimes":
        return handle.utimes(nanoseconds(number(args[1])), nanoseconds(number(args[2])));
      case "fsync":
        return handle.sync();
      case "close":
        this.#opened.delete(number(args[0]));
        // As POSIX has it: the first descriptor that is closed takes all locks of its process on the file along.
        locks.unlockFile(file, this);
        if (opened.path.endsWith(LOG_INDEX) && !this.#hasOpen(file)) logIndexes.closed(this, file);
        return handle.close();
      case "lock":
        return this.#lock(opened, args);
      case "testLock":
        return !locks.conflict(file, this, lockType(args[1]), {
          start: number(args[2]),
          end: number(args[3]),
        });
      default:
        throw new TypeError(`there is no operation ${op}`);
    }
  }

  async #lock({ file, path }: Opened, args: Args): Promise<boolean> {
    const range = { start: number(args[2]), end: number(args[3]) };
    if (args[1] === "unlock") {
      locks.unlock(file, this, range);
      return true;
    }
    const type = lockType(args[1]);
    const isIndex = path.endsWith(LOG_INDEX);
    const index = isIndex ? file : logIndexes.at(await this.#placeOf(path + LOG_INDEX));
    if (this.#closed || (index !== undefined && locks.heldByOthers(index, this))) return false;
    return locks.lock(file, this, type, range);
  }

  /** Where a path is, by whichever Vfs it is reached: its directory and its name there. */
  async #placeOf(path: string): Promise<string> {
    const slash = path.lastIndexOf("/");
    const [vfs, directory] = this.#at(path.slice(0, slash + 1));
    return `${identityOf(await vfs.stat(directory), directory)}/${path.slice(slash + 1)}`;
  }

  async #open(place: string, flags: number, mode?: number): Promise<readonly [number, WireStat]> {
    if (this.#opened.size >= this.#mostFiles) throw new VfsError("EMFILE");
    const [vfs, path] = this.#at(place);
    const handle = await vfs.open(path, flags, mode);
    try {
      const stat = await handle.stat();
      const file = identityOf(stat, path);
      if (path.endsWith(LOG_INDEX)) logIndexes.opened(await this.#placeOf(place), file, this);
      if (this.#closed) throw new VfsError("EBADF");
      const id = ++this.#lastHandle;
      this.#opened.set(id, { handle, file, path: place });
      return [id, wire(stat)];
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #read(args: Args): Promise<Answer> {
    const { handle } = this.#find(args);
    // One buffer is enough: the guest has read the last answer before it asks again.
    const length = Math.min(number(args[2]), this.#buffer.length);
    const { bytesRead } = await handle.read(this.#buffer, 0, length, number(args[1]));
    return { ok: true, value: bytesRead, payload: this.#buffer.subarray(0, bytesRead) };
  }

  /** The next entries, and whether there are more: a huge directory is not to be in memory at once. */
  async #listPage(): Promise<readonly [(readonly [string, WireStat])[], boolean]> {
    const entries: (readonly [string, WireStat])[] = [];
    while (this.#listing !== undefined && entries.length < PAGE_ENTRIES) {
      const { done, value } = await this.#listing.next();
      if (done === true) this.#listing = undefined;
      else if (value.stat !== undefined) entries.push([value.name, wire(value.stat)]);
    }
    return [entries, this.#listing !== undefined];
  }

  #hasOpen(file: string): boolean {
    return [...this.#opened.values()].some((opened) => opened.file === file);
  }

  #find(args: Args): Opened {
    const opened = this.#opened.get(number(args[0]));
    if (opened === undefined) throw new VfsError("EBADF");
    return opened;
  }
}
