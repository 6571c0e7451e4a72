import { newTable, shown } from "./call-table.ts";

const { rows, row } = newTable();

row("cp", "a tree", (at) => [`${at}/d`, `${at}/new`, { recursive: true }]);
row("cp", "a tree, dereferenced", (at) => [
  `${at}/links`,
  `${at}/new`,
  { recursive: true, dereference: true },
]);
row("cp", "links", (at) => [`${at}/links`, `${at}/new`, { recursive: true }]);
row("cp", "links to the letter", (at) => [
  `${at}/links`,
  `${at}/new`,
  { recursive: true, verbatimSymlinks: true },
]);
row("cp", "a directory, not recursive", (at) => [`${at}/d`, `${at}/new`]);
row("cp", "a tree into itself", (at) => [`${at}/d`, `${at}/d/new`, { recursive: true }]);
row("cp", "a tree onto a file", (at) => [`${at}/d`, `${at}/a`, { recursive: true }]);
row("cp", "into a new parent", (at) => [`${at}/a`, `${at}/n/o/p`]);
row("cp", "errorOnExist", (at) => [`${at}/a`, `${at}/b`, { errorOnExist: true, force: false }]);
row("cp", "no force", (at) => [`${at}/a`, `${at}/b`, { force: false }]);
row("cp", "a filter", (at) => [
  `${at}/d`,
  `${at}/new`,
  { recursive: true, filter: (path: string) => !path.endsWith("x") },
]);
row(
  "cp",
  "a filter that waits",
  (at) => [`${at}/d`, `${at}/new`, { recursive: true, filter: async (path: string) => !path.endsWith("x") }],
  ["promise"],
);
row("cp", "a filter that is none", (at) => [`${at}/d`, `${at}/new`, { filter: 1 }]);
row("cp", "options 5", (at) => [`${at}/d`, `${at}/new`, 5]);
row("cp", "times", (at) => [`${at}/a`, `${at}/new`, { preserveTimestamps: true }]);
row("cp", "contradicting options", (at) => [
  `${at}/a`,
  `${at}/new`,
  { dereference: true, verbatimSymlinks: true },
]);

for (const pattern of [
  "*",
  "**",
  "d/*",
  "**/*",
  "d/**",
  "{d,a}",
  "./d/*",
  "*/",
  "nothing",
  "d/x",
  "d/../a",
  ".*",
  "d/.*",
  "[da]",
  "**/x",
  "dlink/*",
  "dlink/**",
  "*/x",
  "**/e/*",
  "d/e/**/x",
  "/",
  "l*",
  "!(a)",
  "d/",
  ["d/*", "a"],
  5,
])
  row("glob", shown(pattern), (at) => [pattern, { cwd: at }]);
row("glob", "exclude by patterns", (at) => ["**", { cwd: at, exclude: ["**/x"] }]);
row("glob", "exclude by a function", (at) => [
  "**",
  { cwd: at, exclude: (name: string) => name === "d" || name === "x" },
]);
row("glob", "types", (at) => ["d/*", { cwd: at, withFileTypes: true }]);
row("glob", "exclude 5", (at) => ["**", { cwd: at, exclude: 5 }]);
row("glob", "cwd that is not there", (at) => ["*", { cwd: `${at}/nothing` }]);

/** Calls on whole trees. */
export const TREE_ROWS = rows;
