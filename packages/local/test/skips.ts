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
    "find of a store › gives each that fits once, by pages of any size",
    "find of a store › puts a stat beside each, and goes on while names come and go",
    "scan of a store › gives each file once, in path order, with its content",
    "scan of a store › leaves out no file that has the text, wherever it lies",
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
};
