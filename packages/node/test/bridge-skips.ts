/** The cases that memory behind a bridge leaves out, with why. */
export const BRIDGE_SKIPS: Readonly<Record<string, readonly string[]>> = {
  "nobody waits for a bridge": [
    "caps › of a store that must wait: the synchronous face refuses before anything is done",
  ],
  "memory can be written": [
    "caps › of a store that cannot be written: everything that would change it is EROFS",
  ],
  "memory sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
  "memory lists directory by directory": ["list › with recursive gives directories before what is in them"],
  "the memory of many files at once does not cross": [
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
