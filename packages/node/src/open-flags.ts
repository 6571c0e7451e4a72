import { constants } from "node:fs";
import { wrongValue } from "./argument-errors.ts";
import { toInteger } from "./arguments.ts";
import { constants as bits } from "@vfs/core";

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = bits;
const WRITE = O_TRUNC | O_CREAT | O_WRONLY;
const UPDATE = O_TRUNC | O_CREAT | O_RDWR;
const APPEND = O_APPEND | O_CREAT | O_WRONLY;
const APPEND_READ = O_APPEND | O_CREAT | O_RDWR;

const FLAGS: ReadonlyMap<string, number> = new Map([
  ["r", O_RDONLY],
  ["rs", O_RDONLY | O_SYNC],
  ["sr", O_RDONLY | O_SYNC],
  ["r+", O_RDWR],
  ["rs+", O_RDWR | O_SYNC],
  ["sr+", O_RDWR | O_SYNC],
  ["w", WRITE],
  ["wx", WRITE | O_EXCL],
  ["xw", WRITE | O_EXCL],
  ["w+", UPDATE],
  ["wx+", UPDATE | O_EXCL],
  ["xw+", UPDATE | O_EXCL],
  ["a", APPEND],
  ["ax", APPEND | O_EXCL],
  ["xa", APPEND | O_EXCL],
  ["as", APPEND | O_SYNC],
  ["sa", APPEND | O_SYNC],
  ["a+", APPEND_READ],
  ["ax+", APPEND_READ | O_EXCL],
  ["xa+", APPEND_READ | O_EXCL],
  ["as+", APPEND_READ | O_SYNC],
  ["sa+", APPEND_READ | O_SYNC],
]);

// The numbers of this machine, which Node gives for its constants, and those of Linux, which a Vfs takes.
const OF_HOST: readonly (readonly [host: number, linux: number])[] = (
  ["O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_SYNC", "O_DSYNC"] as const
).map((name) => [constants[name] ?? 0, bits[name]]);

/** Flags that a Vfs does not know, and that are seen to before it is asked. */
export const DIRECTORY_ONLY: number = constants.O_DIRECTORY ?? 0;
export const NO_FOLLOW: number = constants.O_NOFOLLOW ?? 0;

/** Flags as a number of this machine. */
export function toFlags(flags: unknown, name = "flags"): number {
  if (typeof flags === "number") return toInteger(flags, name, -2147483648, 2147483647);
  if (flags === undefined || flags === null) return O_RDONLY;
  const known = typeof flags === "string" ? FLAGS.get(flags) : undefined;
  if (known === undefined) throw wrongValue("flags", flags);
  return toHost(known);
}

/** Flags of this machine as a Vfs takes them. */
export function forVfs(flags: number): number {
  return OF_HOST.reduce(
    (sum, [host, linux]) => (host !== 0 && (flags & host) === host ? sum | linux : sum),
    0,
  );
}

function toHost(flags: number): number {
  return OF_HOST.reduce((sum, [host, linux]) => ((flags & linux) === linux ? sum | host : sum), 0);
}
