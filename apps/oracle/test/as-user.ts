import * as fs from "node:fs";

/** One file operation, as the kernel and a store are both asked for it. Paths begin with `/`. */
export type Step =
  | { op: "mkdir" | "chmod"; path: string; mode: number }
  | { op: "writeFile"; path: string; text: string; mode: number }
  | { op: "appendFile"; path: string; text: string }
  | { op: "readFile" | "readdir" | "stat" | "lstat" | "unlink" | "rmdir" | "readlink"; path: string }
  | { op: "rename" | "link" | "copyFile"; path: string; to: string }
  | { op: "symlink"; path: string; target: string }
  | { op: "chown" | "lchown"; path: string; uid: number; gid: number }
  | { op: "truncate"; path: string; size: number }
  | { op: "access"; path: string; mode: number }
  | { op: "utimes"; path: string; time: number }
  | { op: "open"; path: string; flags: number; doing: OnHandle };

/** What is done with a file that was opened, before it is closed. */
export type OnHandle =
  | { op: "read" | "nothing" }
  | { op: "write"; text: string }
  | { op: "truncate"; size: number }
  | { op: "chmod"; mode: number }
  | { op: "chown"; uid: number; gid: number };

/** Whom a process works as. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** What came of a step: a value that can be compared, or a code. */
export type Outcome = { readonly value: unknown } | { readonly code: string };

/** Does a step with the kernel, below `base`. */
export function byKernel(base: string, step: Step): Outcome {
  try {
    return { value: perform(base, step) ?? null };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

function perform(base: string, step: Step): unknown {
  const path = base + step.path;
  switch (step.op) {
    case "mkdir":
      fs.mkdirSync(path, { mode: step.mode });
      return undefined;
    case "chmod":
      return fs.chmodSync(path, step.mode);
    case "writeFile":
      return fs.writeFileSync(path, step.text, { mode: step.mode });
    case "appendFile":
      return fs.appendFileSync(path, step.text);
    case "readFile":
      return fs.readFileSync(path, "utf8");
    case "readdir":
      return fs.readdirSync(path).sort();
    case "stat":
      return shape(fs.statSync(path));
    case "lstat":
      return shape(fs.lstatSync(path));
    case "unlink":
      return fs.unlinkSync(path);
    case "rmdir":
      return fs.rmdirSync(path);
    case "readlink":
      return fs.readlinkSync(path);
    case "rename":
      return fs.renameSync(path, base + step.to);
    case "link":
      return fs.linkSync(path, base + step.to);
    case "copyFile":
      return fs.copyFileSync(path, base + step.to, fs.constants.COPYFILE_EXCL);
    case "symlink":
      return fs.symlinkSync(step.target, path);
    case "chown":
      return fs.chownSync(path, step.uid, step.gid);
    case "lchown":
      return fs.lchownSync(path, step.uid, step.gid);
    case "truncate":
      return truncate(path, step.size);
    case "access":
      return fs.accessSync(path, step.mode);
    case "utimes":
      return fs.utimesSync(path, step.time, step.time);
    case "open":
      return onDescriptor(fs.openSync(path, step.flags, 0o666), step.doing);
  }
}

function onDescriptor(fd: number, step: OnHandle): unknown {
  try {
    // The one thing that a store does not do: it opens files only.
    if (fs.fstatSync(fd).isDirectory()) throw Object.assign(new Error("a directory"), { code: "EISDIR" });
    switch (step.op) {
      case "nothing":
        return;
      case "read":
        return fs.readFileSync(fd, "utf8");
      case "write":
        return fs.writeSync(fd, step.text);
      case "truncate":
        return fs.ftruncateSync(fd, step.size);
      case "chmod":
        return fs.fchmodSync(fd, step.mode);
      case "chown":
        return fs.fchownSync(fd, step.uid, step.gid);
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** What of a stat a store must have the same of. */
export function shape(stat: Pick<fs.Stats, "mode" | "uid" | "gid" | "nlink" | "size">): number[] {
  const { mode, uid, gid, nlink, size } = stat;
  const isFile = (mode & 0o170000) === 0o100000;
  return [mode, uid, gid, nlink, isFile ? size : 0];
}

/** In a process of its own: becomes the user, and does what it is sent. */
function serve(base: string, { uid, gid, groups }: User): void {
  process.setgroups?.([...groups]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  process.umask(0o022);
  process.on("message", (step: Step) => process.send?.(byKernel(base, step)));
  process.send?.("ready");
}

const [, , base, user] = process.argv;
if (process.send !== undefined && base !== undefined && user?.startsWith("{"))
  serve(base, JSON.parse(user) as User);

/** As truncate(2), which asks for the right to write only; Node's opens the file to read it, too. */
function truncate(path: string, size: number): void {
  const fd = fs.openSync(path, fs.constants.O_WRONLY);
  try {
    fs.ftruncateSync(fd, size);
  } finally {
    fs.closeSync(fd);
  }
}
