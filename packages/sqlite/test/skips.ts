/** The cases that sqlite leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {
  "sqlite never waits for a caller that cannot": [
    "caps › of a store that must wait: the synchronous face refuses before anything is done",
  ],
  "sqlite can be written": [
    "caps › of a store that cannot be written: everything that would change it is EROFS",
  ],
  "sqlite sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
  "sqlite has what these cases find refused": [
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
