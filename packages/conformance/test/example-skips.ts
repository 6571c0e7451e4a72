/** The cases that a provider of six methods leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {
  "it never waits": [
    "caps › of a store that must wait: the synchronous face refuses before anything is done",
  ],
  "it can be written": ["caps › of a store that cannot be written: everything that would change it is EROFS"],
  "it sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
  "it has no append of its own": [
    "appendFile › writes what the bytes are at the call, not what they are later",
  ],
  "directories are real": ["writeFile › makes its directory where directories are implied"],
  "it keeps no versions": [
    "writeFile › with ifMatch writes over that version only",
    "stat › shows a new etag after each change of content",
    "ifMatch › lets a stream read that version only",
    "ifMatch › lets a stream write over that version only",
    "ifMatch › lets rm remove that version only",
    "ifMatch › lets one of many replace a version",
  ],
  "it keeps no inode numbers": [
    "writeFile › keeps the inode of a file that is there",
    "stat › gives every file a number of its own that stays",
    "mtime of a directory › moves with each name that comes or goes",
    "mtime of a directory › moves with a rename into it and out of it",
  ],
  "it keeps no modes and owners": [
    "open › that is closed meanwhile goes on with what is under way, in that file and in no other",
    "writeFile › keeps the mode of a file that is there",
    "writeFile › takes the umask from the mode",
    "chmod › changes the permission bits and nothing else",
    "chown › sets the owners, or says that this is not allowed",
    "a new file › gets the mode that it is made with, by every door",
    "attributes › all bits of a mode are kept",
    "attributes › one owner may be set without the other",
    "open › changes mode and times of the file, not of the name",
  ],
  "it sets times itself": [
    "touch › sets the times to now",
    "utimes › sets the time of a change",
    "cp › keeps times when told",
    "attributes › times are kept to the millisecond",
  ],
  "it keeps no attributes": [
    "setMeta › keeps a content type and attributes",
    "setMeta › goes along with a copy and a rename",
    "setMeta › shares nothing with the caller",
    "setMeta › stays when the content is replaced",
    "attributes › belong to one file, and their names keep their case",
  ],
  "it does not count what it stores": ["usage › follows what is stored"],
  "it lists one directory at a time, without stats": [
    "list › with recursive gives directories before what is in them",
    "list › with stat gives what stat gives",
  ],
  "it has no symbolic links": [
    "symlink › stands for a file",
    "symlink › is written through",
    "symlink › to nothing can be made, seen, and written through",
    "symlink › stands for a directory, also in the middle",
    "symlink › in a circle is ELOOP",
    "symlink › after 40 others is ELOOP",
    "symlink › with .. behind a link leaves where that leads",
    "symlink › is removed and renamed as itself",
    "symlink › does not replace what is there",
    "symlink › keeps odd texts",
    "symlink › cannot lead out of a view",
    "symlink › is no root of a view, which somebody could turn elsewhere",
    "symlink › is copied as a link, or as what it stands for",
    "symlink › is found, not followed",
    "symlink › has times of its own",
    "across mounts › links lead from one to the other",
    "layers › see where links lead",
    "a copy › of a tree keeps its links, and a listing does not go into them",
    "across mounts › links are judged by where they lead",
    "a tree operation › does not follow a link that is put in its way",
  ],
  "it has no hard links": [
    "link › makes two names of one file",
    "link › refuses what cannot have two names",
    "link › counts its bytes once",
    "a copy › with hard links is one file more",
  ],
};

/** What is different when every call is answered late. */
export const DELAYED_SKIPS: Readonly<Record<string, readonly string[]>> = {
  ...SKIPS,
  "it never waits": [],
  "behind delays it must wait": [
    "caps › of a synchronous store: no call gives a promise",
    "sync › has the same verbs on the same files",
  ],
};
