/** The cases that local leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {
  "local can answer at once": [
    "caps › of a store that must wait: the synchronous face refuses before anything is done",
  ],
  "local can be written": [
    "caps › of a store that cannot be written: everything that would change it is EROFS",
  ],
  "local sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
  "local has what these cases find refused": [
    "writeFile › makes its directory where directories are implied",
    "chmod › is refused where the store keeps no modes",
    "utimes › is refused where the store sets times itself",
    "chown › is refused where the store keeps no owners",
    "symlink › is refused where the store has none",
    "link › is refused where the store has none",
  ],
  "a file that is replaced is a new inode, with the attributes of the old": [
    "writeFile › keeps the inode of a file that is there",
  ],
  "nothing can look at a file of the host and replace it in one step": [
    "writeFile › with ifMatch writes over that version only",
    "ifMatch › lets a stream read that version only",
    "ifMatch › lets a stream write over that version only",
    "ifMatch › lets rm remove that version only",
    "ifMatch › lets one of many replace a version",
  ],
  "each directory and each stat is one more call of the host": [
    "list › with recursive gives directories before what is in them",
    "list › with stat gives what stat gives",
  ],
  "the host keeps no history": [
    "changes › are those after a revision, which only grows",
    "changes › from before what is known, or after now, are ESTALE",
    "changes › of a view are its own",
  ],
  "Node has no extended attributes": [
    "setMeta › keeps a content type and attributes",
    "setMeta › goes along with a copy and a rename",
    "setMeta › shares nothing with the caller",
    "setMeta › stays when the content is replaced",
    "attributes › belong to one file, and their names keep their case",
  ],
  "the host knows how full the disk is, not what is in the directory": [
    "usage › follows what is stored",
    "link › counts its bytes once",
  ],
  "local leaves permissions to the host, which knows this process only: it does not check permissions": [
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
  ],
};
