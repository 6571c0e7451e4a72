/** The cases that s3 leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {
  "a bucket must be waited for": [
    "caps › of a synchronous store: no call gives a promise",
    "sync › has the same verbs on the same files",
    "handle › does the same without waiting, where the store can",
  ],
  "a bucket can be written": [
    "caps › of a store that cannot be written: everything that would change it is EROFS",
  ],
  "a file may have 5 TiB": ["caps › of limits: a file that is too large is EFBIG"],
  "a directory is there as soon as something lies below it": [
    "writeFile › needs its directory",
    "mkdir › needs its parent",
    "mkdir › with recursive makes all that is missing, and says which came first",
    "mtime of a directory › moves with each name that comes or goes",
    "mtime of a directory › moves with a rename into it and out of it",
    "rename › of nothing, or to nowhere, changes nothing",
    "a view › whose root is not there makes none",
    "across mounts › mv needs the directory that it moves to",
    "watch › tells of a moved directory once, and of each thing that is removed with one",
  ],
  "s3 has what these cases find refused": [
    "writeFile › with ifMatch is refused where the store has no versions",
    "chmod › is refused where the store keeps no modes",
    "utimes › is refused where the store sets times itself",
    "chown › is refused where the store keeps no owners",
    "setMeta › is refused where the store keeps none",
    "symlink › is refused where the store has none",
  ],
  "a write replaces the object and all that it has: keeping attributes would cost a request before each": [
    "writeFile › keeps the mode of a file that is there",
    "writeFile › keeps the inode of a file that is there",
    "setMeta › stays when the content is replaced",
  ],
  "s3 leaves permissions to the service: it keeps modes and owners, and does not check them": [
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
  "S3 keeps no history of a bucket that a client could read": [
    "changes › are those after a revision, which only grows",
    "changes › from before what is known, or after now, are ESTALE",
    "changes › of a view are its own",
  ],
  "an object has one key: there are no inodes and no hard links": [
    "stat › gives every file a number of its own that stays",
    "a copy › with hard links is one file more",
    "link › makes two names of one file",
    "link › refuses what cannot have two names",
    "link › counts its bytes once",
    "watch › tells of links as names, and not of what they lead to",
    "cp › of a tree counts the directories in it",
    "copyFile › onto another name of the same file changes nothing",
  ],
  "S3 tells neither how full a bucket is nor how much room there is": [
    "usage › follows what is stored",
    "statfs › tells of room, whole and free",
  ],
  "S3 keeps one time, and rclone's metadata one more": [
    "symlink › has times of its own",
    "copyFile › of an empty file makes one of now",
  ],
  "each file is a request of its own: core reads many at once": [
    "scan of a store › gives each file once, in path order, with its content",
    "scan of a store › leaves out no file that has the text, wherever it lies",
  ],
  "core makes the open files": [
    "open › that is closed meanwhile goes on with what is under way, in that file and in no other",
  ],
};

/** What directory buckets leave out beside it. */
export const DIRECTORY_SKIPS: Readonly<Record<string, readonly string[]>> = {
  "a directory bucket lists in no order: a tree cannot be made of its keys": [
    "list › with recursive gives directories before what is in them",
    "find of a store › gives each that fits once, by pages of any size",
    "find of a store › puts a stat beside each, and goes on while names come and go",
  ],
};
