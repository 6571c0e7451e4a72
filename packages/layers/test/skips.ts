/** Cases that are left out, by the reason. */
export type Skips = Readonly<Record<string, readonly string[]>>;

/** What is left out over memory. */
export const MEMORY: Skips = {
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
    "storeSnapshots › of a store that keeps none are undefined",
  ],
};

/** What is left out when every call is answered late. */
export const DELAYED: Skips = lessAndMore(MEMORY, ["memory never waits"], {
  "a store behind delays must wait": [
    "caps › of a synchronous store: no call gives a promise",
    "sync › has the same verbs on the same files",
    "handle › does the same without waiting, where the store can",
    "identity › answers the same without waiting, where the store can",
    "snapshots › of a store that never waits come without a promise",
  ],
});

/** Snapshots of a store that may have lost something before they are taken. */
export const SNAPSHOTS_OF_LESS: readonly string[] = [
  "snapshots › hold what was there, whatever is changed later",
  "snapshots › tell of all at which two of them differ",
  "snapshots › are dropped in any order, and leave the others as they are",
  "snapshots › give one number and etag to one content only, and the same to what did not change",
  "snapshots › tell of little where little was changed",
  "snapshots › tell of every name that a file has",
  "snapshots › are read like any store",
  "snapshots › cannot be changed",
  "snapshots › can be mounted, and copied from",
  "snapshots › may be taken again without a change",
];

/** What is left out where no snapshots can be offered. */
export const SNAPSHOTS: readonly string[] = [
  ...SNAPSHOTS_OF_LESS,
  "snapshots › hold large files, which are changed in places",
  "snapshots › of one that is dropped is nothing to be had",
  "snapshots › of a store that never waits come without a promise",
  "snapshots › are listed oldest first, with what was written on them",
  "snapshots › count the bytes that only they need",
  "snapshots › leave open files alone, and do not hold what has no name",
  "snapshots › are of one moment among many writers",
  "storeSnapshots › are offered where nothing stands between the caller and the store",
  "storeSnapshots › are not offered above another mount, nor under a layer that decides or changes",
  "storeSnapshots › are not offered to who sees a part of the store only",
  "storeSnapshots › are not offered to who is not root",
  "storeSnapshots › are only looked at through a view that is read-only",
];

/** What a store is tried with that keeps none. */
export const NO_SNAPSHOTS = "storeSnapshots › of a store that keeps none are undefined";

/** Some skips without those of some reasons, or without some of their cases, and with others. */
export function lessAndMore(skips: Skips, less: readonly string[], more: Skips): Skips {
  const kept = Object.entries(skips)
    .filter(([reason]) => !less.includes(reason))
    .map(([reason, cases]) => [reason, cases.filter((name) => !less.includes(name))]);
  return { ...Object.fromEntries(kept), ...more };
}

/** Cases that look into the store around the layers: where they give things other names, there is nothing to see. */
export const AROUND: readonly string[] = [
  "list › by pages gives each entry once",
  "list › by pages keeps what stays while others come and go",
  "list › with stat gives what stat gives",
  "list › answers with an error for a cursor of nobody's",
  "a copy › of a tree keeps its links, and a listing does not go into them",
  "attributes › the time of birth stays",
  "open › that is closed meanwhile goes on with what is under way, in that file and in no other",
  "a store that is mounted twice › loses nothing that is moved or copied onto itself",
  "layers › of a mount see paths relative to it",
  "layers › that decide below a directory see each file of a tree operation",
  "layers › that decide below a directory refuse to move it as a whole",
  "layers › see where links lead",
  "grep › tells of what goes wrong, and goes on",
  "find of a store › gives each that fits once, by pages of any size",
  "find of a store › puts a stat beside each, and goes on while names come and go",
  "watch below a layer that hides things › tells nothing of them",
  "watch across mounts › tells of what is mounted below, also later",
];
