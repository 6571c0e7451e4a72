/** What came of a step: a value, or an error as `node:fs` tells it. */
export type Outcome = { readonly value: unknown } | Failure;

export interface Failure {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string | undefined;
  readonly path: string | undefined;
  readonly dest: string | undefined;
}

/** Errors of Node's own `cp` and `rm`, which stand for one of the kernel. */
const OWN_CODES: Readonly<Record<string, string>> = {
  ERR_FS_CP_EINVAL: "EINVAL",
  ERR_FS_CP_EEXIST: "EEXIST",
  ERR_FS_CP_DIR_TO_NON_DIR: "ENOTDIR",
  ERR_FS_CP_NON_DIR_TO_DIR: "EISDIR",
  ERR_FS_EISDIR: "EISDIR",
};

/** An error of either side as plain data; anything else is thrown again. */
export function outcomeOf(reason: unknown, shown: (path: string) => string): Failure {
  const { code, errno, syscall, path, dest } = reason as Partial<Failure>;
  if (typeof code !== "string" || !(code.startsWith("E") && (typeof errno === "number" || code in OWN_CODES)))
    throw reason;
  return {
    code: OWN_CODES[code] ?? code,
    errno: code in OWN_CODES ? 0 : (errno ?? 0),
    syscall: syscall,
    path: path === undefined ? undefined : shown(path),
    dest: dest === undefined ? undefined : shown(dest),
  };
}

export function isFailure(outcome: Outcome): outcome is Failure {
  return "code" in outcome;
}

export function same(one: Outcome, other: Outcome): boolean {
  return show(one) === show(other);
}

export function show(outcome: Outcome): string {
  if (!isFailure(outcome)) return JSON.stringify(outcome.value) ?? "done";
  const { code, errno, syscall, path, dest } = outcome;
  return [code, errno, syscall, JSON.stringify(path), JSON.stringify(dest)].join(" ");
}
