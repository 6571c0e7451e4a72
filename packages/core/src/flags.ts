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

/** Other spellings that Node knows. */
const SPELLINGS: Readonly<Record<string, Flags>> = {
  sr: "rs",
  "sr+": "rs+",
  xw: "wx",
  "xw+": "wx+",
  xa: "ax",
  "xa+": "ax+",
  sa: "as",
  "sa+": "as+",
};
const KNOWN_TEXTS: ReadonlySet<string> = new Set<Flags>(
  "r rs r+ rs+ w wx w+ wx+ a ax a+ ax+ as as+".split(" ") as Flags[],
);

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
  O_NOFOLLOW: 0o400000,
  O_NOATIME: 0o1000000,
  O_SYNC: 0o4010000,
} as const;

const ACCESS = 3;
// Set by C libraries; without a meaning for a file that is not on the host.
const O_LARGEFILE = 0o100000;
const O_CLOEXEC = 0o2000000;

/** What must not be passed over, because the caller counts on it; and why it cannot be done. */
const REFUSED: readonly (readonly [bit: number, why: string])[] = [
  // Before O_DIRECTORY, which is a part of it.
  [0o20200000, "O_TMPFILE: a file without a name cannot be made; make one and unlink it"],
  [0o200000, "O_DIRECTORY: only files can be opened; use opendir for a directory"],
  [0o10000000, "O_PATH: a handle is always on a file's content; use stat"],
  [0o40000, "O_DIRECT: there is no way around the store's own buffers"],
  [0o20000, "O_ASYNC: there are no signals"],
];

const KNOWN_BITS =
  Object.entries(constants).reduce((bits, [name, bit]) => (name.startsWith("O_") ? bits | bit : bits), 0) |
  ACCESS |
  O_LARGEFILE |
  O_CLOEXEC;

/**
 * What flags mean.
 *
 * @throws VfsError `EINVAL` for a text that is none of {@link Flags}, and for a number with a bit that is not honoured
 * (`O_DIRECTORY`, `O_PATH`, `O_DIRECT`, `O_TMPFILE` among them).
 */
export function parseFlags(flags: Flags | number): OpenFlags {
  return typeof flags === "number" ? fromNumber(flags) : fromText(flags);
}

/** Whether every write is to be durable before it returns. */
export function writesThrough(flags: Flags | number): boolean {
  return typeof flags === "number" ? (flags & constants.O_DSYNC) !== 0 : flags.includes("s");
}

function fromText(text: string): OpenFlags {
  const flags = SPELLINGS[text] ?? text;
  if (!KNOWN_TEXTS.has(flags))
    throw new VfsError("EINVAL", {
      hint: `unknown flags "${text}"; use one of ${Array.from(KNOWN_TEXTS).join(" ")}`,
    });
  const plus = flags.endsWith("+");
  const kind = flags.charAt(0);
  return {
    read: kind === "r" || plus,
    write: kind !== "r" || plus,
    append: kind === "a",
    create: kind !== "r",
    exclusive: flags.includes("x"),
    truncate: kind === "w",
  };
}

function fromNumber(flags: number): OpenFlags {
  const access = flags & ACCESS;
  const refused = REFUSED.find(([bit]) => (flags & bit) === bit);
  if (refused !== undefined) throw new VfsError("EINVAL", { hint: refused[1] });
  if (!Number.isInteger(flags) || (flags & ~KNOWN_BITS) !== 0 || access === ACCESS)
    throw new VfsError("EINVAL", {
      hint: `flags 0o${(flags >>> 0).toString(8)} have a bit that is not known here`,
    });
  const create = (flags & constants.O_CREAT) !== 0;
  return {
    read: access !== constants.O_WRONLY,
    write: access !== constants.O_RDONLY,
    append: (flags & constants.O_APPEND) !== 0,
    create,
    // Without O_CREAT it says nothing.
    exclusive: create && (flags & constants.O_EXCL) !== 0,
    truncate: (flags & constants.O_TRUNC) !== 0,
    ...((flags & constants.O_NOFOLLOW) === 0 ? {} : { noFollow: true }),
  };
}
