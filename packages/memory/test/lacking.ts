import type { Provider } from "@vfs/core";
import { broken, without } from "./broken.ts";

/** Memory with less to it. What a store cannot have when it lacks something else is taken away too. */
export const LACKING: Readonly<Record<string, () => Provider>> = {
  "without its fast paths": broken(
    () => without("append", "truncate", "rename", "copy", "open", "link", "readStream", "writeStream"),
    {
      append: false,
      truncate: false,
      rename: "none",
      copy: "none",
      open: false,
      links: false,
      inodes: false,
      readStream: false,
      writeStream: false,
      permissions: false,
    },
  ),
  "that renames and copies files only": broken(() => without("link"), {
    rename: "file",
    copy: "file",
    links: false,
    inodes: false,
    removeTree: false,
    permissions: false,
  }),
  "without versions": broken(() => without("open", "append", "readStream", "link"), {
    etag: false,
    ifMatch: false,
    ifNoneMatch: false,
    open: false,
    append: false,
    readStream: false,
    links: false,
    inodes: false,
    permissions: false,
  }),
  "that checks permissions and copies and lists the slow way": broken(() => without("copy", "link"), {
    copy: "none",
    links: false,
    ifNoneMatch: false,
    removeTree: false,
    listRecursive: false,
    listStat: false,
  }),
  "without links and stats in its listings": broken(
    () => without("symlink", "readlink", "link", "truncate"),
    {
      symlinks: false,
      links: false,
      listStat: false,
      truncate: false,
      meta: false,
      modes: false,
      owners: false,
      permissions: false,
    },
  ),
};
