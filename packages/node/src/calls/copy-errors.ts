import type { ErrorCode } from "@vfs/core";
import { codedError } from "../argument-errors.ts";
import { fsError } from "../system-errors.ts";

/** Why something is not copied. */
export type Refusal =
  | "same"
  | "directory onto other"
  | "other onto directory"
  | "not recursive"
  | "below itself"
  | "there"
  | "link to parent"
  | "not a file";

type Text = (source: string, destination: string) => string;

interface Told {
  readonly code: string;
  /** What Node says in front. */
  readonly title: string;
  readonly posix: ErrorCode;
  readonly text: Text;
  /** What `cpSync` says instead, where it finds out before it begins. */
  readonly inSync?: Text;
  /** The path that it is about: the destination unless told. */
  readonly about?: "source";
}

const TOLD: Readonly<Record<Refusal, Told>> = {
  same: {
    code: "ERR_FS_CP_EINVAL",
    title: "Invalid src or dest",
    posix: "EINVAL",
    text: () => "src and dest cannot be the same",
    inSync: (_, destination) => `src and dest cannot be the same ${destination}`,
  },
  "directory onto other": {
    code: "ERR_FS_CP_DIR_TO_NON_DIR",
    title: "Cannot overwrite non-directory with directory",
    posix: "EISDIR",
    text: (source, destination) => `cannot overwrite non-directory ${destination} with directory ${source}`,
    inSync: (source, destination) => `Cannot overwrite non-directory ${destination} with directory ${source}`,
  },
  "other onto directory": {
    code: "ERR_FS_CP_NON_DIR_TO_DIR",
    title: "Cannot overwrite directory with non-directory",
    posix: "ENOTDIR",
    text: (source, destination) => `cannot overwrite directory ${destination} with non-directory ${source}`,
    inSync: (source, destination) => `Cannot overwrite directory ${destination} with non-directory ${source}`,
  },
  "not recursive": {
    code: "ERR_FS_EISDIR",
    title: "Path is a directory",
    posix: "EISDIR",
    text: (source) => `${source} is a directory (not copied)`,
    inSync: (source) => `Recursive option not enabled, cannot copy a directory: ${asDirectory(source)}`,
    about: "source",
  },
  "below itself": {
    code: "ERR_FS_CP_EINVAL",
    title: "Invalid src or dest",
    posix: "EINVAL",
    text: (source, destination) => `cannot copy ${source} to a subdirectory of self ${destination}`,
    inSync: (source, destination) =>
      `Cannot copy ${asDirectory(source)} to a subdirectory of self ${destination}`,
  },
  there: {
    code: "ERR_FS_CP_EEXIST",
    title: "Target already exists",
    posix: "EEXIST",
    text: (_, destination) => `${destination} already exists`,
  },
  "link to parent": {
    code: "ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY",
    title: "Cannot overwrite symlink in subdirectory of self",
    posix: "EINVAL",
    text: (source, destination) => `cannot overwrite ${destination} with ${source}`,
  },
  "not a file": {
    code: "ERR_FS_CP_UNKNOWN",
    title: "Cannot copy an unknown file type",
    posix: "EINVAL",
    text: (_, destination) => `cannot copy an unknown file type: ${destination}`,
  },
};

function asDirectory(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/** Node's error for what `cp` does not do. */
export function refusal(why: Refusal, source: string, destination: string, sync: boolean): Error {
  const { code, title, posix, text, inSync, about } = TOLD[why];
  if (sync && inSync !== undefined) return codedError(code, inSync(source, destination));
  const path = about === "source" ? source : destination;
  return fsError(code, title, { message: text(source, destination), path, syscall: "cp", code: posix });
}
