import { SNAPSHOTS } from "./skips.ts";

/** The cases that an overlay over two memories leaves out, with why. */
export const OVERLAY_SKIPS: Readonly<Record<string, readonly string[]>> = {
  "two memories never wait": [
    "caps › of a store that must wait: the synchronous face refuses before anything is done",
  ],
  "an overlay can be written": [
    "caps › of a store that cannot be written: everything that would change it is EROFS",
  ],
  "memory sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
  "an overlay lists and searches directory by directory: whole trees would be the lower's, corrected name by name":
    [
      "list › with recursive gives directories before what is in them",
      "find of a store › gives each that fits once, by pages of any size",
      "find of a store › puts a stat beside each, and goes on while names come and go",
      "scan of a store › gives each file once, in path order, with its content",
      "scan of a store › leaves out no file that has the text, wherever it lies",
    ],
  "how full an overlay is, and what its history is, would have to be counted over both": [
    "usage › follows what is stored",
    "link › counts its bytes once",
    "changes › are those after a revision, which only grows",
    "changes › from before what is known, or after now, are ESTALE",
    "changes › of a view are its own",
  ],
  "memory does not know how much room there is": ["statfs › tells of room, whole and free"],
  "rights on the way to what nobody touched are the lower's affair: use permissions()": [
    "identity › owns what it makes, without its umask",
    "identity › reads, writes and lists only what its bits allow",
    "identity › does not see into a tree that it may not read, by whatever operation",
    "identity › handles a tree of its own as ever",
    "identity › keeps what a handle was granted, and asks again for what is the owner's",
    "identity › may write through the handle that makes a file which is read-only",
    "identity › is told the truth by access",
    "identity › is checked where a link leads, not at the link",
    "identity › stays what it is in every view of a view",
    "identity › does not need to search what is above the root of its view",
    "identity › needs to search what leads to a mount",
    "identity › answers the same without waiting, where the store can",
    "identity › changes mode, owners and times as POSIX lets it",
    "identity › loses its set-id bits when somebody writes it",
    "identity › takes names out of a sticky directory only where it owns",
    "identity › inherits the group of a set-gid directory, as root does",
    "identity › gives another name only to what it owns or may read and write",
    "identity › copies into another's file without taking it over",
    "watch for an identity › tells of what it may read, and of nothing else",
  ],
  "an overlay has what these cases find refused": [
    "writeFile › makes its directory where directories are implied",
    "writeFile › with ifMatch is refused where the store has no versions",
    "chmod › is refused where the store keeps no modes",
    "utimes › is refused where the store sets times itself",
    "chown › is refused where the store keeps no owners",
    "setMeta › is refused where the store keeps none",
    "symlink › is refused where the store has none",
    "link › is refused where the store has none",
  ],
  "an overlay keeps no snapshots: it is what forks are made of": SNAPSHOTS,
};

/** What is different when one of the stores must wait. */
export const OVERLAY_DELAYED_SKIPS: Readonly<Record<string, readonly string[]>> = {
  ...OVERLAY_SKIPS,
  "two memories never wait": [],
  "a store behind delays must wait": [
    "caps › of a synchronous store: no call gives a promise",
    "sync › has the same verbs on the same files",
    "handle › does the same without waiting, where the store can",
  ],
};
