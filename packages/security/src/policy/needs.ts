import type { Call, OpName } from "@vfs/core";
import {
  ADMIN,
  BELOW,
  CONTENT_READ,
  CONTENT_WRITTEN,
  CREATE,
  CREATE_IF_NEW,
  DELETE,
  LINK,
  LIST,
  META,
  READ,
  WATCHED,
  WRITE,
} from "../operation-class.ts";

/** What a call asks for: at its path, and at its second path where it has one. */
export interface Needs {
  readonly path: number;
  readonly to: number;
}

type NeedsOf<K extends OpName> = Needs | ((call: Call<K>) => Needs);

const at = (path: number, to = 0): Needs => ({ path, to });

const NOTHING = at(0);
const READS = at(READ | CONTENT_READ);
const LISTS = at(LIST);
const SEARCHES = at(LIST | BELOW);
const READS_TREE = at(READ | LIST | BELOW | CONTENT_READ);

// What only creates says so itself. What may also replace is held to both.
const ONLY_NEW = CREATE | CONTENT_WRITTEN;
const REPLACES = WRITE | CREATE_IF_NEW | CONTENT_WRITTEN;

const WRITES_NEW = at(ONLY_NEW);
const WRITES = at(REPLACES);
const REMOVES = at(DELETE);
const MOVES = at(READ | CONTENT_READ | DELETE | BELOW, REPLACES | BELOW);
const MOVES_TO_NEW = at(READ | CONTENT_READ | DELETE | BELOW, ONLY_NEW | BELOW);
const COPIES = at(READ | CONTENT_READ, REPLACES);
const COPIES_TO_NEW = at(READ | CONTENT_READ, ONLY_NEW);
const COPIES_TREE = at(READ | LIST | BELOW | CONTENT_READ, ONLY_NEW | BELOW);
// Whoever has a second name of a file does with it what the first one may forbid.
const LINKS = at(LINK | READ | CONTENT_READ | WRITE | META, LINK | CREATE | CONTENT_WRITTEN);

/**
 * What each operation needs. The only list of operations in this package: an operation that is not named here is
 * refused, and a test fails when core has one.
 */
export const NEEDS: { readonly [K in OpName]: NeedsOf<K> } = {
  stat: LISTS,
  read: READS,
  list: SEARCHES,
  find: SEARCHES,
  scan: READS_TREE,
  readlink: at(READ),
  readStream: READS,
  watch: at(LIST | WATCHED),
  changes: SEARCHES,
  // The whole store, as it is and was; core offers it to nobody where rules differ below.
  snapshots: READS_TREE,
  usage: LISTS,
  statfs: LISTS,
  // Shows and changes nothing.
  flush: NOTHING,
  write: (call) => (call.args.ifNoneMatch === undefined ? WRITES : WRITES_NEW),
  writeStream: (call) => (call.args.ifNoneMatch === undefined ? WRITES : WRITES_NEW),
  // Core sends it through no policy: each file comes by itself.
  writeMany: at(REPLACES | CREATE | LINK | META | BELOW),
  append: WRITES,
  truncate: at(WRITE),
  mkdir: at(CREATE),
  remove: (call) => (call.args.kind === "file" ? REMOVES : at(DELETE | BELOW)),
  rename: (call) => (call.args.noReplace === true ? MOVES_TO_NEW : MOVES),
  copy: (call) => {
    if (call.args.recursive === true) return COPIES_TREE;
    return call.args.ifNoneMatch === undefined ? COPIES : COPIES_TO_NEW;
  },
  setStat: at(META),
  symlink: at(LINK | CREATE),
  link: LINKS,
  open: ({ args: { flags } }) => {
    const { read, write, append, create, exclusive, truncate } = flags;
    const writes = write || append || truncate;
    const onlyNew = create && exclusive;
    let sum = onlyNew ? CREATE : 0;
    if (writes && !onlyNew) sum |= WRITE;
    if (create && !onlyNew) sum |= CREATE_IF_NEW;
    // A file that is made by this call has nothing to be read yet.
    if (read && !onlyNew) sum |= READ | CONTENT_READ;
    // Flags that ask for nothing let nothing through.
    return at(sum === 0 ? READ : sum);
  },
  mount: at(ADMIN | WATCHED),
  unmount: at(ADMIN | WATCHED),
  "file.read": READS,
  "file.write": (call) => at(writesFile(call) | CONTENT_WRITTEN),
  "file.truncate": (call) => at(writesFile(call)),
  // Whoever reads or writes a file learns how large it is.
  "file.stat": (call) => at(call.file?.granted.read === false ? writesFile(call) : READ),
  "file.setStat": at(META),
  // What is written out was let through before; but not to where the file must not be written by now.
  "file.sync": (call) => at(call.file?.granted.write === true ? writesFile(call) : READ),
  // Whoever cannot close a file keeps it.
  "file.close": NOTHING,
};

/** Writing into a file that this very handle has made is a part of making it. */
function writesFile({ file }: Pick<Call, "file">): number {
  return file?.granted.create === true && file.granted.exclusive ? CREATE : WRITE;
}

const BY_NAME: ReadonlyMap<string, NeedsOf<OpName>> = new Map(
  Object.entries(NEEDS) as [string, NeedsOf<OpName>][],
);

/** What a call asks for; undefined when its operation is not known. */
export function needsOf(call: Call): Needs | undefined {
  const needs = BY_NAME.get(call.op);
  return typeof needs === "function" ? needs(call) : needs;
}
