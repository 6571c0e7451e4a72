import { VfsError } from "./error.ts";
import type { OpenFlags } from "./provider.ts";

/** How a file is opened, in the words of `node:fs`. With an `s`, every write is durable before it returns. */
export type Flags =
  | "r"
  | "rs"
  | "r+"
  | "rs+"
  | "w"
  | "wx"
  | "w+"
  | "wx+"
  | "a"
  | "ax"
  | "a+"
  | "ax+"
  | "as"
  | "as+";

/** The numbers of Linux, which `node:fs` uses for `access`, `copyFile` and numeric flags. */
export const constants = {
  F_OK: 0,
  X_OK: 1,
  W_OK: 2,
  R_OK: 4,
  COPYFILE_EXCL: 1,
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_DSYNC: 0o10000,
  O_NOATIME: 0o1000000,
  O_SYNC: 0o4010000,
} as const;

const ACCESS = 3;
// Set by C libraries; without a meaning for a file that is not on the host.
const O_LARGEFILE = 0o100000;
const O_CLOEXEC = 0o2000000;

const KNOWN_BITS =
  Object.entries(constants).reduce((bits, [name, bit]) => (name.startsWith("O_") ? bits | bit : bits), 0) |
  ACCESS |
  O_LARGEFILE |
  O_CLOEXEC;

/**
 * What flags mean.
 *
 * @throws VfsError `EINVAL` for a text that is none of {@link Flags}, and for a number with a bit that is not honoured
 * (`O_DIRECTORY`, `O_NOFOLLOW`, `O_TMPFILE` among them).
 */
export function parseFlags(flags: Flags | number): OpenFlags {
  return typeof flags === "number" ? fromNumber(flags) : fromText(flags);
}

/** Whether every write is to be durable before it returns. */
export function writesThrough(flags: Flags | number): boolean {
  return typeof flags === "number" ? (flags & constants.O_DSYNC) !== 0 : flags.includes("s");
}

function fromText(flags: string): OpenFlags {
  const match = /^(r|w|a)(s?)(x?)(\+?)$/.exec(flags.replace(/^(\w)\+(s|x)$/, "$1$2+"));
  const [, kind, , exclusive, plus] = match ?? [];
  if (kind === undefined || (kind === "r" && exclusive === "x"))
    throw new VfsError("EINVAL", {
      hint: `unknown flags "${flags}"; use one of r r+ w wx w+ wx+ a ax a+ ax+`,
    });
  return {
    read: kind === "r" || plus === "+",
    write: kind !== "r" || plus === "+",
    append: kind === "a",
    create: kind !== "r",
    exclusive: exclusive === "x",
    truncate: kind === "w",
  };
}

function fromNumber(flags: number): OpenFlags {
  const access = flags & ACCESS;
  if (!Number.isInteger(flags) || (flags & ~KNOWN_BITS) !== 0 || access === ACCESS)
    throw new VfsError("EINVAL", {
      hint: `flags 0o${(flags >>> 0).toString(8)} have a bit that is not known here`,
    });
  return {
    read: access !== constants.O_WRONLY,
    write: access !== constants.O_RDONLY,
    append: (flags & constants.O_APPEND) !== 0,
    create: (flags & constants.O_CREAT) !== 0,
    exclusive: (flags & constants.O_EXCL) !== 0,
    truncate: (flags & constants.O_TRUNC) !== 0,
  };
}
