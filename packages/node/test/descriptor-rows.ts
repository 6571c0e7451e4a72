import { newTable, shown, type Way } from "./call-table.ts";

const { rows, row } = newTable();

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
  for (const bad of [-1, "x", 1.5, undefined, 2 ** 31, 999_999])
    row(call, `fd ${bad}`, () => args(bad as number), NUMBERS);
  for (const flags of ["r", "r+", "w", "a+"])
    row(call, `on ${flags}`, (at, fs) => args(fs.openSync(`${at}/a`, flags)), NUMBERS);
  row(call, "on a directory", (at, fs) => args(fs.openSync(`${at}/d`, "r")), NUMBERS);
}
for (const rest of [
  ["x"],
  [Buffer.alloc(2), -1, 1],
  [Buffer.alloc(2), 0, 5],
  [Buffer.alloc(2), 0, -1],
  [Buffer.alloc(2), 0, 2, "a"],
  [Buffer.alloc(2), 0, 2, -2],
  [Buffer.alloc(0), 0, 0],
  [Buffer.alloc(9), { offset: 1, length: 3 }],
  [Buffer.alloc(4), 1, 2, 3n],
  [new Uint16Array(4), 0, 6, 0],
])
  row("read", rest.map(shown).join(), (at, fs) => [fs.openSync(`${at}/a`, "r"), ...rest], NUMBERS);
for (const rest of [
  [5],
  [{}],
  [Buffer.alloc(2), 5],
  [Buffer.alloc(2), 0, 5],
  [Buffer.alloc(2), -1],
  ["text", 2],
  ["dGV4dA==", 0, "base64"],
  ["text", null, "bad"],
  ["abc", 0, "hex"],
  [Buffer.from("abcdef"), 2, 3, 1],
  [Buffer.from("abcdef"), { offset: 3 }],
  [new Uint16Array([1, 2]), 1, 2],
])
  row("write", rest.map(shown).join(), (at, fs) => [fs.openSync(`${at}/a`, "r+"), ...rest], NUMBERS);
for (const bad of [5, [5], {}]) {
  row("readv", `buffers ${shown(bad)}`, (at, fs) => [fs.openSync(`${at}/a`, "r"), bad], NUMBERS);
  row("writev", `buffers ${shown(bad)}`, (at, fs) => [fs.openSync(`${at}/a`, "r+"), bad], NUMBERS);
}
for (const bad of ["x", 1.5, -5])
  row("ftruncate", `length ${bad}`, (at, fs) => [fs.openSync(`${at}/a`, "r+"), bad], NUMBERS);
row("readFile", "a number", (at, fs) => [fs.openSync(`${at}/a`, "r")], NUMBERS);
row("writeFile", "a number", (at, fs) => [fs.openSync(`${at}/a`, "r+"), "X"], NUMBERS);
row("exists", "there", (at) => [`${at}/a`], NUMBERS);
row("exists", "not there", (at) => [`${at}/nothing`], NUMBERS);
row("exists", "a dangling link", (at) => [`${at}/dangling`], NUMBERS);
row("exists", "no path", () => [{}], ["callback"]);

/** Calls on numbers of open files. */
export const DESCRIPTOR_ROWS = rows;
