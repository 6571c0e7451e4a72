/** The cases that memory behind a policy leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {
  "memory never waits": [
    "caps › of a store that must wait: the synchronous face refuses before anything is done",
  ],
  "memory can be written": [
    "caps › of a store that cannot be written: everything that would change it is EROFS",
  ],
  "memory sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
  "memory lists directory by directory: a walk in memory is no faster by a list of the whole tree": [
    "list › with recursive gives directories before what is in them",
  ],
  "memory reads a file as fast as many": [
    "scan of a store › gives each file once, in path order, with its content",
    "scan of a store › leaves out no file that has the text, wherever it lies",
  ],
  "memory has what these cases find refused": [
    "writeFile › makes its directory where directories are implied",
    "writeFile › with ifMatch is refused where the store has no versions",
    "chmod › is refused where the store keeps no modes",
    "utimes › is refused where the store sets times itself",
    "chown › is refused where the store keeps no owners",
    "setMeta › is refused where the store keeps none",
    "usage › is refused where the store does not know",
    "symlink › is refused where the store has none",
    "link › is refused where the store has none",
    "identity › is refused where the store does not check permissions",
    "changes › of a store that keeps none are ENOTSUP",
  ],
  "memory keeps no snapshots": [
    "snapshots › hold what was there, whatever is changed later",
    "snapshots › tell of all at which two of them differ",
    "snapshots › are dropped in any order, and leave the others as they are",
    "snapshots › hold large files, which are changed in places",
    "snapshots › give one number and etag to one content only, and the same to what did not change",
    "snapshots › tell of little where little was changed",
    "snapshots › tell of every name that a file has",
    "snapshots › of one that is dropped is nothing to be had",
    "snapshots › are read like any store",
    "snapshots › cannot be changed",
    "snapshots › can be mounted, and copied from",
    "snapshots › of a store that never waits come without a promise",
    "snapshots › are listed oldest first, with what was written on them",
    "snapshots › may be taken again without a change",
    "snapshots › count the bytes that only they need",
    "snapshots › leave open files alone, and do not hold what has no name",
    "snapshots › are of one moment among many writers",
    "storeSnapshots › are offered where nothing stands between the caller and the store",
    "storeSnapshots › are not offered above another mount, nor under a layer that decides or changes",
    "storeSnapshots › are not offered to who sees a part of the store only",
    "storeSnapshots › are not offered to who is not root",
    "storeSnapshots › are only looked at through a view that is read-only",
  ],
};

/** What is different when every call is answered late. */
export const DELAYED_SKIPS: Readonly<Record<string, readonly string[]>> = {
  ...SKIPS,
  "memory never waits": [],
  "a store behind delays must wait": [
    "caps › of a synchronous store: no call gives a promise",
    "sync › has the same verbs on the same files",
    "handle › does the same without waiting, where the store can",
    "identity › answers the same without waiting, where the store can",
  ],
};
