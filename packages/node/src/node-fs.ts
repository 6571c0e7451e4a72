import nodeFs from "node:fs";
import { promisify } from "node:util";
import type { Vfs } from "@vfs/core";
import { codedError } from "./argument-errors.ts";
import { toFunction, toOptions, toPath, toSeconds } from "./arguments.ts";
import { cp } from "./calls/copy.ts";
import { close, DESCRIPTORS } from "./calls/descriptors.ts";
import { DIRECTORIES } from "./calls/directories.ts";
import { FILES } from "./calls/files.ts";
import { glob } from "./calls/glob.ts";
import { LINKS, nativeRealpath } from "./calls/links.ts";
import { METADATA } from "./calls/metadata.ts";
import { Descriptors } from "./descriptors.ts";
import { Dir, opendir } from "./dir.ts";
import {
  callbackFace,
  callBack,
  later,
  promiseFace,
  rename,
  syncFace,
  takeCallback,
  type Methods,
} from "./faces.ts";
import { FileHandle, type HandleTools } from "./file-handle.ts";
import type { Call, Calls, Side, Verbs } from "./side.ts";
import { makeStreams } from "./streams.ts";
import { ask } from "./system-errors.ts";
import { disposable, disposableSync } from "./temporary.ts";
import { callbackTransfers, syncTransfers } from "./transfers.ts";
import { WatchedFiles } from "./watch-file.ts";
import { watch, watchLater } from "./watch.ts";

/** What `toNodeFs` gives: all of `node:fs`, `fs.promises` with it. */
export type NodeFs = typeof nodeFs;

/** What there is in each of the three ways. */
const CALLS: Calls = { ...FILES, ...METADATA, ...DIRECTORIES, ...LINKS, cp, opendir };

/**
 * Makes an object that stands in for `node:fs`, on the files of a Vfs: promises (`.promises`, which stands in for
 * `node:fs/promises`), callbacks, streams, and synchronous calls where the mount never waits (`ENOTSUP` elsewhere).
 * Relative paths start at `vfs.cwd()`. Arguments are checked, and errors told, as Node does it; the `VfsError` is their
 * `cause`.
 */
export function toNodeFs(vfs: Vfs): NodeFs {
  const faces = { now: vfs.sync as Verbs, later: vfs as Verbs };
  const files = new Descriptors(faces);
  const now: Side = { sync: true, promises: false, verbs: faces.now, files };
  const called: Side = { sync: false, promises: false, verbs: faces.later, files };
  const promised: Side = { ...called, promises: true };

  const methods: Methods = {
    ...callbackFace(called, { ...CALLS, ...DESCRIPTORS, glob }),
    ...callbackTransfers(called),
    ...syncFace(now, { ...CALLS, ...DESCRIPTORS, glob }),
    ...syncTransfers(now),
  };
  const streams = makeStreams(methods);
  const watched = new WatchedFiles(vfs);
  const promises = makePromises(vfs, { side: promised, streams, methods });
  const { ReadStream, WriteStream } = streams;
  const { Stats, Dirent, constants } = nodeFs;
  const fs = {
    ...methods,
    ...others(now, called),
    createReadStream: (path: unknown, options: unknown) => new ReadStream(path, options),
    createWriteStream: (path: unknown, options: unknown) => new WriteStream(path, options),
    watch: (path: unknown, options: unknown, listener: unknown) => watch(vfs, path, options, listener),
    watchFile: (path: unknown, options: unknown, listener: unknown) => watched.watch(path, options, listener),
    unwatchFile: (path: unknown, listener: unknown) => watched.unwatch(path, listener),
    openAsBlob: (path: unknown, options: unknown) => asBlob(called, path, options),
    _toUnixTimestamp: toSeconds,
    // As Node on Linux: a link has no permissions of its own. Libraries look whether it is there.
    lchmod: undefined,
    lchmodSync: undefined,
    promises,
    constants,
    Stats,
    Dirent,
    Dir,
    ReadStream,
    WriteStream,
    FileReadStream: ReadStream,
    FileWriteStream: WriteStream,
  };
  return fs as unknown as NodeFs;
}

/** What does not fit the pattern of the rest. */
function others(now: Side, called: Side): Methods {
  const exists = (path: unknown): Promise<boolean> =>
    later(
      () => (METADATA["exists"] as Call)(called, path, undefined, undefined, undefined) as Promise<boolean>,
    );
  const more = {
    close(fd: unknown, callback: unknown = throwIfFailed) {
      const answer = takeCallback([callback], 0);
      callBack(answer, () => close(called, fd));
    },
    mkdtempDisposableSync: (prefix: unknown, options: unknown) => disposableSync(now, prefix, options),
  };
  const { realpath } = callbackFace(called, { realpath: LINKS["realpath"] as Call });
  const { realpathSync } = syncFace(now, { realpath: LINKS["realpath"] as Call });
  return {
    ...more,
    exists: Object.defineProperty(existsWith(exists), promisify.custom, { value: exists }),
    realpath: Object.assign(realpath as object, {
      native: callbackFace(called, { native: nativeRealpath })["native"],
    }) as Methods[string],
    realpathSync: Object.assign(realpathSync as object, {
      native: rename(syncFace(now, { native: nativeRealpath })["nativeSync"] as Methods[string], "native"),
    }) as Methods[string],
  };
}

/** Calls back with the answer alone: there is no error. */
function existsWith(exists: (path: unknown) => Promise<boolean>): Methods[string] {
  return rename((path: unknown, callback: unknown) => {
    const answer = toFunction(callback, "cb");
    void exists(path).then((found) => process.nextTick(answer, found));
  }, "exists");
}

/** Without a callback nobody would hear that closing failed. */
function throwIfFailed(error: unknown): void {
  if (error !== null) throw error;
}

function makePromises(vfs: Vfs, tools: HandleTools): object {
  const { side } = tools;
  const open = DESCRIPTORS["open"] as (side: Side, ...args: unknown[]) => Promise<number>;
  // Node has none that promises.
  const { exists: _, ...methods } = promiseFace(side, { ...CALLS, realpath: nativeRealpath });
  return {
    ...methods,
    async open(path: unknown, flags: unknown, mode: unknown) {
      return new FileHandle(await open(side, path, flags, mode), tools);
    },
    lchmod: async () => {
      throw codedError("ERR_METHOD_NOT_IMPLEMENTED", "The lchmod() method is not implemented");
    },
    async *glob(pattern: unknown, options: unknown) {
      yield* await glob(side, pattern, options);
    },
    mkdtempDisposable: (prefix: unknown, options: unknown) => later(() => disposable(side, prefix, options)),
    watch: (path: unknown, options: unknown) => watchLater(vfs, path, options),
    constants: nodeFs.constants,
  };
}

async function asBlob(side: Side, path: unknown, options: unknown): Promise<Blob> {
  const target = toPath(path);
  const { type } = toOptions(options) as { type?: string };
  const bytes = await ask(
    () => side.verbs.readFile(target),
    (read) => read as Uint8Array<ArrayBuffer>,
    "stat",
    target,
  );
  return new Blob([bytes], type === undefined ? {} : { type });
}
