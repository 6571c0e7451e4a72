/**
 * Ways out of the interpreter. Each tries to read a planted file of the host, or to make the host, or somebody else's
 * session, do something that can be seen: `SECRET` and `VICTIM` stand for a file to be read and one to be harmed,
 * `MARKER` for one that it may make, `PORT` for a listening socket, and `POISON` for what another session must not show.
 */
export interface Attack {
  readonly name: string;
  readonly group: Group;
  readonly code: string;
  /** The guard without which it succeeds: `mutants.ts` takes each of them away. */
  readonly guard: Guard | undefined;
  /** Why it does not even succeed where nothing stands in its way; absent when it does. */
  readonly harmless?: string;
  /** What somebody else runs afterwards, to be shown `POISON`. */
  readonly victim?: string;
  /** Whether the interpreter is of no use to the next one. */
  readonly spoils?: boolean;
}

/** What an attack makes use of. */
export type Group =
  | "bridge"
  | "program"
  | "system"
  | "calls"
  | "network"
  | "proc"
  | "descriptors"
  | "reload"
  | "collector"
  | "paths"
  | "poison"
  | "prototypes"
  | "frames";

/** What stands in the way. */
export type Guard =
  // The seal: what the interpreter may call once it is loaded, by kinds.
  | "seal"
  | "seal: processes"
  | "seal: sockets"
  // Python's own doors to JavaScript are not within reach of honest code.
  | "hidden bridge"
  // Node's permission model, and what it leaves open.
  | "permission model"
  | "empty environment"
  | "no SQLite of Node"
  // The interpreter's files are its own.
  | "own file tree"
  // Nobody shares an interpreter.
  | "own process"
  // What runs JavaScript, or the shell's files.
  | "QuickJS"
  | "live files";
