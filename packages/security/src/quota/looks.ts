import {
  attempt,
  Call,
  chain,
  isVfsError,
  wait,
  type AnyCall,
  type Awaitable,
  type Flow,
  type Next,
  type OpenFile,
  type Stat,
  type VPath,
} from "@vfs/core";
import type { Held } from "./open-files.ts";
import { contentBytes } from "./survey.ts";

/** What a call finds before it does anything. */
export interface Seen {
  /** What its target is by now: the file at `path` or `to`, or the open file. */
  readonly at: Stat | undefined;
  /** What is copied, moved or linked. */
  readonly from: Stat | undefined;
  /** Of a rename: the handles of what is replaced. */
  readonly held?: Held | undefined;
}

/** What a call comes to. */
export interface Need {
  /** Bytes and files that there are more of after it; fewer where it is negative. */
  readonly bytes: number;
  readonly files: number;
  /** How large the file is then, and how large it was. */
  readonly fileBytes: number;
  readonly oldBytes: number;
}

/** Nothing is known: the call cannot be done, and its store is to tell why. */
export const HOPELESS: unique symbol = Symbol("hopeless");

/** What lies at a path; undefined for nothing. A link on the way is a signal, as in the call itself. */
export function statAt(
  { ctx, mountPath }: Call,
  next: Next,
  path: VPath,
  follow: boolean,
): Awaitable<Stat | undefined> {
  return attempt<Stat | undefined>(
    () => next(new Call("stat", path, undefined, { follow }, ctx, undefined, mountPath)),
    (reason) => {
      if (isVfsError(reason, "ENOENT")) return undefined;
      throw reason;
    },
  );
}

/** What an open file is like. */
export function statOpen(
  { path, ctx, file, mountPath }: Call,
  next: Next,
  opened: OpenFile | undefined = file,
): Awaitable<Stat> {
  return next(new Call("file.stat", path, undefined, {}, ctx, opened, mountPath));
}

/** Looks at what a call will find. */
export function* look(call: AnyCall, next: Next): Flow<Seen | typeof HOPELESS> {
  try {
    return yield* lookAt(call, next);
  } catch (reason) {
    if (isVfsError(reason, "ENOTDIR", "EACCES", "EBADF")) return HOPELESS;
    throw reason;
  }
}

function* lookAt(call: AnyCall, next: Next): Flow<Seen> {
  const { path, to = path } = call;
  if (call.file !== undefined) return { at: yield* wait(statOpen(call, next)), from: undefined };
  switch (call.op) {
    case "write":
    case "writeStream":
      return {
        at: yield* wait(statAt(call, next, path, call.args.ifNoneMatch === undefined)),
        from: undefined,
      };
    case "open": {
      const { create, exclusive } = call.args.flags;
      return { at: yield* wait(statAt(call, next, path, !(create && exclusive))), from: undefined };
    }
    case "append":
    case "truncate":
      return { at: yield* wait(statAt(call, next, path, true)), from: undefined };
    case "copy": {
      const from = yield* wait(statAt(call, next, path, true));
      return { from, at: yield* wait(statAt(call, next, to, call.args.ifNoneMatch === undefined)) };
    }
    case "rename":
    case "link": {
      const from = yield* wait(statAt(call, next, path, false));
      return { from, at: yield* wait(statAt(call, next, to, false)) };
    }
    default:
      return { at: yield* wait(statAt(call, next, path, false)), from: undefined };
  }
}

/** What a call on one file or name comes to. */
export function needOf(call: AnyCall, { at, from }: Seen): Need {
  const old = at === undefined ? 0 : contentBytes(at);
  const files = at === undefined ? 1 : 0;
  switch (call.op) {
    case "write":
      return at === undefined || at.type === "file" ? sized(call.args.data.length, old, files) : nothing(old);
    case "append":
      return at === undefined || at.type === "file"
        ? sized(old + call.args.data.length, old, files)
        : nothing(old);
    case "truncate":
      return at?.type === "file" ? sized(call.args.size, old, 0) : nothing(old);
    case "open":
      return call.args.flags.create ? { ...nothing(old), files } : nothing(old);
    case "mkdir":
    case "symlink":
      return { ...nothing(old), files };
    case "copy":
      return from?.type !== "file" || (at !== undefined && at.type !== "file") || isSame(from, at)
        ? nothing(old)
        : sized(from.size, old, files);
    case "file.write": {
      const { data, position } = call.args;
      return sized(Math.max(old, (position === "end" ? old : position) + data.length), old, 0);
    }
    case "file.truncate":
      return sized(call.args.size, old, 0);
    default:
      return nothing(old);
  }
}

/** Whether two names stand for one file, as far as the store tells. */
export function isSame(a: Stat | undefined, b: Stat | undefined): boolean {
  return a?.ino !== undefined && a.ino === b?.ino;
}

function sized(fileBytes: number, oldBytes: number, files: number): Need {
  return { bytes: fileBytes - oldBytes, files, fileBytes, oldBytes };
}

function nothing(old: number): Need {
  return { bytes: 0, files: 0, fileBytes: old, oldBytes: old };
}

/** How many bytes the attributes of a file take. */
export function attributeBytes(
  meta: Readonly<Record<string, string>> | undefined,
  contentType: string | null | undefined,
  byteLength: (text: string) => number,
): number {
  let bytes = contentType === undefined || contentType === null ? 0 : byteLength(contentType);
  for (const [name, value] of Object.entries(meta ?? {})) bytes += byteLength(name) + byteLength(value);
  return bytes;
}

/** The same answer, after `done`, whichever way it comes. */
export function afterwards<T>(action: () => Awaitable<T>, done: () => void): Awaitable<T> {
  const failed = (reason: unknown): never => {
    done();
    throw reason;
  };
  return chain(attempt(action, failed), (value) => {
    done();
    return value;
  });
}
