import type { CallbackStub, LeftOut } from "./engine.ts";

/**
 * What the host and the guest process say to each other: frames of a small JSON header and raw bytes behind it. The
 * guest waits for the answer to each call, so no two are under way at once.
 */

/** The calls that a guest can make; every one but `out` and `done` is answered. */
export type GuestOp =
  | "stat"
  | "list"
  | "listMore"
  | "readlink"
  | "access"
  | "statfs"
  | "create"
  | "mkdir"
  | "rmdir"
  | "unlink"
  | "rename"
  | "link"
  | "symlink"
  | "chmod"
  | "utimes"
  | "truncate"
  | "open"
  | "read"
  | "write"
  | "ftruncate"
  | "fstat"
  | "fchmod"
  | "futimes"
  | "fsync"
  | "close"
  | "lock"
  | "testLock"
  | "call"
  | "callStart"
  | "callWait"
  | "save"
  | "load"
  | "command";

/** A header from the guest. */
export type GuestHeader =
  | readonly ["ready"]
  | readonly ["out", 1 | 2]
  | readonly ["done", GuestOutcome]
  | readonly [GuestOp, ...unknown[]];

/** A header to the guest. */
export type HostHeader =
  | readonly ["boot", GuestConfig]
  | readonly ["run", GuestRun]
  /** The answer to a call, and the change counter before and after it. */
  | readonly ["ok", unknown, number, number]
  | readonly ["fail", string, string];

/** How a guest is set up. */
export interface GuestConfig {
  /** Where pyodide lies, as a file URL. */
  readonly engineUrl: string;
  readonly mountPath: string;
  /** Where all files are, those at `mountPath` first; `mountPath` alone unless told. */
  readonly mountPaths?: readonly string[];
  /** How far the interpreter's memory may grow, in bytes. */
  readonly memoryBytes: number;
  /** How much the interpreter's own files, `/tmp` among them, may hold, in bytes. */
  readonly scratchBytes: number;
  /** How much one execution may print, in bytes. */
  readonly outputBytes: number;
  /** How long the prepared memory in the snapshot file is, in bytes. */
  readonly snapshotBytes: number;
  /** Names of host functions. */
  readonly callbacks: readonly string[];
  /** What is known of them. */
  readonly stubs?: Readonly<Record<string, CallbackStub>>;
  /** Packages of Python: wheels that the guest's process can read. */
  readonly wheels?: readonly string[];
  /** Such as lie in the session's files, by where they are for the code; or folders of them. */
  readonly mountedWheels?: readonly string[];
  /** Where the packages that the engine loads lie, as file URLs. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** One execution. What is on its standard input comes behind the header. */
export interface GuestRun {
  readonly code: string;
  readonly timeoutMs: number;
  /** How much of a processor it may use; as much as it likes unless told. */
  readonly cpuMs?: number;
  /** What is to be done: the code is run unless told. */
  readonly what?: "run" | "checkpoint" | "restore";
  /** How often the host had asked for an interrupt when it sent this: one more is meant for this code. */
  readonly interrupts: number;
  readonly argv?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Why a piece of code was interrupted: by one of its limits, or because its host wanted it. */
export type Cause =
  | "timeout"
  | "output"
  | "memory"
  | "cpu"
  | "fileOperations"
  | "callbacks"
  | "processes"
  | "asked";

/** What became of one execution, as the guest tells it. */
export interface GuestOutcome {
  /** The last expression's value, when it can be told in JSON. */
  readonly value?: unknown;
  readonly repr?: string;
  readonly error?: GuestError | undefined;
  /** Why the guest was interrupted, if it was. */
  readonly interrupted?: Cause;
  /** How the value shows itself: texts, and binary data as base64. */
  readonly mime?: Readonly<Record<string, string | { readonly base64: string }>>;
  /** How much of a processor the guest has used for it. */
  readonly cpuMs?: number;
  /** What a checkpoint has left out. */
  readonly leftOut?: readonly LeftOut[];
  /** How the code says that it has ended, where the language has a way to say so. */
  readonly exitCode?: number;
  readonly truncated: boolean;
  readonly peakMemoryBytes: number;
}

/** An exception that came out of the code. */
export interface GuestError {
  readonly type: string;
  readonly message: string;
  readonly traceback: string;
  /** The line of the code in which it came up, from 1. */
  readonly line?: number;
}

/** What a host function was called with, or answers: JSON, in which bytes are `{ "~bytes": "base64" }`. */
type CallText = string;

/** What became of a call of a host function. */
export type CallOutcome =
  | { readonly value: CallText }
  | { readonly error: string; readonly name?: string | undefined; readonly code?: string | undefined };

/**
 * Type, permission bits, size, mtime, atime and ctime in milliseconds, inode number, links, owner, group and the number
 * of the store that it is in.
 */
export type WireStat = readonly [
  type: "file" | "directory" | "symlink" | "other",
  mode: number,
  size: number,
  mtimeMs: number,
  atimeMs: number,
  ctimeMs: number,
  ino: number,
  nlink: number,
  uid: number,
  gid: number,
  dev?: number,
];

/** Both lengths, four bytes each, little-endian. */
export const PREFIX_BYTES = 8;

/** The most bytes that follow one header; more is sent in several frames. */
export const PAYLOAD_BYTES: number = 1 << 20;

/** The file descriptors that a guest is given. */
export const GUEST_FDS = { channel: 3, control: 4, snapshot: 5 } as const;

/** Where in the control file what stands, in bytes; each is a 64-bit number. */
export const CONTROL = { generation: 0, interrupt: 8, bytes: 16 } as const;
