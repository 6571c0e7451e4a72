import type { Capabilities, Vfs } from "@vfs/core";

/** Another way to write, or to reach, a denied file. */
export interface Alias {
  readonly name: string;
  /** As the caller writes it; tried from the root, or from `cwd`. */
  readonly path: string;
  /** Where relative paths start. */
  readonly cwd?: string;
  /** The root of the caller's view. */
  readonly root?: string;
  /** Made by somebody who may, before the policy stands. */
  readonly prepare?: (owner: Vfs) => Promise<unknown>;
  readonly needs?: (caps: Capabilities) => boolean;
}

const symlinks = ({ symlinks: has }: Capabilities): boolean => has;

const link =
  (target: string, at: string): NonNullable<Alias["prepare"]> =>
  (owner) =>
    owner.symlink(target, at);

/** Ways to `/secret/key.txt`, which is denied with all of `/secret`. `/open` is anybody's. */
export const ALIASES: readonly Alias[] = [
  { name: "itself", path: "/secret/key.txt" },
  { name: "two slashes in front", path: "//secret/key.txt" },
  { name: "two slashes in the middle", path: "/secret//key.txt" },
  { name: "three of each", path: "///secret///key.txt" },
  { name: "a dot in front", path: "/./secret/key.txt" },
  { name: "dots everywhere", path: "/././secret/./././key.txt" },
  { name: "up from a directory beside it", path: "/open/../secret/key.txt" },
  { name: "up twice", path: "/open/dir/../../secret/key.txt" },
  { name: "up from the root", path: "/../secret/key.txt" },
  { name: "up from the root, many times", path: `${"/..".repeat(40)}/secret/key.txt` },
  { name: "down and up inside", path: "/secret/sub/../key.txt" },
  { name: "through nothing and up", path: "/secret/nothing/../key.txt" },
  { name: "through a file and up", path: "/open/notes.txt/../../secret/key.txt" },
  { name: "a slash behind", path: "/secret/key.txt/" },
  { name: "a dot behind", path: "/secret/key.txt/." },
  { name: "a long way of dots", path: `/secret${"/.".repeat(1500)}/key.txt` },
  { name: "relative to the root", path: "secret/key.txt" },
  { name: "relative to a directory beside it", path: "../secret/key.txt", cwd: "/open" },
  { name: "relative, with dots", path: "./.././secret/./key.txt", cwd: "/open" },
  { name: "relative, down and up", path: "dir/../../secret/key.txt", cwd: "/open" },
  { name: "percent forms of a letter", path: "/%73ecret/key.txt" },
  { name: "percent forms of dots", path: "/open/%2e%2e/secret/key.txt" },
  { name: "percent forms of a slash", path: "/secret%2fkey.txt" },
  { name: "percent forms, twice", path: "/open/%252e%252e/secret/key.txt" },
  { name: "wide letters", path: "/\uff53ecret/key.txt" },
  { name: "a letter of another script", path: "/s\u0435cret/key.txt" },
  { name: "a ligature", path: "/\u017fecret/key.txt" },
  { name: "an invisible letter", path: "/sec\u200bret/key.txt" },
  { name: "capitals", path: "/SECRET/KEY.TXT" },
  { name: "one capital", path: "/Secret/key.txt" },
  { name: "NUL behind", path: "/secret/key.txt\0" },
  { name: "NUL and another end", path: "/secret/key.txt\0.md" },
  { name: "NUL in the middle", path: "/open\0/../secret/key.txt" },
  { name: "backslashes", path: "\\secret\\key.txt" },
  { name: "a backslash and dots", path: "/open\\..\\secret/key.txt" },
  { name: "a dot behind the directory", path: "/secret./key.txt" },
  { name: "a space behind the directory", path: "/secret /key.txt" },
  { name: "a stream of Windows", path: "/secret/key.txt::$DATA" },
  { name: "a short name of Windows", path: "/SECRET~1/key.txt" },
  { name: "the process of Linux", path: "/proc/self/root/secret/key.txt" },
  { name: "a file URL", path: "file:///secret/key.txt" },
  { name: "a home", path: "~/../secret/key.txt" },
  { name: "a line break", path: "/open\n/../secret/key.txt" },
  { name: "a link to it", path: "/open/l", prepare: link("/secret/key.txt", "/open/l"), needs: symlinks },
  {
    name: "a relative link to it",
    path: "/open/l",
    prepare: link("../secret/key.txt", "/open/l"),
    needs: symlinks,
  },
  {
    name: "a link to its directory",
    path: "/open/l/key.txt",
    prepare: link("/secret", "/open/l"),
    needs: symlinks,
  },
  {
    name: "a link in the middle, and up",
    path: "/open/l/../key.txt",
    prepare: link("/secret/sub", "/open/l"),
    needs: symlinks,
  },
  {
    name: "a link to the root",
    path: "/open/l/secret/key.txt",
    prepare: link("/", "/open/l"),
    needs: symlinks,
  },
  {
    name: "a link with dots",
    path: "/open/l",
    prepare: link(".././/secret/./key.txt", "/open/l"),
    needs: symlinks,
  },
  {
    name: "a link up from the root",
    path: "/open/l",
    prepare: link("/../../secret/key.txt", "/open/l"),
    needs: symlinks,
  },
  {
    name: "links one behind another",
    path: "/open/l3",
    needs: symlinks,
    prepare: async (owner) => {
      await owner.symlink("/secret/key.txt", "/open/l1");
      await owner.symlink("l1", "/open/l2");
      await owner.symlink("dir/../l2", "/open/l3");
    },
  },
  {
    name: "a link through another link",
    path: "/open/l2",
    needs: symlinks,
    prepare: async (owner) => {
      await owner.symlink("/secret/sub", "/open/l1");
      await owner.symlink("l1/../key.txt", "/open/l2");
    },
  },
  {
    name: "a link to what is not there yet",
    path: "/open/l",
    prepare: link("/secret/new.txt", "/open/l"),
    needs: symlinks,
  },
  {
    name: "a link, and a slash behind",
    path: "/open/l/",
    prepare: link("/secret", "/open/l"),
    needs: symlinks,
  },
  { name: "the root of a view beside it", path: "../secret/key.txt", root: "/open" },
  { name: "the root of a view in it", path: "/key.txt", root: "/secret" },
  { name: "the root of a view below it", path: "/../key.txt", root: "/secret/sub" },
  { name: "the root of a view, written oddly", path: "/key.txt", root: "/open/../secret" },
  {
    name: "a link in a view",
    path: "/l",
    root: "/open",
    prepare: link("../secret/key.txt", "/open/l"),
    needs: symlinks,
  },
  {
    name: "a view behind a link",
    path: "/key.txt",
    root: "/open/l",
    prepare: link("/secret", "/open/l"),
    needs: symlinks,
  },
];
