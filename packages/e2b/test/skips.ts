/** The cases that e2b leaves out, with why. */
export const SKIPS: Readonly<Record<string, readonly string[]>> = {};

/**
 * The cases that take hundreds of commands each, of which every one starts processes: two thirds of all commands of the
 * kit. They are run with `VFS_E2B_WHOLE_KIT=1`, and against a real sandbox; what they are about has tests of e2b's own.
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
