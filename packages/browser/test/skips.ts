/** The cases that memory leaves out in a page as elsewhere. */
export const MEMORY_SKIPS: Readonly<Record<string, readonly string[]>> = {
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
};

/** The cases that a store of the browser leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {
  "a browser's store must be waited for": [
    "caps › of a synchronous store: no call gives a promise",
    "sync › has the same verbs on the same files",
    "handle › does the same without waiting, where the store can",
    "identity › answers the same without waiting, where the store can",
  ],
  "it can be written": ["caps › of a store that cannot be written: everything that would change it is EROFS"],
  "its names are in memory, where a walk is no faster by a list of the whole tree": [
    "list › with recursive gives directories before what is in them",
  ],
  "it reads a file as fast as many": [
    "scan of a store › gives each file once, in path order, with its content",
    "scan of a store › leaves out no file that has the text, wherever it lies",
  ],
  "it has what these cases find refused": [
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
  ],
  "it keeps no history": [
    "changes › are those after a revision, which only grows",
    "changes › from before what is known, or after now, are ESTALE",
    "changes › of a view are its own",
  ],
  "it sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
};

/** What is different where nothing waits. */
export const SYNC_SKIPS: Readonly<Record<string, readonly string[]>> = {
  ...SKIPS,
  "a browser's store must be waited for": [],
  "sync access handles never wait": [
    "caps › of a store that must wait: the synchronous face refuses before anything is done",
  ],
};
