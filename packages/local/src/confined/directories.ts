import type { Stats } from "node:fs";
import type { Awaitable, Flow, VPath } from "@vfs/core";
import type { Host, HostPath } from "../host/host.ts";

/** A directory of the host that is known to lie inside the root. Whoever got one leaves it when they are done. */
export interface Directory {
  /** Where the host finds what has this name in it. */
  at(name: HostPath): HostPath;
  /** Where the host finds the directory itself. */
  readonly self: HostPath;
  /** How much the names in it take; undefined where that takes a call that may have to wait. */
  readonly bytes: number | undefined;
  /** It is this directory that `at` leads to, whatever others do to names: what is read by name needs no second look. */
  readonly pinned: boolean;
  /**
   * Fails with `EBUSY` when it may not have been this directory that was worked in.
   *
   * @param file What was opened under `name`, if something was.
   */
  confirm(host: Host, name?: string, file?: Stats): Awaitable<void>;
  /** Where the host finds a file of this directory that is open. */
  opened(name: HostPath, fd: number): HostPath;
  /** A directory in it, not through a link. Leave it too. */
  below(host: Host, name: HostPath): Awaitable<Directory>;
  /** Gives what has this name other permission bits. Never through a link: `ENOTSUP` for one. */
  chmod(host: Host, name: HostPath, mode: number): Flow<void>;
  leave(): void;
}

/** How the directories of a root are reached without ever leaving it. */
export interface Directories {
  /** Everything in them is answered from the memory of this machine, so nobody needs to wait for short calls. */
  readonly near: boolean;
  /**
   * The directory at `path`.
   *
   * @param whole The path that the caller is walking, which `path` is a beginning of.
   * @throws LinkMet for a link on the way or at its end; VfsError `ENOTDIR` for a file, `ENOENT` for nothing.
   */
  enter(host: Host, path: VPath, whole: VPath): Awaitable<Directory>;
  /** Gives back what is held of what is at `path` and below: it is gone from there. */
  forget(path: VPath): void;
  close(): void;
}
