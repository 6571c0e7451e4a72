import { chain, type Awaitable, type Provider } from "@vfs/core";
import { capsOf } from "./caps.ts";
import { commit, discard } from "./commit.ts";
import { copy } from "./copy.ts";
import { diff, type OverlayChange } from "./diff.ts";
import { link, makeNew, remove, rename } from "./names.ts";
import { open } from "./open-file.ts";
import { Reading } from "./reading.ts";
import { setStat } from "./set-stat.ts";
import { Union } from "./union.ts";
import { Writing } from "./writing.ts";

export interface OverlayOptions {
  /** Leave the lower open when the overlay is closed: it is the base of others too. False unless told. */
  readonly keepLower?: boolean | undefined;
}

/** A provider over two, and what can be done with what differs between them. */
export interface Overlay extends Provider {
  /**
   * Everything in which the overlay differs from its lower: paths in order, a directory before what is in it. Only what was
   * touched is looked at.
   */
  diff(): AsyncIterable<OverlayChange>;
  /**
   * Applies the changes to the lower, and empties the upper when all are there. A crash, or a failure, leaves the overlay as
   * it looks: call it again.
   *
   * @param target Another store that has what the lower has, to be given the changes. The upper then stays as it is.
   * @throws VfsError `EROFS` for a store that cannot be written, `ENOTSUP` for one without links when there are some.
   */
  commit(target?: Provider): Promise<void>;
  /** Gives all changes up: the overlay is its lower again. What is open and was changed goes on without its name. */
  discard(): Promise<void>;
}

// Two overlays in one upper would each miss what the other writes down.
const taken = new WeakSet<Provider>();

/**
 * Puts a store that can be written over one that is only read. What nobody changes is read from the lower; what somebody
 * changes goes to the upper. The lower must not change meanwhile: the overlay remembers what it was.
 *
 * What a change needs, and no more, is copied: nothing for new attributes, names, links, moves (of whole trees too) or
 * copies, the content of a file when that is first written in part.
 *
 * The upper belongs to the overlay alone. It keeps a journal of names and attributes, and contents under numbers; so what
 * stands for "gone" is no file that could collide with one of a user. The next overlay on the same two stores goes on there.
 *
 * @param lower What is below; never written, but by `commit`.
 * @param upper A store, or a directory, of its own: empty, or that of an earlier overlay on this lower.
 * @throws TypeError for an upper that cannot be written or has an overlay already, and for a lower to which `a` and `A` are
 * one name.
 * @see https://docs.kernel.org/filesystems/overlayfs.html
 * @example
 * const vfs = createVfs(overlay(local({ root: "base" }), memory()));
 */
export function overlay(lower: Provider, upper: Provider, options: OverlayOptions = {}): Overlay {
  if (!upper.caps.write)
    throw new TypeError(`overlay() needs an upper that can be written; "${upper.name}" cannot`);
  if (lower === upper) throw new TypeError("overlay() needs two stores; lower and upper are the same one");
  if (!lower.caps.caseSensitive)
    throw new TypeError(`overlay() needs a lower with case-sensitive names; "${lower.name}" has none`);
  if (taken.has(upper))
    throw new TypeError(`the upper "${upper.name}" has an overlay already: close that first`);
  taken.add(upper);
  return provide(new Union(lower, upper), options.keepLower === true);
}

/** Methods that are there only when the caps say so. */
type Optional = Required<
  Pick<Provider, "open" | "link" | "append" | "truncate" | "readStream" | "writeStream" | "statfs">
>;

function provide(union: Union, keepLower: boolean): Overlay {
  const { lower, upper } = union;
  const caps = capsOf(lower.caps, upper.caps);
  const reading = new Reading(union);
  const writing = new Writing(union);
  const optional: Optional = {
    open: (path, options, ctx) =>
      union.change(ctx, (draft) => open(union, writing, path, options, draft, ctx)),
    link: (path, to, ctx) => union.change(ctx, (draft) => link(union, path, to, draft, ctx)),
    append: (path, data, options, ctx) => writing.append(path, data, options, ctx),
    truncate: (path, size, ctx) => writing.truncate(path, size, ctx),
    readStream: (path, options, ctx) => reading.readStream(path, options, ctx),
    writeStream: (path, source, options, ctx) => writing.writeStream(path, source, options, ctx),
    // What is written goes there.
    statfs: (ctx) => (upper as Required<Provider>).statfs(ctx),
  };
  const declared: Record<keyof Optional, boolean> = {
    open: caps.open,
    link: caps.links,
    append: caps.append,
    truncate: caps.truncate,
    readStream: caps.readStream,
    writeStream: caps.writeStream,
    statfs: caps.statfs,
  };
  const has = Object.entries(optional).filter(([name]) => declared[name as keyof Optional]);
  return {
    name: "overlay",
    caps,
    stat: (path, options, ctx) => reading.stat(path, options, ctx),
    read: (path, options, ctx) => reading.read(path, options, ctx),
    list: (path, options, ctx) => reading.list(path, options, ctx),
    readlink: (path, ctx) => reading.readlink(path, ctx),
    write: (path, data, options, ctx) => writing.write(path, data, options, ctx),
    mkdir: (path, { mode = 0o755 }, ctx) =>
      union.change(ctx, (draft) => makeNew(union, path, "directory", mode, undefined, draft, ctx)),
    symlink: (path, target, ctx) =>
      union.change(ctx, (draft) => makeNew(union, path, "symlink", 0o777, target, draft, ctx)),
    remove: (path, options, ctx) => union.change(ctx, (draft) => remove(union, path, options, draft, ctx)),
    rename: (path, to, options, ctx) =>
      union.change(ctx, (draft) => rename(union, path, to, options, draft, ctx)),
    copy: (path, to, options, ctx) =>
      union.change(ctx, (draft) => copy(union, path, to, options, draft, ctx)),
    setStat: (path, changes, options, ctx) =>
      union.change(ctx, (draft) => setStat(union, path, changes, options, draft, ctx)),
    flush: (ctx) => upper.flush?.(ctx),
    close: () => close(union, keepLower),
    ...(Object.fromEntries(has) as Partial<Optional>),
    diff: () => diff(union),
    commit: (target = lower) => commit(union, target),
    discard: () => discard(union),
  };
}

function close({ lower, upper }: Union, keepLower: boolean): Awaitable<void> {
  taken.delete(upper);
  return chain(upper.close?.(), () => (keepLower ? undefined : lower.close?.()));
}
