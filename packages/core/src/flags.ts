import { VfsError } from "./error.ts";
import type { OpenFlags } from "./provider.ts";

/** How a file is opened, in the words of `node:fs`. */
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
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
} as const;

/**
 * What flags mean.
 *
 * @throws VfsError `EINVAL` for a text that is none of {@link Flags}.
 */
export function parseFlags(flags: Flags | number): OpenFlags {
  return typeof flags === "number" ? fromNumber(flags) : fromText(flags);
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
  const access = flags & 3;
  return {
    read: access === constants.O_RDONLY || access === constants.O_RDWR,
    write: access === constants.O_WRONLY || access === constants.O_RDWR,
    append: (flags & constants.O_APPEND) !== 0,
    create: (flags & constants.O_CREAT) !== 0,
    exclusive: (flags & constants.O_EXCL) !== 0,
    truncate: (flags & constants.O_TRUNC) !== 0,
  };
}
