import type { ContentGroup, ContentKind } from "../content-kind.ts";
import type { OperationClass } from "../operation-class.ts";

/**
 * Which calls are meant. All conditions that are given must hold; of a list, any member. Paths are absolute and normal,
 * from where the layer stands: of the whole in a Vfs's layer, of the mount in a mount's.
 *
 * @example
 * { path: "/data", operations: ["write", "create", "delete"], actors: ["agent"], name: "data is read-only for agents" }
 */
export interface Rule {
  /** Told in errors and violations. "allow 2" and the like unless told: never the pattern. */
  readonly name?: string | undefined;
  /** This path, and everything below it. */
  readonly path?: string | readonly string[] | undefined;
  /**
   * As find(1) and shells have it: `*`, `?`, `[a-z]`, `{a,b}`, `**` for any number of directories; a leading dot is like
   * any character. Without a slash it is held against the name, else against the whole path.
   */
  readonly glob?: string | readonly string[] | undefined;
  /** Found somewhere in the path, unless it has `^` and `$`. Without backreferences and lookaround: see `linearRegex`. */
  readonly regex?: RegExp | readonly RegExp[] | undefined;
  /** What follows the last dot of the name, in any case: `exe`, or of more dots `tar.gz`. */
  readonly extensions?: readonly string[] | undefined;
  /** All unless told. */
  readonly operations?: readonly OperationClass[] | undefined;
  /** On whose behalf: `actor` of the view. Anybody unless told. */
  readonly actors?: readonly string[] | undefined;
  /**
   * In `deny` only: what the first bytes are. Held against what is written (`write`, `create`) unless `operations` has
   * `read` too, or alone.
   */
  readonly content?: readonly (ContentKind | ContentGroup)[] | undefined;
  /** In `deny` only: as `content`, for everything but these kinds and what is empty. */
  readonly contentOtherThan?: readonly (ContentKind | ContentGroup)[] | undefined;
}

/** A rule, or for short its path (`/etc`) or its glob (`*.pem`, `/src/*.ts`): what has `* ? [ {` is a glob. */
export type RuleLike = string | Rule;

/** A rule that has a name. */
export type NamedRule = Rule & { readonly name: string };

const MAGIC = /[*?[{]/;

// A condition that is mistyped would make a rule mean more than it was to mean.
const KEYS: ReadonlySet<string> = new Set([
  "name",
  "path",
  "glob",
  "regex",
  "extensions",
  "operations",
  "actors",
  "content",
  "contentOtherThan",
]);

/**
 * A rule in full.
 *
 * @param name What it is called when it has no name of its own.
 * @throws TypeError for what is no rule.
 */
export function toRule(given: RuleLike, name: string): NamedRule {
  if (typeof given === "string") return { name, ...(MAGIC.test(given) ? { glob: given } : { path: given }) };
  if (typeof given !== "object" || given === null)
    throw new TypeError(`rule "${name}" must be a path, a glob or an object, got ${typeof given}`);
  const named = { ...given, name: given.name ?? name };
  for (const key of Object.keys(given))
    if (!KEYS.has(key)) throw new TypeError(`rule "${named.name}" has the unknown condition "${key}"`);
  return named;
}
