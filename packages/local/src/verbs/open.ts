import type { Flow, OpenFlags, OpenOptions, ProviderFile } from "@vfs/core";
import { LocalFile } from "../file.ts";
import { APPEND, READ, READ_WRITE, TRUNCATE, WRITE } from "../host/values.ts";
import { makeFile, openFile, openOrMakeFile } from "../confined/opened.ts";
import { USUAL_MODE } from "./write.ts";
import type { Spot } from "../confined/spot.ts";

/** Opens a file, and makes it when it is not there and the flags say so. */
export function* open(
  spot: Spot,
  { flags, mode = USUAL_MODE }: OpenOptions,
  openFiles: Set<LocalFile>,
): Flow<ProviderFile> {
  const how = hostFlags(flags);
  const { fd } = yield* !flags.create
    ? openFile(spot, how)
    : flags.exclusive
      ? makeFile(spot, how, mode)
      : openOrMakeFile(spot, how, mode);
  return new LocalFile(fd, spot.store, openFiles);
}

/** Opens a file that is there, to be read. */
export function* openToRead(spot: Spot, openFiles: Set<LocalFile>): Flow<LocalFile> {
  return new LocalFile((yield* openFile(spot, READ)).fd, spot.store, openFiles);
}

function hostFlags({ read, write, append, truncate }: OpenFlags): number {
  const access = !write ? READ : read ? READ_WRITE : WRITE;
  return access | (append ? APPEND : 0) | (truncate ? TRUNCATE : 0);
}
