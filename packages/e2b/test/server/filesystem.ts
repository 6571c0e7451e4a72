import { lstatSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { statAt, listBelow } from "./entries.ts";
import { isCode, reasonOf, Refusal } from "./refusal.ts";
import type { Sandbox } from "./sandbox.ts";
import { makeDirectories, type User } from "./users.ts";
import { tellAll } from "./watch.ts";

type Args = Readonly<Record<string, unknown>>;

/** The calls of `filesystem.Filesystem` that answer once. */
export const FILESYSTEM: Readonly<Record<string, (sandbox: Sandbox, args: Args, user: User) => object>> = {
  Stat: (sandbox, { path }) => ({ entry: statAt(sandbox, sandbox.absolute(path as string)) }),

  ListDir: (sandbox, { path, depth }) => {
    const asked = sandbox.absolute(path as string);
    const host = sandbox.toHost(asked);
    let isDirectory: boolean;
    try {
      lstatSync(host);
      isDirectory = statSync(host).isDirectory();
    } catch (error) {
      throw new Refusal("not_found", `path not found: lstat ${asked}: ${reasonOf(error)}`);
    }
    if (!isDirectory) throw new Refusal("invalid_argument", `path is not a directory: ${asked}`);
    try {
      return { entries: listBelow(sandbox, asked, (depth as number | undefined) ?? 1) };
    } catch (error) {
      throw new Refusal("internal", `error reading directory: ${reasonOf(error)}`);
    }
  },

  MakeDir: (sandbox, { path }, user) => {
    const asked = sandbox.absolute(path as string);
    const host = sandbox.toHost(asked);
    const found = statSync(host, { throwIfNoEntry: false });
    if (found?.isDirectory() === true)
      throw new Refusal("already_exists", `directory already exists: ${asked}`);
    if (found !== undefined)
      throw new Refusal("invalid_argument", `path already exists but it is not a directory: ${asked}`);
    makeDirectories(host, user);
    tellAll(sandbox, host, "CREATE");
    return { entry: statAt(sandbox, asked) };
  },

  Move: (sandbox, { source, destination }, user) => {
    const [from, to] = [sandbox.absolute(source as string), sandbox.absolute(destination as string)];
    const [hostFrom, hostTo] = [sandbox.toHost(from), sandbox.toHost(to)];
    makeDirectories(dirname(hostTo), user);
    const call = `rename ${from} ${to}`;
    // As Go has it, before the kernel is asked.
    if (lstatSync(hostTo, { throwIfNoEntry: false })?.isDirectory() === true && from !== to)
      throw new Refusal("internal", `error renaming: ${call}: file exists`);
    try {
      renameSync(hostFrom, hostTo);
    } catch (error) {
      if (isCode(error, "ENOENT"))
        throw new Refusal("not_found", `source file not found: ${call}: ${reasonOf(error)}`);
      throw new Refusal("internal", `error renaming: ${call}: ${reasonOf(error)}`);
    }
    tellAll(sandbox, hostFrom, "RENAME");
    tellAll(sandbox, hostTo, "CREATE");
    return { entry: statAt(sandbox, to) };
  },

  Remove: (sandbox, { path }) => {
    const host = sandbox.toHost(path as string);
    const existed = lstatSync(host, { throwIfNoEntry: false }) !== undefined;
    rmSync(host, { recursive: true, force: true });
    if (existed) tellAll(sandbox, host, "REMOVE");
    return {};
  },
};
