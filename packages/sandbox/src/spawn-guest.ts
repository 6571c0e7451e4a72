import { spawn, type ChildProcess } from "node:child_process";
import type { ControlBlock } from "./control-block.ts";
import type { Isolation } from "./engine.ts";
import { wall } from "./wall.ts";

/** The program of a guest, and what its process may have. */
export interface GuestProgram {
  /** The program, a real path. */
  readonly program: string;
  /** What it may read of the host's files: its own code and nothing else. Real paths. */
  readonly readable: readonly string[];
  /** A file that it inherits open. */
  readonly snapshotFd?: number;
  /** How much JavaScript may keep in memory, in MiB; 256 unless told. */
  readonly heapMiB?: number;
  /** How deep JavaScript may call, in KiB of stack; as Node has it unless told. */
  readonly stackKiB?: number;
  readonly isolation: Isolation;
}

// The interpreter's memory is not counted here, only what JavaScript keeps beside it.
const HEAP_MIB = 256;

/**
 * Starts a guest's process.
 *
 * @throws Error when it is to be walled in and there is nothing here to do that with.
 */
export function spawnGuest(guest: GuestProgram, control: ControlBlock): ChildProcess {
  const { program, readable, snapshotFd, heapMiB = HEAP_MIB, stackKiB, isolation } = guest;
  const flags = ["--permission", ...readable.map((path) => `--allow-fs-read=${path}`)];
  // Node's permission model does not hold for its SQLite: a database could be made anywhere.
  const quiet = ["--no-warnings", "--no-experimental-sqlite", `--max-old-space-size=${heapMiB}`];
  const stack = stackKiB === undefined ? [] : [`--stack-size=${stackKiB}`];
  const command = [process.execPath, ...flags, ...quiet, ...stack, program];
  const [file = "", ...args] = isolation === "strict" ? [...wall(readable), ...command] : command;
  return spawn(file, args, {
    env: {},
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe", "pipe", control.guestFd, snapshotFd ?? "ignore"],
  });
}

/** How a process ended, once nothing more comes from it. Not `once`, which an error of the process ends too. */
export function closeOf(child: ChildProcess): Promise<readonly [number | null, NodeJS.Signals | null]> {
  return new Promise((resolve) => child.once("close", (code, signal) => resolve([code, signal])));
}
