import { newTable, shown } from "./call-table.ts";

const { rows, row } = newTable();

for (const encoding of [
  "utf8",
  "latin1",
  "base64",
  "base64url",
  "hex",
  "ascii",
  "utf16le",
  "ucs2",
  "binary",
]) {
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
row("readFile", "an aborted signal", (at) => [`${at}/a`, { signal: AbortSignal.abort() }], [
  "promise",
  "callback",
]);
row("writeFile", "an aborted signal", (at) => [`${at}/a`, "x", { signal: AbortSignal.abort() }], ["promise"]);
row("readFile", "a signal that is none", (at) => [`${at}/a`, { signal: 5 }], ["promise"]);
for (const flag of ["r", "r+", "w+", "a+", "rs", "zz", 0, 2, 1.5]) {
  row("readFile", `flag ${flag}`, (at) => [`${at}/a`, { flag }]);
  row("open", `flags ${flag}`, (at) => [`${at}/a`, flag]);
}
for (const flag of ["w", "wx", "a", "ax", "r+", "xw", "as", "zz", 0o101])
  for (const name of ["a", "new"])
    row("writeFile", `flag ${flag} on ${name}`, (at) => [`${at}/${name}`, "x", { flag }]);
for (const mode of [0o600, "644", "9z", 1.5, {}, -1, null]) {
  row("writeFile", `mode ${shown(mode)}`, (at) => [`${at}/new`, "x", { mode }]);
  row("mkdir", `mode ${shown(mode)}`, (at) => [`${at}/new`, { mode }]);
  row("chmod", `mode ${shown(mode)}`, (at) => [`${at}/a`, mode]);
  row("open", `mode ${shown(mode)}`, (at) => [`${at}/new`, "w", mode]);
}
for (const data of [5, {}, null, undefined, true])
  row("writeFile", `data ${shown(data)}`, (at) => [`${at}/a`, data]);
row("writeFile", "a Uint16Array", (at) => [`${at}/a`, new Uint16Array([1, 2])]);
row("writeFile", "a DataView", (at) => [`${at}/a`, new DataView(new ArrayBuffer(3))]);
row("writeFile", "a slice of a Buffer", (at) => [`${at}/a`, Buffer.from("abcdef").subarray(2, 4)]);
row("writeFile", "flush", (at) => [`${at}/a`, "x", { flush: true }]);
row("writeFile", "flush 5", (at) => [`${at}/a`, "x", { flush: 5 }]);
row("writeFile", "an iterable", (at) => [`${at}/a`, ["p", Buffer.from("q")]], ["promise"]);

for (const length of ["x", 1.5, null, undefined, -3, 0, 9])
  row("truncate", `length ${shown(length)}`, (at) => [`${at}/a`, length]);
for (const time of ["x", {}, Number.NaN, "5", new Date(7000), -1n, 12.5])
  row("utimes", `time ${shown(time)}`, (at) => [`${at}/a`, time, 3]);
for (const id of [1.5, "x", -2, 2 ** 33, -1]) row("chown", `uid ${id}`, (at) => [`${at}/a`, id, 0]);
for (const mode of [0, 1, 2, 4, 5, 7, 9, -1, "x", 1.5])
  row("access", `mode ${mode}`, (at) => [`${at}/a`, mode]);
for (const mode of [0, 1, 2, 9, "x"]) row("copyFile", `mode ${mode}`, (at) => [`${at}/a`, `${at}/b`, mode]);
for (const type of ["file", "dir", "junction", "bad", 5])
  row("symlink", `type ${type}`, (at) => ["a", `${at}/new`, type]);

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
row("opendir", "bufferSize 0", (at) => [`${at}/d`, { bufferSize: 0 }], ["sync"]);
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

/** Calls that differ in their other arguments. */
export const OPTION_ROWS = rows;
