import { ReadStream as NodeReadStream, WriteStream as NodeWriteStream } from "node:fs";
import type { Methods } from "./faces.ts";

type StreamClass = new (path: unknown, options?: unknown) => NodeReadStream | NodeWriteStream;

/** Streams on the files of one face: Node's own, told with which functions to open, read, write and close. */
export interface Streams {
  readonly ReadStream: StreamClass;
  readonly WriteStream: StreamClass;
}

/** @param fs `open`, `close`, `read`, `write`, `writev` and `fsync`, which call back. */
export function makeStreams(fs: Methods): Streams {
  return {
    ReadStream: streamOn(NodeReadStream as unknown as StreamClass, fs),
    WriteStream: streamOn(NodeWriteStream as unknown as StreamClass, fs),
  };
}

/** Not a class: `graceful-fs` and its like call it without `new`, on an object of their own. */
function streamOn(Base: StreamClass, fs: Methods): StreamClass {
  const Stream = function Stream(this: object, path: unknown, options?: unknown): object | undefined {
    if (!(this instanceof Stream)) return new (Stream as unknown as StreamClass)(path, options);
    const given = typeof options === "string" ? { encoding: options } : options;
    const known = typeof given === "object" && given !== null ? { fs, ...given } : (given ?? { fs });
    Base.call(this, path, known);
    return undefined;
  };
  Object.defineProperty(Stream, "name", { value: Base.name });
  Object.setPrototypeOf(Stream, Base);
  Stream.prototype = Object.create(Base.prototype as object, {
    constructor: { value: Stream, configurable: true, writable: true },
  }) as object;
  return Stream as unknown as StreamClass;
}
