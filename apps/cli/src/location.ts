import { posix, resolve } from "node:path";
import type { Layer, Provider } from "@vfs/core";
import { didYouMean } from "./nearest.ts";
import { UsageError } from "./output.ts";

/** What an argument of the command line names: a path, perhaps in a store of its own. */
export type Location =
  /** In the root that `--mount` makes. */
  | { readonly store: "root"; readonly path: string; readonly isRelative: boolean }
  /** On the host; `path` is absolute there. */
  | { readonly store: "file"; readonly path: string }
  /** In the database `file`, which the user wrote as `written`: `sqlite:./x.db`. */
  | { readonly store: "sqlite"; readonly file: string; readonly written: string; readonly path: string }
  /** In a bucket: `s3://bucket/path`. */
  | { readonly store: "s3"; readonly bucket: string; readonly path: string }
  /** In a sandbox of E2B that runs: `e2b://id/path`. */
  | { readonly store: "e2b"; readonly sandboxId: string; readonly path: string }
  /** In a store that a configuration has made. */
  | { readonly store: "given"; readonly path: string }
  /** In a memory of its own, for the length of the command. */
  | { readonly store: "memory"; readonly path: string };

/**
 * Reads `/path`, `file:./path`, `sqlite:./x.db:/path`, `s3://bucket/path`, `e2b://id/path` or `memory:/path`.
 *
 * @param cwd The directory of the host that `file:` and `sqlite:` start from.
 * @throws UsageError For a store that there is none of, and for a database's path that does not begin with a slash.
 */
export function parseLocation(text: string, cwd: string): Location {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9]+):(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case undefined:
      return { store: "root", path: absolute(text), isRelative: !text.startsWith("/") };
    case "file":
      return { store: "file", path: resolve(cwd, rest) };
    case "sqlite":
      return parseDatabase(rest, cwd);
    case "s3":
      return parseBucket(rest);
    case "e2b":
      return parseSandbox(rest);
    case "memory":
      return { store: "memory", path: absolute(rest) };
    default:
      throw new UsageError(
        `${text}: there is no store "${scheme}:"${didYouMean(scheme, SCHEMES, (near) => `${near}:`)} (there are ${SCHEMES.map(
          (one) => `${one}:`,
        ).join(" ")}; a name is written ./${text})`,
      );
  }
}

/** What a location may begin with. */
export const SCHEMES: readonly string[] = ["file", "sqlite", "s3", "e2b", "memory"];

function parseDatabase(rest: string, cwd: string): Location {
  // The first colon ends the file, but for that of a drive: `C:/x.db`.
  const [, file = "", tail = ""] = /^((?:[A-Za-z]:[\\/])?[^:]*)(.*)$/s.exec(rest) ?? [];
  if (file === "") throw new UsageError(`sqlite:${rest}: name the file: sqlite:./x.db:/path`);
  const written = `sqlite:${file}`;
  if (tail !== "" && !tail.startsWith(":/"))
    throw new UsageError(
      `sqlite:${rest}: a path in a database begins with a slash: ${written}:/${tail.slice(1)}`,
    );
  return { store: "sqlite", file: resolve(cwd, file), written, path: absolute(tail.slice(1)) };
}

function parseBucket(rest: string): Location {
  const [, bucket = "", path = ""] = /^\/\/([^/]*)(.*)$/s.exec(rest) ?? [];
  if (bucket === "") throw new UsageError(`s3:${rest}: name the bucket: s3://bucket/path`);
  return { store: "s3", bucket, path: absolute(path) };
}

function parseSandbox(rest: string): Location {
  const [, sandboxId = "", path = ""] = /^\/\/([^/]*)(.*)$/s.exec(rest) ?? [];
  if (sandboxId === "")
    throw new UsageError(`e2b:${rest}: name the sandbox by its id: e2b://id/home/user/file`);
  return { store: "e2b", sandboxId, path: absolute(path) };
}

/** The one way to write a path from the top of a store; nothing leads out of it. */
function absolute(path: string): string {
  const normal = posix.normalize(`/${path}`);
  return normal === "/" ? normal : normal.replace(/\/$/, "");
}

/** Whether it begins at the top, and has no `..` or `//` in it that would lead somewhere else. */
export function isAbsolutePath(path: string): boolean {
  return path.startsWith("/") && absolute(path) === path;
}

/** Whether a location can only mean a directory: `dir/`, `dir/.`, `..`. */
export function meansDirectory(text: string): boolean {
  return text.endsWith("/") || endsInDots(text);
}

/** Whether the last name is `.` or `..`, which `file:` alone means too. */
export function endsInDots(text: string): boolean {
  return /(?:^|[/:])\.{1,2}\/*$|^file:$/.test(text);
}

/** A line of `--mount`, or of the configuration: a store at a path of the root. */
export interface MountSpec {
  readonly path: string;
  readonly source: Location;
  readonly readOnly: boolean;
  /** The store as it was written. */
  readonly text: string;
  readonly layers?: readonly Layer[] | undefined;
  /** Makes the store, where its location does not say all of it. */
  readonly make?: (() => Provider | Promise<Provider>) | undefined;
  /** Whether it may be named without anybody wanting it: then a database need not be there. */
  readonly isConfigured?: boolean | undefined;
  /** What is wrong with it: to be thrown when it is opened. */
  readonly problem?: Error | undefined;
}

/**
 * Reads `/path=store`.
 *
 * @throws UsageError For anything else.
 */
export function parseMount(text: string, cwd: string, readOnly: boolean): MountSpec {
  const equals = text.indexOf("=");
  const path = text.slice(0, equals);
  if (equals < 1 || !path.startsWith("/"))
    throw new UsageError(`${text}: a mount is written /path=store: /db=sqlite:./x.db`);
  const source = parseLocation(text.slice(equals + 1), cwd);
  if (source.store === "root" || (source.store !== "file" && source.path !== "/"))
    throw new UsageError(`${text}: mount file:./dir, sqlite:./x.db, s3://bucket, e2b://id or memory:`);
  return { path: absolute(path), source, readOnly, text: text.slice(equals + 1) };
}
