import { SNAPSHOTS } from "./skips.ts";

/** The cases that memory behind encryption leaves out, with why. */
export const ENCRYPT_SKIPS: Readonly<Record<string, readonly string[]>> = {
  "WebCrypto must be waited for": [
    "caps › of a synchronous store: no call gives a promise",
    "sync › has the same verbs on the same files",
    "handle › does the same without waiting, where the store can",
    "identity › answers the same without waiting, where the store can",
  ],
  "no store can search or add up what it cannot read": [
    "usage › follows what is stored",
    "link › counts its bytes once",
    "find of a store › gives each that fits once, by pages of any size",
    "find of a store › puts a stat beside each, and goes on while names come and go",
    "scan of a store › gives each file once, in path order, with its content",
    "scan of a store › leaves out no file that has the text, wherever it lies",
  ],
  "memory has no such limits, nor lists of trees": [
    "caps › of limits: a file that is too large is EFBIG",
    "list › with recursive gives directories before what is in them",
    "statfs › tells of room, whole and free",
  ],
  "memory has what these cases find refused": [
    "caps › of a store that cannot be written: everything that would change it is EROFS",
    "writeFile › makes its directory where directories are implied",
    "writeFile › with ifMatch is refused where the store has no versions",
    "chmod › is refused where the store keeps no modes",
    "utimes › is refused where the store sets times itself",
    "chown › is refused where the store keeps no owners",
    "setMeta › is refused where the store keeps none",
    "symlink › is refused where the store has none",
    "link › is refused where the store has none",
    "identity › is refused where the store does not check permissions",
    "changes › of a store that keeps none are ENOTSUP",
  ],
  "what a store keeps of itself is encrypted": SNAPSHOTS,
};

/** Cases with longer names than can be encrypted. */
export const LONG_NAMES: readonly string[] = [
  "names › odd names are kept to the letter",
  "names › odd names of directories lead to what is in them",
  "symlink › takes a target of 4,095 bytes and no longer one",
];

/** Cases that look at the store of a mount beside its layers, where all content is encrypted. */
export const LOOKING_BESIDE: readonly string[] = [
  "caps › are frozen data that never changes",
  "open › with s is there for everybody after each write",
  "a store that is mounted twice › loses nothing that is moved or copied onto itself",
  "layers › of a mount see paths relative to it",
  "layers › that decide below a directory see each file of a tree operation",
  "layers › see where links lead",
  "grep › tells of what goes wrong, and goes on",
];

/** And where all names are, too. */
export const LOOKING_BESIDE_FOR_NAMES: readonly string[] = [
  ...LOOKING_BESIDE,
  "list › by pages gives each entry once",
  "list › by pages keeps what stays while others come and go",
  "list › with stat gives what stat gives",
  "list › answers with an error for a cursor of nobody's",
  "a copy › of a tree keeps its links, and a listing does not go into them",
  "attributes › the time of birth stays",
  "open › that is closed meanwhile goes on with what is under way, in that file and in no other",
  "layers › that decide below a directory refuse to move it as a whole",
  "watch below a layer that hides things › tells nothing of them",
  "watch across mounts › tells of what is mounted below, also later",
];
