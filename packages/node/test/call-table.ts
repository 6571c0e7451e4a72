import type nodeFs from "node:fs";
import { pathToFileURL } from "node:url";

/** One call that both sides make: in a directory of their own, in each of the three ways. */
export interface Row {
  /** As `fs.promises` names it. */
  readonly call: string;
  /** What it is given, in the directory `at`. */
  readonly args: (at: string, fs: typeof nodeFs) => unknown[];
  /** In what it differs from the other rows of the call. */
  readonly what: string;
  /** The ways in which it is made; all unless told. */
  readonly ways?: readonly Way[];
}

/** Ways to call. */
export type Way = "promise" | "callback" | "sync";

const rows: Row[] = [];

function row(
  call: string,
  what: string,
  args: (at: string, fs: typeof nodeFs) => unknown[],
  ways?: readonly Way[],
): void {
  rows.push({ call, what, args, ...(ways === undefined ? {} : { ways }) });
}

const NO_PATHS = [undefined, null, 5, {}, true, [], Symbol.iterator, () => {}, "a\0b"];
const ONE_PATH: Readonly<Record<string, unknown[]>> = {
  readFile: [],
  writeFile: ["x"],
  appendFile: ["x"],
  stat: [],
  lstat: [],
  readdir: [],
  mkdir: [],
  rmdir: [],
  unlink: [],
  readlink: [],
  realpath: [],
  chmod: [0o600],
  chown: [0, 0],
  lchown: [0, 0],
  utimes: [1, 2],
  lutimes: [1, 2],
  access: [],
  truncate: [2],
  rm: [],
  mkdtemp: [],
  opendir: [],
  open: [],
  statfs: [],
};
for (const [call, rest] of Object.entries(ONE_PATH)) {
  const skipBad = call === "readFile" || call === "writeFile" || call === "appendFile" || call === "truncate";
  for (const bad of NO_PATHS)
    if (!(skipBad && typeof bad === "number")) row(call, `path ${String(bad)}`, () => [bad, ...rest]);
  if (call === "mkdtemp") continue;
  for (const [what, name] of [
    ["nothing there", "nothing"],
    ["no parent", "nothing/below"],
    ["a file on the way", "a/below"],
    ["a dangling link", "dangling"],
    ["a loop", "loop"],
    ["a file", "a"],
    ["a directory", "d"],
    ["a link", "link"],
    ["a link to a directory", "dlink"],
    ["a name of another alphabet", "мой-файл"],
  ] as const)
    if (call !== "statfs" || name === "nothing") row(call, what, (at) => [`${at}/${name}`, ...rest]);
  if (call !== "statfs") {
    row(call, "a Buffer", (at) => [Buffer.from(`${at}/a`), ...rest]);
    row(call, "a URL", (at) => [pathToFileURL(`${at}/a`), ...rest]);
  }
  row(call, "a URL that is no file", () => [new URL("http://x/a"), ...rest]);
}
for (const call of ["rename", "link", "copyFile", "symlink", "cp"]) {
  for (const bad of [undefined, 5, "a\0b"]) {
    row(call, `first ${String(bad)}`, (at) => [bad, `${at}/b`]);
    row(call, `second ${String(bad)}`, (at) => [`${at}/a`, bad]);
  }
  for (const [from, to] of [
    ["a", "new"],
    ["a", "b"],
    ["a", "a"],
    ["nothing", "new"],
    ["a", "nothing/new"],
    ["a", "d"],
    ["a", "b/new"],
    ["link", "new"],
    ["dangling", "new"],
  ] as const)
    row(call, `${from} to ${to}`, (at) => [`${at}/${from}`, `${at}/${to}`]);
  if (call === "rename" || call === "link" || call === "copyFile")
    for (const [from, to] of [
      ["d", "new"],
      ["d", "a"],
      ["d", "d/new"],
      ["d", "empty"],
      ["empty", "d"],
    ] as const)
      row(call, `${from} to ${to}`, (at) => [`${at}/${from}`, `${at}/${to}`]);
}

for (const encoding of ["utf8", "latin1", "base64", "base64url", "hex", "ascii", "utf16le", "ucs2", "binary"]) {
  row("readFile", `encoding ${encoding}`, (at) => [`${at}/bytes`, encoding]);
  row("readFile", `option encoding ${encoding}`, (at) => [`${at}/bytes`, { encoding }]);
  row("writeFile", `encoding ${encoding}`, (at) => [`${at}/new`, "AbCd", encoding]);
  row("readdir", `encoding ${encoding}`, (at) => [`${at}/d`, encoding]);
  row("readlink", `encoding ${encoding}`, (at) => [`${at}/link`, encoding]);
}
for (const bad of ["nope", 5, true]) {
  row("readFile", `options ${bad}`, (at) => [`${at}/a`, bad]);
  row("writeFile", `options ${bad}`, (at) => [`${at}/a`, "x", bad]);
  row("readdir", `options ${bad}`, (at) => [`${at}/d`, bad]);
  row("readlink", `options ${bad}`, (at) => [`${at}/link`, bad]);
}
row("readFile", "options null", (at) => [`${at}/a`, null]);
row("readFile", "an aborted signal", (at) => [`${at}/a`, { signal: AbortSignal.abort() }], ["promise", "callback"]);
row("writeFile", "an aborted signal", (at) => [`${at}/a`, "x", { signal: AbortSignal.abort() }], ["promise"]);
row("readFile", "a signal that is none", (at) => [`${at}/a`, { signal: 5 }], ["promise"]);
for (const flag of ["r", "r+", "w+", "a+", "rs", "zz", 0, 2, 1.5]) {
  row("readFile", `flag ${flag}`, (at) => [`${at}/a`, { flag }]);
  row("open", `flags ${flag}`, (at) => [`${at}/a`, flag]);
}
for (const flag of ["w", "wx", "a", "ax", "r+", "xw", "as", "zz", 0o101])
  for (const name of ["a", "new"]) row("writeFile", `flag ${flag} on ${name}`, (at) => [`${at}/${name}`, "x", { flag }]);
for (const mode of [0o600, "644", "9z", 1.5, {}, -1, null]) {
  row("writeFile", `mode ${String(mode)}`, (at) => [`${at}/new`, "x", { mode }]);
  row("mkdir", `mode ${String(mode)}`, (at) => [`${at}/new`, { mode }]);
  row("chmod", `mode ${String(mode)}`, (at) => [`${at}/a`, mode]);
  row("open", `mode ${String(mode)}`, (at) => [`${at}/new`, "w", mode]);
}
for (const data of [5, {}, null, undefined, true]) row("writeFile", `data ${String(data)}`, (at) => [`${at}/a`, data]);
row("writeFile", "a Uint16Array", (at) => [`${at}/a`, new Uint16Array([1, 2])]);
row("writeFile", "a DataView", (at) => [`${at}/a`, new DataView(new ArrayBuffer(3))]);
row("writeFile", "a slice of a Buffer", (at) => [`${at}/a`, Buffer.from("abcdef").subarray(2, 4)]);
row("writeFile", "flush", (at) => [`${at}/a`, "x", { flush: true }]);
row("writeFile", "flush 5", (at) => [`${at}/a`, "x", { flush: 5 }]);
row("writeFile", "an iterable", (at) => [`${at}/a`, ["p", Buffer.from("q")]], ["promise"]);

for (const length of ["x", 1.5, null, undefined, -3, 0, 9]) row("truncate", `length ${String(length)}`, (at) => [`${at}/a`, length]);
for (const time of ["x", {}, Number.NaN, "5", new Date(7000), -1n, 12.5]) row("utimes", `time ${String(time)}`, (at) => [`${at}/a`, time, 3]);
for (const id of [1.5, "x", -2, 2 ** 33, -1]) row("chown", `uid ${id}`, (at) => [`${at}/a`, id, 0]);
for (const mode of [0, 1, 2, 4, 5, 7, 9, -1, "x", 1.5]) row("access", `mode ${mode}`, (at) => [`${at}/a`, mode]);
for (const mode of [0, 1, 2, 9, "x"]) row("copyFile", `mode ${mode}`, (at) => [`${at}/a`, `${at}/b`, mode]);
for (const type of ["file", "dir", "junction", "bad", 5]) row("symlink", `type ${type}`, (at) => ["a", `${at}/new`, type]);

row("mkdir", "recursive", (at) => [`${at}/n/o/p`, { recursive: true }]);
row("mkdir", "recursive where there is one", (at) => [`${at}/d`, { recursive: true }]);
row("mkdir", "recursive onto a file", (at) => [`${at}/a`, { recursive: true }]);
row("mkdir", "recursive below a file", (at) => [`${at}/a/b/c`, { recursive: true }]);
row("mkdir", "recursive 5", (at) => [`${at}/n`, { recursive: 5 }]);
row("mkdtemp", "no parent", (at) => [`${at}/nothing/x-`]);
row("readdir", "types", (at) => [`${at}/d`, { withFileTypes: true }]);
row("readdir", "recursive", (at) => [`${at}/d`, { recursive: true }]);
row("readdir", "recursive, types", (at) => [`${at}/d`, { recursive: true, withFileTypes: true }]);
row("readdir", "types, Buffers", (at) => [`${at}/d`, { withFileTypes: true, encoding: "buffer" }]);
row("readdir", "Buffers", (at) => [`${at}/d`, "buffer"]);
row("opendir", "bufferSize 0", (at) => [`${at}/d`, { bufferSize: 0 }]);
row("opendir", "a bad encoding", (at) => [`${at}/d`, { encoding: "bad" }]);
row("rmdir", "a full one", (at) => [`${at}/d`]);
row("rmdir", "an empty one", (at) => [`${at}/empty`]);
row("rmdir", "recursive", (at) => [`${at}/d`, { recursive: true }]);
row("rm", "recursive", (at) => [`${at}/d`, { recursive: true }]);
row("rm", "force", (at) => [`${at}/nothing`, { force: true }]);
row("rm", "recursive, nothing", (at) => [`${at}/nothing`, { recursive: true }]);
row("rm", "recursive 5", (at) => [`${at}/d`, { recursive: 5 }]);
row("rm", "options 5", (at) => [`${at}/d`, 5]);
row("stat", "bigint", (at) => [`${at}/a`, { bigint: true }]);
row("stat", "throwIfNoEntry", (at) => [`${at}/nothing`, { throwIfNoEntry: false }]);
row("lstat", "throwIfNoEntry, a file on the way", (at) => [`${at}/a/b`, { throwIfNoEntry: false }]);

row("cp", "a tree", (at) => [`${at}/d`, `${at}/new`, { recursive: true }]);
row("cp", "a tree, dereferenced", (at) => [`${at}/links`, `${at}/new`, { recursive: true, dereference: true }]);
row("cp", "links", (at) => [`${at}/links`, `${at}/new`, { recursive: true }]);
row("cp", "links to the letter", (at) => [`${at}/links`, `${at}/new`, { recursive: true, verbatimSymlinks: true }]);
row("cp", "a directory, not recursive", (at) => [`${at}/d`, `${at}/new`]);
row("cp", "a tree into itself", (at) => [`${at}/d`, `${at}/d/new`, { recursive: true }]);
row("cp", "a tree onto a file", (at) => [`${at}/d`, `${at}/a`, { recursive: true }]);
row("cp", "into a new parent", (at) => [`${at}/a`, `${at}/n/o/p`]);
row("cp", "errorOnExist", (at) => [`${at}/a`, `${at}/b`, { errorOnExist: true, force: false }]);
row("cp", "no force", (at) => [`${at}/a`, `${at}/b`, { force: false }]);
row("cp", "a filter", (at) => [`${at}/d`, `${at}/new`, { recursive: true, filter: (path: string) => !path.endsWith("x") }]);
row("cp", "a filter that waits", (at) => [`${at}/d`, `${at}/new`, { recursive: true, filter: async (path: string) => !path.endsWith("x") }], ["promise"]);
row("cp", "a filter that is none", (at) => [`${at}/d`, `${at}/new`, { filter: 1 }]);
row("cp", "options 5", (at) => [`${at}/d`, `${at}/new`, 5]);
row("cp", "times", (at) => [`${at}/a`, `${at}/new`, { preserveTimestamps: true }]);
row("cp", "contradicting options", (at) => [`${at}/a`, `${at}/new`, { dereference: true, verbatimSymlinks: true }]);

for (const pattern of ["*", "**", "d/*", "**/*", "d/**", "{d,a}", "./d/*", "*/", "nothing", "d/x", "d/../a", ".*", "d/.*", "[da]", "**/x", "dlink/*", "!(a)", "d/", ["d/*", "a"], 5])
  row("glob", `${String(pattern)}`, (at) => [pattern, { cwd: at }]);
row("glob", "exclude by patterns", (at) => ["**", { cwd: at, exclude: ["**/x"] }]);
row("glob", "exclude by a function", (at) => ["**", { cwd: at, exclude: (name: string) => name === "d" || name === "x" }]);
row("glob", "types", (at) => ["d/*", { cwd: at, withFileTypes: true }]);
row("glob", "exclude 5", (at) => ["**", { cwd: at, exclude: 5 }]);
row("glob", "cwd that is not there", (at) => ["*", { cwd: `${at}/nothing` }]);

const FD_CALLS: Readonly<Record<string, (fd: number) => unknown[]>> = {
  close: (fd) => [fd],
  fstat: (fd) => [fd],
  fsync: (fd) => [fd],
  fdatasync: (fd) => [fd],
  ftruncate: (fd) => [fd, 2],
  fchmod: (fd) => [fd, 0o600],
  fchown: (fd) => [fd, 0, 0],
  futimes: (fd) => [fd, 1, 2],
  read: (fd) => [fd, Buffer.alloc(3), 0, 3, 0],
  write: (fd) => [fd, "new"],
  readv: (fd) => [fd, [Buffer.alloc(2), Buffer.alloc(9)]],
  writev: (fd) => [fd, [Buffer.from("p"), Buffer.from("q")], 1],
};
const NUMBERS: readonly Way[] = ["callback", "sync"];
for (const [call, args] of Object.entries(FD_CALLS)) {
  for (const bad of [-1, "x", 1.5, undefined, 2 ** 31, 999_999]) row(call, `fd ${bad}`, () => args(bad as number), NUMBERS);
  for (const flags of ["r", "r+", "w", "a+"])
    row(call, `on ${flags}`, (at, fs) => args(fs.openSync(`${at}/a`, flags)), NUMBERS);
  row(call, "on a directory", (at, fs) => args(fs.openSync(`${at}/d`, "r")), NUMBERS);
}
for (const rest of [["x"], [Buffer.alloc(2), -1, 1], [Buffer.alloc(2), 0, 5], [Buffer.alloc(2), 0, -1], [Buffer.alloc(2), 0, 2, "a"], [Buffer.alloc(2), 0, 2, -2], [Buffer.alloc(0), 0, 0], [Buffer.alloc(9), { offset: 1, length: 3 }], [Buffer.alloc(4), 1, 2, 3n], [new Uint16Array(4), 0, 6, 0]])
  row("read", rest.map((one) => (ArrayBuffer.isView(one) ? one.byteLength : typeof one === "object" ? "{}" : String(one))).join(), (at, fs) => [fs.openSync(`${at}/a`), ...rest], NUMBERS);
for (const rest of [[5], [{}], [Buffer.alloc(2), 5], [Buffer.alloc(2), 0, 5], [Buffer.alloc(2), -1], ["text", 2], ["dGV4dA==", 0, "base64"], ["text", null, "bad"], ["abc", 0, "hex"], [Buffer.from("abcdef"), 2, 3, 1], [Buffer.from("abcdef"), { offset: 3 }], [new Uint16Array([1, 2]), 1, 2]])
  row("write", rest.map((one) => (ArrayBuffer.isView(one) ? one.byteLength : typeof one === "object" ? "{}" : String(one))).join(), (at, fs) => [fs.openSync(`${at}/a`, "r+"), ...rest], NUMBERS);
for (const bad of [5, [5], {}]) {
  row("readv", `buffers ${String(bad)}`, (at, fs) => [fs.openSync(`${at}/a`), bad], NUMBERS);
  row("writev", `buffers ${String(bad)}`, (at, fs) => [fs.openSync(`${at}/a`, "r+"), bad], NUMBERS);
}
for (const bad of ["x", 1.5, -5]) row("ftruncate", `length ${bad}`, (at, fs) => [fs.openSync(`${at}/a`, "r+"), bad], NUMBERS);
row("readFile", "a number", (at, fs) => [fs.openSync(`${at}/a`)], NUMBERS);
row("writeFile", "a number", (at, fs) => [fs.openSync(`${at}/a`, "r+"), "X"], NUMBERS);
row("exists", "there", (at) => [`${at}/a`], NUMBERS);
row("exists", "not there", (at) => [`${at}/nothing`], NUMBERS);
row("exists", "a dangling link", (at) => [`${at}/dangling`], NUMBERS);
row("exists", "no path", () => [{}], ["callback"]);

/** Every call that both sides make. */
export const ROWS: readonly Row[] = rows;
