import { parentOf, run, VfsError, type Provider, type Stat, type StatChanges, type VPath } from "@vfs/core";
import { OWN } from "./context.ts";
import { isAtHome, ours, theirs, type OverlayChange } from "./diff.ts";
import type { Inode } from "./inode.ts";
import { Reading } from "./reading.ts";
import type { Union } from "./union.ts";

/** Puts changes into a store. Each step can be done twice. */
export class Applying {
  readonly #union: Union;
  readonly #target: Required<Provider>;
  readonly #reading: Reading;
  /** Where each file went. */
  readonly places: Map<Inode, VPath> = new Map<Inode, VPath>();

  constructor(union: Union, target: Provider) {
    this.#union = union;
    this.#target = target as Required<Provider>;
    this.#reading = new Reading(union);
  }

  async apply(changes: readonly OverlayChange[]): Promise<void> {
    for (const { kind, path } of changes.toReversed()) if (kind === "removed") await this.#remove(path);
    const touched = new Set<VPath>();
    for (const { kind, path, type } of changes) {
      if (path !== "/") touched.add(parentOf(path));
      if (kind === "removed") continue;
      if (type === "directory") {
        await this.#directory(path);
        touched.add(path);
      } else await this.#leaf(path, type);
    }
    // Last, and the inner ones first: what is put into a directory changes its time.
    for (const path of [...touched].sort((a, b) => b.length - a.length)) await this.#finish(path);
  }

  async #remove(path: VPath): Promise<void> {
    await this.#clear(path, await theirs(this.#target, path));
  }

  async #clear(path: VPath, there: Stat | undefined): Promise<void> {
    const kind = there?.type === "directory" ? "directory" : "file";
    if (there !== undefined) await this.#target.remove(path, { kind }, OWN);
  }

  async #directory(path: VPath): Promise<void> {
    const there = await theirs(this.#target, path);
    if (there?.type === "directory") return;
    await this.#clear(path, there);
    const { mode } = (await ours(this.#union, path)) ?? {};
    await this.#target.mkdir(path, { mode }, OWN);
  }

  async #leaf(path: VPath, type: string): Promise<void> {
    const our = await ours(this.#union, path);
    if (our === undefined) return;
    const there = await theirs(this.#target, path);
    const inode = await this.#inodeAt(path);
    const home = inode?.state.lower;
    // Where the lower has it; there it need not be copied.
    if (home !== undefined && home !== path && (await this.#inodeAt(home)) === inode)
      await this.#leaf(home, type);
    const first = inode === undefined ? undefined : this.places.get(inode);
    if (first === path) return;
    if (first !== undefined && this.#target.caps.links) return this.#link(first, path, there);
    if (inode !== undefined) this.places.set(inode, path);
    if (type === "symlink") return this.#symlink(path, there);
    if (type !== "file") throw new VfsError("ENOTSUP", { reason: "unsupported", hint: "a special file" });
    await this.#file(path, our, there, inode);
    await this.#attributes(path, our);
  }

  async #symlink(path: VPath, there: Stat | undefined): Promise<void> {
    const text = await this.#reading.readlink(path, OWN);
    if (there?.type === "symlink" && (await this.#target.readlink(path, OWN)) === text) return;
    await this.#clear(path, there);
    await this.#target.symlink(path, text, OWN);
  }

  /** Another name of a file that is there. */
  async #link(first: VPath, path: VPath, there: Stat | undefined): Promise<void> {
    const one = await theirs(this.#target, first);
    if (there !== undefined && there.ino !== undefined && there.ino === one?.ino) return;
    await this.#clear(path, there);
    await this.#target.link(first, path, OWN);
  }

  async #file(path: VPath, our: Stat, there: Stat | undefined, inode: Inode | undefined): Promise<void> {
    // Only its attributes are others, and the target has the content of the lower.
    if (inode !== undefined && isAtHome(inode, path) && there?.type === "file") return;
    // In the target it may have names that are another file by now.
    const apart = there !== undefined && (there.nlink ?? 1) > 1 && (there.ino !== our.ino || our.nlink === 1);
    if (there?.type !== "file" || apart) await this.#clear(path, there);
    const { mode, contentType, meta, size } = our;
    const given = { mode, ...(this.#target.caps.meta ? { contentType, meta } : {}), durable: true };
    if (this.#target.writeStream === undefined || !this.#union.canStream) {
      const data = await this.#reading.read(path, {}, OWN);
      await this.#target.write(path, data, { ...given, owned: true }, OWN);
      return;
    }
    const source = await this.#reading.readStream(path, {}, OWN);
    await this.#target.writeStream(path, source, { ...given, size }, OWN);
  }

  async #finish(path: VPath): Promise<void> {
    const our = await ours(this.#union, path);
    if (our?.type === "directory") await this.#attributes(path, our);
  }

  /** Gives what is there the attributes that it has in the overlay, as far as the target keeps any. */
  async #attributes(path: VPath, our: Stat): Promise<void> {
    const { caps } = this.#target;
    const there = await theirs(this.#target, path);
    if (there === undefined) return;
    const { mode, uid, gid, mtimeMs, atimeMs, contentType, meta } = our;
    const owners = caps.owners && (uid !== there.uid || gid !== there.gid);
    const changes: StatChanges = {
      ...(owners ? { uid, gid } : {}),
      ...(caps.modes && mode !== undefined ? { mode } : {}),
      ...(caps.times === "none" ? {} : { mtimeMs }),
      ...(caps.times === "all" && atimeMs !== undefined ? { atimeMs } : {}),
      ...(caps.meta ? { contentType: contentType ?? null, meta: meta ?? {} } : {}),
    };
    if (Object.keys(changes).length > 0) await this.#target.setStat(path, changes, {}, OWN);
  }

  async #inodeAt(path: VPath): Promise<Inode | undefined> {
    return run(this.#union.inodeAt(path, OWN));
  }
}
