import { VfsError } from "./error.ts";
import { ROOT, type VPath } from "./path.ts";
import type { FileType, StatChanges } from "./stat.ts";

/** Whose rights a caller has, as a process has them. Without one a caller is root. */
export interface Identity {
  /** 0 is root, whom no permission bits stop. */
  readonly uid: number;
  /** What new files and directories belong to, beside `uid`. */
  readonly gid: number;
  /** Further groups. */
  readonly groups: readonly number[];
  /**
   * Where the caller's `/` lies in the store. What is above was passed when the view was made: whether it may be
   * searched is not asked again, as in a chroot.
   */
  readonly root: VPath;
}

/** What decides who may do what to a file: a stat has it, and so does whatever a store keeps. */
export interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What somebody wants to do to a file, as a sum; `EXECUTE` of a directory is to search it. */
export const READ = 4;
export const WRITE = 2;
export const EXECUTE = 1;

const SET_UID = 0o4000;
const SET_GID = 0o2000;
const STICKY = 0o1000;
const GROUP_EXECUTE = 0o010;

/** The caller's rights, or none, which is root: what every function here takes. */
export type Who = Identity | undefined;

/** Whether somebody may do what root may: nothing stops them but a file that nobody can execute. */
export function isRoot(who: Who): boolean {
  return who === undefined || who.uid === 0;
}

function inGroup({ gid, groups }: Identity, group: number): boolean {
  return gid === group || groups.includes(group);
}

/**
 * Whether `who` may do to a file what `wanted` sums up. Only the first class of bits that fits counts: the owner's,
 * the group's or that of all others.
 */
export function mayAccess(who: Who, file: Owned, wanted: number, type: FileType = "file"): boolean {
  const { mode, uid, gid } = file;
  if (who === undefined || who.uid === 0)
    return (wanted & EXECUTE) === 0 || type === "directory" || (mode & 0o111) !== 0;
  const granted = who.uid === uid ? mode >> 6 : inGroup(who, gid) ? mode >> 3 : mode;
  return (granted & wanted) === wanted;
}

/** Throws VfsError `EACCES` unless `who` may do what `wanted` sums up. */
export function checkAccess(who: Who, file: Owned, wanted: number, type?: FileType): void {
  if (!mayAccess(who, file, wanted, type)) throw refused(who, file, wanted, type);
}

/** Throws VfsError `EACCES` unless `who` may look a name up in a directory. */
export function checkSearch(who: Who, directory: Owned): void {
  if (!mayAccess(who, directory, EXECUTE, "directory")) throw refused(who, directory, EXECUTE, "directory");
}

/** Throws VfsError `EACCES` unless `who` may put a name into a directory or take one away. */
export function checkEnter(who: Who, directory: Owned): void {
  if (!mayAccess(who, directory, WRITE | EXECUTE, "directory"))
    throw refused(who, directory, WRITE | EXECUTE, "directory");
}

/**
 * Throws unless `who` may take the name of `file` out of `directory`: VfsError `EACCES` when it is not theirs to write,
 * `EPERM` when it is sticky and neither it nor the file belongs to them.
 */
export function checkLeave(who: Who, directory: Owned, file: Owned): void {
  if (who === undefined || who.uid === 0) return;
  checkEnter(who, directory);
  if ((directory.mode & STICKY) !== 0 && directory.uid !== who.uid && file.uid !== who.uid)
    throw new VfsError("EPERM", {
      hint: `the directory is sticky: only uid ${file.uid}, uid ${directory.uid} or root takes this name away`,
    });
}

/**
 * Throws VfsError `EPERM` unless `who` may give a file one more name: it is theirs, or a plain one that they may read
 * and write. Linux does so with `fs.protected_hardlinks`, which every distribution sets: otherwise anybody keeps a
 * file alive that its owner has removed.
 */
export function checkLink(who: Who, file: Owned, type: FileType): void {
  if (who === undefined || who.uid === 0 || who.uid === file.uid) return;
  const special = (file.mode & SET_UID) !== 0 || (file.mode & 0o2010) === 0o2010;
  if (type !== "file" || special || !mayAccess(who, file, READ | WRITE))
    throw new VfsError("EPERM", {
      hint: `the file belongs to uid ${file.uid}; uid ${who.uid} would have to own it, or to read and write it`,
    });
}

/** Throws VfsError `EPERM` for a tree that only root may handle as one: what is in it must be asked about one by one. */
export function checkWholeTree(who: Who): void {
  if (!isRoot(who))
    throw new VfsError("EPERM", { hint: "for an identity a tree is handled directory by directory" });
}

/** Whom something new in `directory` belongs to, and with which permission bits. */
export function inherit(who: Who, directory: Owned, mode: number, isDirectory: boolean): Owned {
  const uid = who?.uid ?? 0;
  if ((directory.mode & SET_GID) === 0)
    return { mode: withoutForeignGroup(who, mode, who?.gid ?? 0), uid, gid: who?.gid ?? 0 };
  const { gid } = directory;
  if (isDirectory) return { mode: mode | SET_GID, uid, gid };
  const runs = (mode & GROUP_EXECUTE) !== 0;
  return { mode: runs ? withoutForeignGroup(who, mode, gid) : mode, uid, gid };
}

/**
 * What the copy of a file gets, as Node's `copyFile` has it: the bits of the original, and its owners as far as `who`
 * may give them.
 *
 * @param made What the copy got when `who` made it.
 */
export function copied(who: Who, original: Owned, made: Owned): Owned {
  const { uid, gid, mode } = original;
  if (isRoot(who)) return { uid, gid, mode };
  const group = who?.uid === uid && inGroup(who, gid) ? gid : made.gid;
  return { uid: made.uid, gid: group, mode: withoutForeignGroup(who, mode, group) };
}

/** The bits without set-gid, unless the group is one of the caller's. */
function withoutForeignGroup(who: Who, mode: number, gid: number): number {
  return who === undefined || who.uid === 0 || inGroup(who, gid) ? mode : mode & ~SET_GID;
}

/** The bits of a file whose content somebody has changed: what runs as another must not be another's to write. */
export function modeAfterWrite(who: Who, file: Owned): number {
  const { mode } = file;
  if (who === undefined || who.uid === 0 || (mode & (SET_UID | SET_GID)) === 0) return mode;
  return withoutSetIds(who, file);
}

/** As the kernel's `setattr_should_drop_suidgid`. */
function withoutSetIds(who: Who, { mode, gid }: Owned): number {
  const kept = mode & ~SET_UID;
  return (mode & GROUP_EXECUTE) === 0 ? withoutForeignGroup(who, kept, gid) : kept & ~SET_GID;
}

/** Whether somebody may change what only the owner of a file may. */
export function isOwner(who: Who, file: Pick<Owned, "uid">): boolean {
  return who === undefined || who.uid === 0 || who.uid === file.uid;
}

/**
 * What becomes of changes that `who` asks for: the same, with set-id bits taken away as Linux does it.
 *
 * @throws VfsError `EPERM` for what only the owner may do, or only root; `EACCES` where write permission would do.
 */
export function permitted(who: Who, file: Owned, type: FileType, changes: StatChanges): StatChanges {
  const { mode, uid, gid, contentType, meta } = changes;
  if (who !== undefined && who.uid !== 0) {
    checkOwners(who, file, uid, gid);
    if (mode !== undefined && who.uid !== file.uid) throw notTheirs(who, file, "chmod");
    checkTimes(who, file, type, changes);
    if ((contentType ?? meta) !== undefined || contentType === null) checkAccess(who, file, WRITE, type);
  }
  if (mode !== undefined) {
    const kept = withoutForeignGroup(who, mode, gid ?? file.gid);
    return kept === mode ? changes : { ...changes, mode: kept };
  }
  if ((uid ?? gid) === undefined || type === "directory" || (file.mode & (SET_UID | SET_GID)) === 0)
    return changes;
  // Root's chown takes them away as well.
  return { ...changes, mode: withoutSetIds(who, file) };
}

function checkOwners(who: Identity, file: Owned, uid: number | undefined, gid: number | undefined): void {
  if (uid === undefined && gid === undefined) return;
  if (who.uid !== file.uid || (uid !== undefined && uid !== file.uid))
    throw new VfsError("EPERM", {
      hint: `uid ${who.uid} cannot give a file of uid ${file.uid} ${uid === undefined ? "another group" : "away"}; root can`,
    });
  if (gid !== undefined && gid !== file.gid && !inGroup(who, gid))
    throw new VfsError("EPERM", { hint: `uid ${who.uid} is not in group ${gid}` });
}

function checkTimes(who: Identity, file: Owned, type: FileType, changes: StatChanges): void {
  const { atimeMs, mtimeMs, toNow } = changes;
  if ((atimeMs ?? mtimeMs) === undefined || who.uid === file.uid) return;
  if (toNow !== true) throw notTheirs(who, file, "set the times of");
  checkAccess(who, file, WRITE, type);
}

function notTheirs(who: Identity, file: Owned, verb: string): VfsError {
  return new VfsError("EPERM", { hint: `uid ${who.uid} cannot ${verb} a file of uid ${file.uid}` });
}

function refused(who: Who, { mode, uid, gid }: Owned, wanted: number, type: FileType = "file"): VfsError {
  const verbs = [
    [READ, "read"],
    [WRITE, "write"],
    [EXECUTE, type === "directory" ? "search" : "execute"],
  ] as const;
  const what = verbs.filter(([bit]) => (wanted & bit) !== 0).map(([, verb]) => verb);
  const whose = `a ${type} of ${uid}:${gid} with mode 0o${mode.toString(8)}`;
  return new VfsError("EACCES", {
    hint: `uid ${who?.uid ?? 0}, gid ${who?.gid ?? 0} may not ${what.join(" and ")} ${whose}`,
  });
}

/** Somebody as a caller describes them. */
export interface IdentityOptions {
  readonly uid: number;
  readonly gid: number;
  /** Further groups. */
  readonly groups?: readonly number[] | undefined;
  /** Permission bits that new files and directories do not get. */
  readonly umask?: number | undefined;
}

/**
 * Checks an identity that a caller gave. Root in group 0 is nobody in particular: it has none.
 *
 * @throws RangeError for numbers that are none.
 */
export function identityOf({ uid, gid, groups = [] }: IdentityOptions): Who {
  for (const id of [uid, gid, ...groups])
    if (!(Number.isInteger(id) && id >= 0 && id < 2 ** 32 - 1))
      throw new RangeError(
        `identity needs uid, gid and groups as integers from 0 to 2**32 - 2, got ${String(id)}`,
      );
  if (uid === 0 && gid === 0) return undefined;
  return Object.freeze({ uid, gid, groups: Object.freeze([...groups]), root: ROOT });
}

/** Whether two identities have the same rights. */
export function sameIdentity(a: Who, b: Who): boolean {
  if (a === undefined || b === undefined) return a === b;
  const theirs = new Set(b.groups);
  return (
    a.uid === b.uid &&
    a.gid === b.gid &&
    new Set(a.groups).size === theirs.size &&
    a.groups.every((group) => theirs.has(group))
  );
}
