import { VfsError, type Call, type OpName, type VPath } from "@vfs/core";

/** How much may be there. What is absent has no limit. All are whole numbers of at least 0. */
export interface QuotaLimits {
  /** Bytes of one file, and of the attributes (`meta`, `contentType`) of one. */
  readonly maxFileBytes?: number | undefined;
  /** Bytes of all files. What has several names counts once; a hole counts as if it were written. */
  readonly maxTotalBytes?: number | undefined;
  /**
   * Files, directories and symbolic links, without the root. A further hard link is no further file; of those a file
   * may have as many as this.
   */
  readonly maxFiles?: number | undefined;
  /** Names in a path: what lies in the root has 1. */
  readonly maxDepth?: number | undefined;
  /** Bytes of UTF-8 of one name. */
  readonly maxNameBytes?: number | undefined;
  /** Bytes of UTF-8 of a whole path. */
  readonly maxPathBytes?: number | undefined;
}

/** The name of a limit. */
export type QuotaRule = keyof QuotaLimits;

/** A call that a quota refused. */
export interface QuotaViolation {
  readonly operation: OpName;
  /** From the root of everything, as `to`. */
  readonly path: VPath;
  readonly to?: VPath | undefined;
  readonly reason: "quota";
  readonly rule: QuotaRule;
  /** What the limit allows, and what the call would have come to. */
  readonly limit: number;
  readonly wanted: number;
  readonly actor: string | undefined;
  /** When, in milliseconds since 1970. */
  readonly timeMs: number;
}

/** The limits as numbers: what has none is `Infinity`. */
export type Limits = Readonly<Record<QuotaRule, number>>;

const NAMES: readonly QuotaRule[] = [
  "maxFileBytes",
  "maxTotalBytes",
  "maxFiles",
  "maxDepth",
  "maxNameBytes",
  "maxPathBytes",
];

/**
 * Looks at what a caller gave.
 *
 * @throws TypeError for what is no limit or no number; RangeError for a number that cannot be one.
 */
export function checkLimits(given: QuotaLimits): Limits {
  if (typeof given !== "object" || given === null)
    throw new TypeError(`quota() needs its limits: quota({ maxTotalBytes: 100 << 20 })`);
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (!(NAMES as readonly string[]).includes(name))
      throw new TypeError(`quota() has no limit "${name}"; limits are ${NAMES.join(", ")}`);
    if (value === undefined) continue;
    if (typeof value !== "number") throw new TypeError(`${name} must be a number, got ${typeof value}`);
    if (!(value >= 0 && (Number.isSafeInteger(value) || value === Infinity)))
      throw new RangeError(
        `${name} must be a whole number of at least 0, got ${value}; leave it out for no limit`,
      );
  }
  const all = NAMES.map((name) => [name, given[name] ?? Infinity] as const);
  return Object.freeze(Object.fromEntries(all) as Record<QuotaRule, number>);
}

const TEXTS: Readonly<Record<QuotaRule, string>> = {
  maxFileBytes: "bytes in a file",
  maxTotalBytes: "bytes in all",
  maxFiles: "files, directories and links",
  maxDepth: "names in a path",
  maxNameBytes: "bytes in a name",
  maxPathBytes: "bytes in a path",
};

/** A limit, and what would go past it. */
export interface Excess {
  readonly rule: QuotaRule;
  readonly limit: number;
  readonly wanted: number;
}

/**
 * What a caller is told whose call would go past a limit. It is always `EDQUOT`, for one file and for a name too:
 * `EFBIG` and `ENAMETOOLONG` are what a store says that cannot do more. That more is not allowed is one thing, which
 * callers tell by one code and by the reason "quota", as POSIX does for what an administrator has set.
 */
export function exceeded({ rule, limit, wanted }: Excess): VfsError {
  return new VfsError("EDQUOT", {
    reason: "quota",
    hint: `${rule}: ${limit} ${TEXTS[rule]}, this would be ${wanted}`,
  });
}

/** What is told of a refused call. */
export function violationOf(call: Call, { rule, limit, wanted }: Excess): QuotaViolation {
  const { op: operation, globalPath: path, globalTo: to, ctx } = call;
  const { actor } = ctx;
  return { operation, path, to, reason: "quota", rule, limit, wanted, actor, timeMs: Date.now() };
}
