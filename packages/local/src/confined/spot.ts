import type { Stats } from "node:fs";
import { nameOf, parentOf, ROOT, wait, type Context, type Flow, type VPath } from "@vfs/core";
import type { Directories, Directory } from "./directories.ts";
import type { Crowd } from "../host/crowd.ts";
import type { Etags } from "../unfinished/etags.ts";
import { hostFor, type Host, type HostPath } from "../host/host.ts";
import { breathe } from "../host/stretch.ts";
import type { Leftovers } from "../unfinished/leftovers.ts";
import { checkPath } from "./names.ts";
import type { Temporaries } from "../unfinished/temporaries.ts";

/** What the calls on one root share. */
export interface Store {
  readonly directories: Directories;
  readonly temporaries: Temporaries;
  readonly leftovers: Leftovers;
  readonly etags: Etags;
  /** How long it takes to make a file, and whether many are made at a time. */
  readonly creations: Crowd;
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
export function* inside<T>(
  store: Store,
  ctx: Context,
  path: VPath,
  action: (spot: Spot) => Flow<T>,
): Flow<T> {
  checkPath(path);
  const host = yield* hostOf(store, ctx);
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

/** As {@link inside}, for the second path of a call that is at work at `spot`. */
export function* insideToo<T>(
  spot: Spot,
  ctx: Context,
  path: VPath,
  action: (other: Spot) => Flow<T>,
): Flow<T> {
  if (path === ROOT || parentOf(path) !== parentOf(spot.path) || spot.path === ROOT)
    return yield* inside(spot.store, ctx, path, action);
  checkPath(path);
  // It was made sure a moment ago where this directory lies.
  const name = nameOf(path);
  return yield* action({ ...spot, path, name, at: spot.directory.at(name) });
}

/** The host for this call, when it may go on. */
export function* hostOf({ directories }: Store, ctx: Context): Flow<Host> {
  if (ctx.sync || !directories.near) return hostFor(ctx, false);
  const rest = breathe();
  if (rest !== undefined) {
    yield* wait(rest);
    if (ctx.signal?.aborted === true) throw ctx.signal.reason;
  }
  return hostFor(ctx, true);
}

/** What is at the spot itself, if anything. */
export function lookAt({ host, at }: Spot): Flow<Stats | undefined> {
  return wait(host.lstat(at));
}
