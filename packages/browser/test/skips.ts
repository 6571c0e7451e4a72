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

/** The cases that an Emscripten file system leaves out. */
export const EMSCRIPTEN_SKIPS: Readonly<Record<string, readonly string[]>> = {
  "it never waits": [
    "caps › of a store that must wait: the synchronous face refuses before anything is done",
  ],
  "it can be written": ["caps › of a store that cannot be written: everything that would change it is EROFS"],
  "it sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
  "it has what these cases find refused": [
    "writeFile › makes its directory where directories are implied",
    "chmod › is refused where the store keeps no modes",
    "utimes › is refused where the store sets times itself",
    "symlink › is refused where the store has none",
  ],
  "Emscripten has no versions, owners, links with several names, attributes of the user's, streams or events":
    [
      "writeFile › with ifMatch writes over that version only",
      "writeFile › keeps the inode of a file that is there",
      "ifMatch › lets a stream read that version only",
      "ifMatch › lets a stream write over that version only",
      "ifMatch › lets rm remove that version only",
      "ifMatch › lets one of many replace a version",
      "mtime of a directory › moves with each name that comes or goes",
      "mtime of a directory › moves with a rename into it and out of it",
      "list › with recursive gives directories before what is in them",
      "stat › shows a new etag after each change of content",
      "stat › gives every file a number of its own that stays",
      "chown › sets the owners, or says that this is not allowed",
      "setMeta › keeps a content type and attributes",
      "setMeta › goes along with a copy and a rename",
      "setMeta › shares nothing with the caller",
      "setMeta › stays when the content is replaced",
      "usage › follows what is stored",
      "statfs › tells of room, whole and free",
      "a copy › with hard links is one file more",
      "attributes › belong to one file, and their names keep their case",
      "attributes › one owner may be set without the other",
      "link › makes two names of one file",
      "link › refuses what cannot have two names",
      "link › counts its bytes once",
      "open › that is closed meanwhile goes on with what is under way, in that file and in no other",
      "handle › chown changes the owners of the file, not of the name",
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
      "find of a store › gives each that fits once, by pages of any size",
      "find of a store › puts a stat beside each, and goes on while names come and go",
      "scan of a store › gives each file once, in path order, with its content",
      "scan of a store › leaves out no file that has the text, wherever it lies",
      "watch › tells of links as names, and not of what they lead to",
      "watch for an identity › tells of what it may read, and of nothing else",
      "changes › are those after a revision, which only grows",
      "changes › from before what is known, or after now, are ESTALE",
      "changes › of a view are its own",
      "cp › of a tree counts the directories in it",
      "copyFile › onto another name of the same file changes nothing",
    ],
};
