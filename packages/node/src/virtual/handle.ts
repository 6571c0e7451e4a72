import { promisify } from "node:util";
import type { NodeFs } from "../node-fs.ts";

type Method = (...args: unknown[]) => unknown;
type Methods = Readonly<Record<string, Method>>;

/** The calls of a handle, and what `node:fs` calls them on a number. */
const LATER: Readonly<Record<string, string>> = {
  read: "read",
  readv: "readv",
  write: "write",
  writev: "writev",
  readFile: "readFile",
  writeFile: "writeFile",
  appendFile: "appendFile",
  stat: "fstat",
  truncate: "ftruncate",
  chmod: "fchmod",
  chown: "fchown",
  utimes: "futimes",
  sync: "fsync",
  datasync: "fdatasync",
  close: "close",
};
const NOW: Readonly<Record<string, string>> = {
  readSync: "readSync",
  writeSync: "writeSync",
  closeSync: "closeSync",
  readFileSync: "readFileSync",
  writeFileSync: "writeFileSync",
  statSync: "fstatSync",
  truncateSync: "ftruncateSync",
  chmodSync: "fchmodSync",
  utimesSync: "futimesSync",
};

/** An open file as `node:vfs` wants it: one object with the calls of both faces. */
export interface VirtualHandle extends Methods {}

/**
 * Makes the handle of an open file. On a mount that must wait the file may be on its way still: Node opens all files
 * synchronously, those of `fs.promises.open` too, so there the first call that needs the file hears why it could not be
 * opened; and calls that cannot wait are refused with what `unable` throws.
 */
export function virtualHandle(fs: NodeFs, fd: number | Promise<number>, unable: () => never): VirtualHandle {
  const methods = fs as unknown as Methods;
  const handle: Record<string, Method> = {};
  for (const [name, call] of Object.entries(LATER)) {
    const promised: (...args: unknown[]) => Promise<unknown> = promisify(methods[call] as Method);
    handle[name] = async (...args) => promised(await fd, ...args);
  }
  for (const [name, call] of Object.entries(NOW))
    handle[name] = (...args) => (typeof fd === "number" ? methods[call]?.(fd, ...args) : unable());
  for (const name of ["writeFile", "appendFile"]) handle[name] = piecewise(handle[name] as Method);
  return beginning(handle);
}

/** A handle takes content from a stream or an iterable, too. */
function piecewise(write: Method): Method {
  return async (data, options) => {
    if (typeof data !== "object" || data === null || ArrayBuffer.isView(data)) return write(data, options);
    for await (const piece of data as AsyncIterable<unknown>) await write(piece, options);
    return undefined;
  };
}

/** Node's write stream says by `position` where it begins. */
function beginning(handle: Record<string, Method>): VirtualHandle {
  const { writeSync = nothing } = handle;
  let start: number | undefined;
  handle["writeSync"] = (data, offset, length, position) => {
    if (start === undefined || typeof position === "number") return writeSync(data, offset, length, position);
    const written = writeSync(data, offset, length, start) as number;
    start += written;
    return written;
  };
  return Object.defineProperty(handle, "position", {
    get: () => start ?? 0,
    set: (position: number) => {
      start = position;
    },
  });
}

function nothing(): void {}
