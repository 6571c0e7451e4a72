import { DRIVER, DRIVER_FILE } from "./driver.ts";
import { EVENT_LOOP } from "./event-loop.ts";
import { HOST_CALLS } from "./host-calls.ts";
import { SAVED_MEMORY } from "./saved-memory.ts";

const PARTS: readonly string[] = [DRIVER, HOST_CALLS, EVENT_LOOP, SAVED_MEMORY];

/** Compiles the interpreter's side of a session, into its prepared memory: that takes longer than to run it. */
export const COMPILE_OWN_SIDE: string = `_vfs_parts = [compile(part, ${JSON.stringify(DRIVER_FILE)}, 'exec') for part in ${JSON.stringify(PARTS)}]`;

/**
 * Runs what was compiled.
 *
 * @param device The descriptor by which it talks with the guest program.
 */
export const runOwnSide = (device: number): string =>
  `_vfs_device = ${device}\nfor _vfs_part in _vfs_parts: exec(_vfs_part)\ndel _vfs, _vfs_device, _vfs_part, _vfs_parts`;
