import { pathToFileURL } from "node:url";
import { newTable, shown } from "./call-table.ts";

const { rows, row } = newTable();

const NO_PATHS = [undefined, null, 5, {}, true, [], () => {}, "a\0b"];
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
    if (!(skipBad && typeof bad === "number")) row(call, `path ${shown(bad)}`, () => [bad, ...rest]);
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
    row(call, `first ${shown(bad)}`, (at) => [bad, `${at}/b`]);
    row(call, `second ${shown(bad)}`, (at) => [`${at}/a`, bad]);
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

/** Calls that differ in the paths that they are given. */
export const PATH_ROWS = rows;
