import { capabilities, VfsError, type Layer } from "@vfs/core";
import { mayChange } from "./known.ts";

/**
 * Lets nothing be changed, at the root or in a mount, whatever the operation is called: one that this package does not
 * know is refused as well. What is open for writing already can be closed.
 *
 * @example
 * await vfs.mount("/docs", store, { layers: [readOnly()] });
 *
 * @returns A layer that throws VfsError `EROFS`.
 */
export function readOnly(): Layer {
  return {
    name: "readOnly",
    slot: "policy",
    caps: (inner) =>
      capabilities({
        ...inner,
        write: false,
        append: false,
        truncate: false,
        rename: "none",
        copy: "none",
        removeTree: false,
        writeStream: false,
        writeMany: false,
        ifNoneMatch: false,
        times: "none",
      }),
    handle: (call, next) => {
      if (mayChange(call))
        throw new VfsError("EROFS", {
          reason: "policy",
          hint: "the layer readOnly() lets nothing be changed",
        });
      return next(call);
    },
  };
}
