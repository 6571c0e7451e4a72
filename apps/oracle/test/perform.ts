import { wait, type Awaitable, type Flow } from "@vfs/core";
import type { Described, Files, Listed, Opened } from "./files.ts";
import { bytesOf, type Content, type Operation } from "./operations.ts";
import { stampAll } from "./picture.ts";
import { kindOf, text } from "./show.ts";

/** What one side has open. */
type Slots = (Opened | undefined)[];

/** One side: its files, and what it has open of them. */
export interface Side {
  readonly files: Files;
  readonly slots: Slots;
}

export function side(files: Files): Side {
  return { files, slots: [] };
}

/** Does one step on one side and answers what came of it, as plain data. */
export function* perform({ files, slots }: Side, step: Operation): Flow<unknown> {
  switch (step.op) {
    case "writeFile":
      return yield* scrubbed(step.data, (data) => files.writeFile(step.path, data, step.options));
    case "appendFile":
      return yield* scrubbed(step.data, (data) => files.appendFile(step.path, data, step.options));
    case "readFile":
      return text(yield* wait(files.readFile(step.path, step.options)));
    case "truncate":
      return yield* wait(files.truncate(step.path, step.size));
    case "copyFile":
      return yield* wait(files.copyFile(step.path, step.to, step.mode));
    case "cp":
      return yield* wait(files.cp(step.path, step.to, step.options));
    case "mkdir":
      return yield* wait(files.mkdir(step.path, step.options));
    case "mkdtemp":
      return yield* makeTemporary(files, step.path);
    case "opendir":
      return listed(yield* wait(collect(files.opendir(step.path))));
    case "rm":
      return yield* wait(files.rm(step.path, step.options));
    case "rmdir":
    case "unlink":
    case "readlink":
    case "realpath":
    case "exists":
      return yield* wait<unknown>(files[step.op](step.path));
    case "stat":
    case "lstat":
      return describe(yield* wait(files[step.op](step.path)));
    case "statfs":
      return Object.keys(yield* wait(files.statfs(step.path))).includes("bsize");
    case "rename":
    case "link":
      return yield* wait(files[step.op](step.path, step.to));
    case "symlink":
      return yield* wait(files.symlink(step.target, step.path));
    case "access":
    case "chmod":
      return yield* wait(files[step.op](step.path, step.mode));
    case "readdir":
      return step.types
        ? listed(yield* wait(files.readdir(step.path, { recursive: step.recursive, withFileTypes: true })))
        : (yield* wait(files.readdir(step.path, { recursive: step.recursive }))).toSorted();
    case "utimes":
    case "lutimes":
      return yield* wait(files[step.op](step.path, time(step.seconds - 1), time(step.seconds)));
    case "stamp":
      return yield* stampAll(files);
    case "open":
      yield* wait(slots[step.slot]?.close());
      slots[step.slot] = undefined;
      slots[step.slot] = yield* wait(files.open(step.path, step.flags, step.mode));
      return undefined;
    default:
      return yield* performOnOpen(slots[step.slot], step);
  }
}

type OnOpen = Exclude<Extract<Operation, { slot: number }>, { op: "open" }>;

function* performOnOpen(file: Opened | undefined, step: OnOpen): Flow<unknown> {
  if (file === undefined) return "nothing is open";
  switch (step.op) {
    case "read": {
      const into = new Uint8Array(step.length);
      const { bytesRead } = yield* wait(file.read(into, 0, step.length, step.position));
      return [bytesRead, text(into)];
    }
    case "write":
      return (yield* scrubbed(step.data, (data) => file.write(data, 0, data.length, step.position)))
        .bytesWritten;
    case "ftruncate":
      return yield* wait(file.truncate(step.size));
    case "fchmod":
      return yield* wait(file.chmod(step.mode));
    case "futimes":
      return yield* wait(file.utimes(time(step.seconds - 1), time(step.seconds)));
    case "fstat":
      return describe(yield* wait(file.stat()));
    case "fsync":
      return yield* wait(file.sync());
    case "fdatasync":
      return yield* wait(file.datasync());
    case "close":
      return yield* wait(file.close());
  }
}

/** Uses the memory again that something was written from, as its owner may. */
function* scrubbed<T>(content: Content, write: (data: Uint8Array) => Awaitable<T>): Flow<T> {
  const data = bytesOf(content);
  const answer = yield* wait(write(data));
  data.fill(0xff);
  return answer;
}

/** Closes what is open. */
export function* closeAll({ slots }: Side): Flow<void> {
  for (const file of slots) yield* wait(file?.close());
}

/** Its name is random, so it must go at once. */
function* makeTemporary(files: Files, prefix: string): Flow<unknown> {
  const made = yield* wait(files.mkdtemp(prefix));
  const { mode } = yield* wait(files.lstat(made));
  yield* wait(files.rmdir(made));
  return [made.slice(0, -6), /[A-Za-z0-9]{6}$/.test(made), mode & 0o7777];
}

/** Node takes a negative number for the present time, so that one must be a `Date`, which has whole milliseconds. */
function time(seconds: number): number | Date {
  return seconds < 0 ? new Date(Math.round(seconds * 1000)) : seconds;
}

function collect(found: AsyncIterable<Listed> | Iterable<Listed>): Listed[] | Promise<Listed[]> {
  return Symbol.asyncIterator in found ? collectLater(found) : [...found];
}

async function collectLater(found: AsyncIterable<Listed>): Promise<Listed[]> {
  const all: Listed[] = [];
  for await (const entry of found) all.push(entry);
  return all;
}

function listed(entries: readonly Listed[]): unknown {
  return entries
    .map((entry) => [`${entry.parentPath}/${entry.name}`.replace("//", "/"), kindOf(entry)].join(": "))
    .toSorted();
}

/** What a stat tells that both sides must agree on. The rest is looked at when the sequence is over. */
function describe(stat: Described): unknown {
  const kind = kindOf(stat);
  // How many bytes the list of its names takes is each file system's own affair.
  const size = kind === "directory" ? "" : stat.size;
  return [kind, size, stat.mode.toString(8), stat.nlink].join(" ");
}
