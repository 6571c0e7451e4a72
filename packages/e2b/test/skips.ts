/** What needs a store that keeps snapshots of itself. */
const SNAPSHOTS: readonly string[] = [
  "snapshots › are dropped in any order, and leave the others as they are",
  "snapshots › are listed oldest first, with what was written on them",
  "snapshots › are of one moment among many writers",
  "snapshots › are read like any store",
  "snapshots › can be mounted, and copied from",
  "snapshots › cannot be changed",
  "snapshots › count the bytes that only they need",
  "snapshots › give one number and etag to one content only, and the same to what did not change",
  "snapshots › hold large files, which are changed in places",
  "snapshots › hold what was there, whatever is changed later",
  "snapshots › leave open files alone, and do not hold what has no name",
  "snapshots › may be taken again without a change",
  "snapshots › of a store that never waits come without a promise",
  "snapshots › of one that is dropped is nothing to be had",
  "snapshots › tell of all at which two of them differ",
  "snapshots › tell of every name that a file has",
  "snapshots › tell of little where little was changed",
  "storeSnapshots › are not offered to who is not root",
  "storeSnapshots › are not offered to who sees a part of the store only",
  "storeSnapshots › are not offered under a layer that decides or changes",
  "storeSnapshots › are offered where nothing stands between the caller and the store",
  "storeSnapshots › are only looked at through a view that is read-only",
  "storeSnapshots › have nothing of what is mounted below",
];

/** The cases that e2b leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {
  "it keeps no snapshots": SNAPSHOTS,
  "a sandbox is far away: nothing is done without waiting": [
    "caps › of a synchronous store: no call gives a promise",
    "sync › has the same verbs on the same files",
    "handle › does the same without waiting, where the store can",
  ],
  "a sandbox can be written": [
    "caps › of a store that cannot be written: everything that would change it is EROFS",
  ],
  "a sandbox sets no limit to a file": ["caps › of limits: a file that is too large is EFBIG"],
  "a sandbox has what these cases find refused": [
    "writeFile › makes its directory where directories are implied",
    "chmod › is refused where the store keeps no modes",
    "utimes › is refused where the store sets times itself",
    "chown › is refused where the store keeps no owners",
    "usage › is refused where the store does not know",
    "symlink › is refused where the store has none",
    "link › is refused where the store has none",
  ],
  "a file that is replaced is a new inode, with the attributes of the old": [
    "writeFile › keeps the inode of a file that is there",
  ],
  "no command looks at a file and replaces it in one step": [
    "writeFile › with ifMatch writes over that version only",
    "ifMatch › lets a stream read that version only",
    "ifMatch › lets a stream write over that version only",
    "ifMatch › lets rm remove that version only",
    "ifMatch › lets one of many replace a version",
  ],
  "the sandbox keeps no history": [
    "changes › are those after a revision, which only grows",
    "changes › from before what is known, or after now, are ESTALE",
    "changes › of a view are its own",
  ],
  "E2B keeps attributes of what it uploads, and only until the next upload": [
    "setMeta › keeps a content type and attributes",
    "setMeta › goes along with a copy and a rename",
    "setMeta › shares nothing with the caller",
    "setMeta › stays when the content is replaced",
    "attributes › belong to one file, and their names keep their case",
  ],
  "the kernel of the sandbox checks permissions, for one user: those of others it is not asked about": [
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
};

/**
 * What the store does itself. The other cases try what core makes of it, by the thousand of commands, and each command
 * starts processes; `VFS_E2B_WHOLE_KIT=1` runs them too.
 */
export const OWN =
  /^(caps|names|readFile|writeFile|appendFile|truncate|mkdir|rm|rmdir|unlink|rename|symlink|link|stat|readdir|writeStream|readStream|handle)\b/;

/**
 * The cases that take hundreds of commands each, of which every one starts processes: half of all commands of the kit. They are run with `VFS_E2B_WHOLE_KIT=1`, and against a real sandbox; what they are about has tests of e2b's own.
 */
export const HEAVY: readonly string[] = [
  "search › finds the same whether the store searches or core takes the tree apart",
  "readdir › gives all of 1,500 entries",
  "unmount › in the middle of a listing leaves out nothing else",
  "symlink › in a circle is ELOOP",
  "mtime of a directory › moves with each name that comes or goes",
  "names › that come and go again and again lead to what is there now",
  "writeFile › lets 100 writers make the same new directories",
  "names › odd names of directories lead to what is in them",
  "open › that is closed meanwhile goes on with what is under way, in that file and in no other",
  "open › knows every flag of Node, by name and by number",
  "rename › that fails while others write loses nothing of theirs",
  "batch › works on many at once",
  "writeFile › lets 100 writers work side by side",
  "mtime of a directory › moves with a rename into it and out of it",
  "grep › gives results in path order, the same ones with and without a limit",
  "utimes › of nanoseconds gives one file exactly the time of another",
  "list › by pages gives each entry once",
  "rename › lets many move at once",
  "symlink › after 40 others is ELOOP",
  "find of a store › puts a stat beside each, and goes on while names come and go",
  "a tree operation › does not follow a link that is put in its way",
  "mv › with force false lets one of many win, and leaves the others where they are",
  "list › by pages keeps what stays while others come and go",
];
