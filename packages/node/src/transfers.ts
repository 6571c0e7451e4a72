import { promisify } from "node:util";
import { wrongType } from "./argument-errors.ts";
import { toFd, toFunction, toObject } from "./arguments.ts";
import { read, readv, toRead, toWrite, write, writev } from "./calls/transfer.ts";
import { callBack, takeCallback, type Callback, type Methods } from "./faces.ts";
import type { Side } from "./side.ts";

/** `readSync`, `writeSync`, `readvSync`, `writevSync`. */
export function syncTransfers(side: Side): Methods {
  return {
    readSync(fd, buffer, offset, length, position) {
      const number = toFd(fd);
      if (!ArrayBuffer.isView(buffer)) throw notBytes(buffer);
      if (typeof offset === "number" && length === undefined && position === undefined)
        throw wrongType("options", "of type object", offset);
      const transfer = toRead(buffer, offset, length, position);
      return transfer.length === 0 ? 0 : read(side, number, transfer);
    },
    writeSync(fd, data, offset, length, position) {
      return write(side, toFd(fd), toWrite(data, offset, length, position));
    },
    readvSync(fd, buffers, position) {
      return readv(side, toFd(fd), buffers, position);
    },
    writevSync(fd, buffers, position) {
      return writev(side, toFd(fd), buffers, position);
    },
  };
}

function notBytes(buffer: unknown): TypeError {
  return wrongType("buffer", "an instance of Buffer, TypedArray, or DataView", buffer);
}

// fd, buffer, offset, length, position.
const MOST_ARGUMENTS = 5;
// fd, buffer, options, callback.
const MOST_OPTIONS = 4;

/** `read`, `write`, `readv`, `writev`, which call back with a count and the bytes. */
export function callbackTransfers(side: Side): Methods {
  return {
    read: withPromise("bytesRead", "buffer", (...args) => {
      const fd = toFd(args[0]);
      // With offset, length and position given one by one, none of them may be left out.
      const callback =
        args.length > MOST_OPTIONS
          ? toFunction(args[MOST_ARGUMENTS], "cb")
          : takeCallback(args, args.length - 1);
      args.length = Math.min(args.length, MOST_ARGUMENTS);
      const [, buffer, offset, length, position] = args;
      if (args.length === 2 && !ArrayBuffer.isView(buffer)) toObject(buffer);
      if (args.length > 2 && !ArrayBuffer.isView(buffer)) throw notBytes(buffer);
      const transfer = toRead(buffer, offset, length, position);
      callBack(
        callback,
        () => (transfer.length === 0 ? 0 : read(side, fd, transfer)),
        (count) => [count, transfer.buffer],
      );
    }),
    write: withPromise("bytesWritten", "buffer", (...args) => {
      const fd = toFd(args[0]);
      const callback = takeCallback(args, MOST_ARGUMENTS);
      const [, data, offset, length, position] = args;
      const transfer = toWrite(data, offset, length, position);
      callBack(
        callback,
        () => write(side, fd, transfer),
        (count) => [count, data],
      );
    }),
    readv: withPromise("bytesRead", "buffers", (...args) => several(readv, side, args)),
    writev: withPromise("bytesWritten", "buffers", (...args) => several(writev, side, args)),
  };
}

function several(transfer: typeof readv, side: Side, args: unknown[]): void {
  const fd = toFd(args[0]);
  const callback = takeCallback(args, 3);
  const [, buffers, position] = args;
  callBack(
    callback,
    () => transfer(side, fd, buffers, position),
    (count) => [count, buffers],
  );
}

type CallingBack = (...args: unknown[]) => void;

/** What `util.promisify` makes of it: both values, under Node's names. */
function withPromise(count: string, bytes: string, method: CallingBack): CallingBack {
  const promised = (...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const callback: Callback = (error, done, buffer) =>
        error === null ? resolve({ [count]: done, [bytes]: buffer }) : reject(error);
      method(...args, callback);
    });
  return Object.defineProperty(method, promisify.custom, { value: promised });
}
