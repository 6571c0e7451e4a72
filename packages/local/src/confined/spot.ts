import type { Stats } from "node:fs";
import { nameOf, parentOf, ROOT, wait, type Flow, type VPath } from "@vfs/core";
import type { Directories, Directory } from "./directories.ts";
import type { Etags } from "../unfinished/etags.ts";
import type { Host, HostPath } from "../host/host.ts";
import type { Leftovers } from "../unfinished/leftovers.ts";
import { checkPath } from "./names.ts";
import type { Temporaries } from "../unfinished/temporaries.ts";

/** What the calls on one root share. */
export interface Store {
  readonly directories: Directories;
  readonly temporaries: Temporaries;
  readonly leftovers: Leftovers;
  readonly etags: Etags;
  /** Everything that is acknowledged survives a loss of power. */
  readonly durable: boolean;
}

/** Where a path leads on the host: a name in a directory that is known to be inside. */
export interface Spot {
  readonly store: Store;
  readonly host: Host;
  readonly path: VPath;
  readonly directory: Directory;
  /** `.` for the root. */
  readonly name: string;
  /** For the calls of the host. */
  readonly at: HostPath;
}

/** Does something with what is at `path`, while its directory is held. */
export function* inside<T>(store: Store, host: Host, path: VPath, action: (spot: Spot) => Flow<T>): Flow<T> {
  checkPath(path);
  const directory = yield* wait(store.directories.enter(host, parentOf(path), path));
  try {
    const name = path === ROOT ? "." : nameOf(path);
    const value = yield* action({ store, host, path, directory, name, at: directory.at(name) });
    if (!directory.pinned) yield* wait(directory.confirm(host));
    return value;
  } finally {
    directory.leave();
  }
}

/** What is at the spot itself, if anything. */
export function lookAt({ host, at }: Spot): Flow<Stats | undefined> {
  return wait(host.lstat(at));
}
