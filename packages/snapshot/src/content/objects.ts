import { isVfsError, VfsError, type Bytes, type Vfs } from "@vfs/core";
import { sha256 } from "./hash.ts";
import { pack, unpack } from "./packing.ts";

/** What was stored in one go, so that it can be taken back. */
export class Deposit {
  /** Those that were not there before. */
  readonly hashes: string[] = [];
  bytes = 0;
  readonly #room: number;

  /** @param room How many bytes may be added. */
  constructor(room: number) {
    this.#room = room;
  }

  /** @throws VfsError `EDQUOT` where there is no room. */
  claim(bytes: number): void {
    if (this.bytes + bytes > this.#room)
      throw new VfsError("EDQUOT", {
        reason: "quota",
        hint: "the snapshots would hold more than snapshotBytes; prune() or delete() some, or raise it",
      });
    this.bytes += bytes;
  }
}

/** Objects by the hash of their content, in a directory of any store. Whatever is there is whole. */
export class Objects {
  /** Hashes of objects that are there. It may lack some. */
  readonly known: Set<string> = new Set();
  readonly #store: Vfs;

  constructor(store: Vfs) {
    this.#store = store;
  }

  /** Stores bytes, unless they are there already, and answers their hash. */
  async put(bytes: Bytes, deposit: Deposit): Promise<string> {
    const hash = await sha256(bytes);
    if (this.known.has(hash)) return hash;
    // First: the same bytes may be on their way a second time.
    this.known.add(hash);
    try {
      const stored = await pack(bytes);
      deposit.claim(stored.length);
      if (await this.#write(hash, stored)) deposit.hashes.push(hash);
      else deposit.bytes -= stored.length;
    } catch (reason) {
      this.known.delete(hash);
      throw reason;
    }
    return hash;
  }

  /**
   * Reads an object.
   *
   * @param most How many bytes it may have.
   * @throws VfsError `EIO` where it is missing, or is not what it was.
   */
  async get(hash: string, most: number): Promise<Bytes> {
    let stored: Bytes;
    try {
      stored = await this.#store.readFile(pathOf(hash));
    } catch (cause) {
      if (!isVfsError(cause, "ENOENT")) throw cause;
      throw new VfsError("EIO", { hint: `object ${hash} of the snapshot store is missing`, cause });
    }
    const bytes = await unpack(stored, most);
    if ((await sha256(bytes)) !== hash)
      throw new VfsError("EIO", { hint: `object ${hash} of the snapshot store is damaged` });
    return bytes;
  }

  /** All that are there, with the bytes that each takes. */
  async *list(): AsyncIterable<{ readonly hash: string; readonly bytes: number }> {
    if (!(await this.#store.exists(TOP))) return;
    for await (const { name, parentPath, stat } of this.#store.find(TOP, { type: "file", stat: true }))
      yield { hash: parentPath.slice(TOP.length + 1) + name, bytes: stat?.size ?? 0 };
  }

  async remove(hashes: readonly string[]): Promise<void> {
    for (const hash of hashes) this.known.delete(hash);
    const items = hashes.map((hash) => ({ op: "rm" as const, path: pathOf(hash), force: true }));
    for (const result of await this.#store.batch(items, { concurrency: 8 }))
      if (!result.ok) throw result.error;
  }

  /** Answers whether it was not there before. */
  async #write(hash: string, stored: Bytes): Promise<boolean> {
    const path = pathOf(hash);
    try {
      await this.#store.writeFile(path, stored, { flag: "wx" });
    } catch (reason) {
      if (isVfsError(reason, "EEXIST")) return false;
      if (!isVfsError(reason, "ENOENT")) throw reason;
      await this.#store.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      return this.#write(hash, stored);
    }
    return true;
  }
}

const TOP = "/objects";

function pathOf(hash: string): string {
  return `${TOP}/${hash.slice(0, 2)}/${hash.slice(2)}`;
}
