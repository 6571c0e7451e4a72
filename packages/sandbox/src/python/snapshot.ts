import { existsSync, openSync, fstatSync } from "node:fs";

/** Where the prepared memory lies, seen from here and from the built version of this file alike. */
export const SNAPSHOT_URL: URL = new URL("../../snapshot/python.bin", import.meta.url);

/** The prepared memory as an open file, for guests to inherit. */
export interface Snapshot {
  readonly fd: number;
  readonly bytes: number;
}

let opened: Snapshot | undefined;

/**
 * The prepared memory of the interpreter, opened once for all sessions of this program.
 *
 * @throws Error when this package was not built.
 */
export function snapshot(): Snapshot {
  if (opened === undefined) {
    if (!existsSync(SNAPSHOT_URL))
      throw new Error("the prepared memory of Python is missing: build @vfs/sandbox (pnpm build)");
    const fd = openSync(SNAPSHOT_URL, "r");
    opened = { fd, bytes: fstatSync(fd).size };
  }
  return opened;
}
