import { capabilities, isVfsError, type Provider, type Stat, type VPath } from "@vfs/core";
import * as fs from "node:fs";
import { join } from "node:path";
import { hostError } from "../src/host/error.ts";

/** A directory of the host as one writes it at first: paths that are joined. The attack must succeed on it. */
export function naive(root: string): Provider {
  const at = (path: VPath): string => join(root, path);
  const stat = (path: VPath): Stat => {
    const { size, mtimeMs, mode } = fs.statSync(at(path));
    const isDirectory = (mode & fs.constants.S_IFMT) === fs.constants.S_IFDIR;
    return { type: isDirectory ? "directory" : "file", size, mtimeMs, mode: mode & 0o7777 };
  };
  const mapped = <A extends unknown[], T>(method: (...args: A) => T): ((...args: A) => T) => {
    return (...args) => {
      try {
        return method(...args);
      } catch (reason) {
        throw isVfsError(reason) ? reason : hostError(reason);
      }
    };
  };
  return {
    name: "naive",
    caps: capabilities({ write: true, sync: true, modes: true, rename: "tree", keeps: "inode" }),
    stat: mapped(stat),
    read: mapped((path) => new Uint8Array(fs.readFileSync(at(path)))),
    list: mapped((path) => ({
      items: fs
        .readdirSync(at(path), { withFileTypes: true })
        .map((entry) => ({ name: entry.name, type: entry.isDirectory() ? "directory" : "file" })),
    })),
    write: mapped((path, data) => {
      fs.writeFileSync(at(path), data);
      return stat(path);
    }),
    mkdir: mapped((path) => fs.mkdirSync(at(path))),
    remove: mapped((path, { kind }) => (kind === "file" ? fs.unlinkSync(at(path)) : fs.rmdirSync(at(path)))),
    rename: mapped((path, to) => fs.renameSync(at(path), at(to))),
    setStat: mapped((path, { mode }) => fs.chmodSync(at(path), mode ?? 0o644)),
  };
}
