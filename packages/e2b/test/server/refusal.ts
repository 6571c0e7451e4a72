/** The codes of Connect that the daemon uses, with the status that goes with each. */
const STATUS = {
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  unauthenticated: 401,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
} as const;

export type RpcCode = keyof typeof STATUS;

/** What a request is answered with when it is refused: a code of Connect, or a status of HTTP. */
export class Refusal extends Error {
  readonly code: RpcCode | number;

  constructor(code: RpcCode | number, message: string) {
    super(message);
    this.code = code;
  }

  get status(): number {
    return typeof this.code === "number" ? this.code : STATUS[this.code];
  }

  toJSON(): { code: RpcCode | number; message: string } {
    return { code: this.code, message: this.message };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EEXIST: "file exists",
  ENAMETOOLONG: "file name too long",
  ENOTEMPTY: "directory not empty",
  ELOOP: "too many levels of symbolic links",
  EISDIR: "is a directory",
  ENOSPC: "no space left on device",
};

/** What Go says of a failed call of the kernel. */
export function reasonOf(error: unknown): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? code;
}

export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? "");
}
