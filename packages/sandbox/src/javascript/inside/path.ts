import { cwd } from "./process.ts";

// Node's `path`, for the paths of POSIX.

/** Takes `.`, `..` and double slashes out of a path. */
function normalize(path: string): string {
  const isRooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!isRooted) parts.push(part);
  }
  const joined = parts.join("/");
  const slash = path.endsWith("/") && joined !== "" ? "/" : "";
  return isRooted ? `/${joined}${slash}` : joined === "" ? (slash === "" ? "." : "./") : joined + slash;
}

function join(...parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== "").join("/");
  return joined === "" ? "." : normalize(joined);
}

/** The absolute path that some parts lead to, from the current directory. */
export function resolve(...parts: readonly string[]): string {
  let path = "";
  for (let i = parts.length - 1; i >= 0 && !path.startsWith("/"); i--) {
    const part = parts[i] ?? "";
    if (part !== "") path = path === "" ? part : `${part}/${path}`;
  }
  if (!path.startsWith("/")) path = `${cwd()}/${path}`;
  const normal = normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

export function dirname(path: string): string {
  const bare = path.replace(/(?<=.)\/+$/, "");
  const slash = bare.lastIndexOf("/");
  return slash < 0 ? "." : bare.slice(0, slash).replace(/(?<=.)\/+$/, "") || "/";
}

function basename(path: string, suffix = ""): string {
  const name = path.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return suffix !== "" && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

function extname(path: string): string {
  const name = basename(path);
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? "" : name.slice(dot);
}

function relative(from: string, to: string): string {
  const [a, b] = [from, to].map((path) => resolve(path).split("/").filter(Boolean)) as [string[], string[]];
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  return [...a.slice(shared).map(() => ".."), ...b.slice(shared)].join("/");
}

interface Parsed {
  readonly root: string;
  readonly dir: string;
  readonly base: string;
  readonly ext: string;
  readonly name: string;
}

function parse(path: string): Parsed {
  const [base, ext] = [basename(path), extname(path)];
  const dir = path.includes("/") ? dirname(path) : "";
  return { root: isAbsolute(path) ? "/" : "", dir, base, ext, name: base.slice(0, base.length - ext.length) };
}

function format({ root = "", dir, base, name = "", ext = "" }: Partial<Parsed>): string {
  const file = base ?? name + ext;
  if (dir === undefined || dir === "") return root + file;
  return dir.endsWith("/") ? dir + file : `${dir}/${file}`;
}

export const path: Record<string, unknown> = {
  sep: "/",
  delimiter: ":",
  normalize,
  join,
  resolve,
  isAbsolute,
  dirname,
  basename,
  extname,
  relative,
  parse,
  format,
};
path["posix"] = path;
