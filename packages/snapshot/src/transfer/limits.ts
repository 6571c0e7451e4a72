import { VfsError } from "@vfs/core";

export interface ImportOptions {
  /** What the snapshot is called; as the archive says unless told. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** How many bytes the archive may have, as it is and unpacked; 1 GiB unless told. */
  readonly maxBytes?: number | undefined;
  /** How many files, directories and links; 1,000,000 unless told. */
  readonly maxEntries?: number | undefined;
  /** Take over owners, and modes with set-user-ID: for archives of your own. False unless told. */
  readonly trusted?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Limits {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly trusted: boolean;
}

export function limitsOf({
  maxBytes = 1 << 30,
  maxEntries = 1_000_000,
  trusted = false,
}: ImportOptions): Limits {
  for (const [name, value] of Object.entries({ maxBytes, maxEntries }))
    if (!(value > 0)) throw new RangeError(`${name} must be above 0, got ${value}`);
  return { maxBytes, maxEntries, trusted };
}

/** What is wrong with an archive. */
export function badArchive(hint: string, cause?: unknown): VfsError {
  return new VfsError("EINVAL", { syscall: "import", hint, cause });
}
