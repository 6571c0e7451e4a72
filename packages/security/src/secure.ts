import type { Awaitable, Layer } from "@vfs/core";
import { composed } from "./composed.ts";
import { MUTATING, OPERATION_CLASSES, sumOf, type OperationClass } from "./operation-class.ts";
import { Policy } from "./policy/policy.ts";
import { READ_ONLY } from "./policy/refusal.ts";
import type { Rules } from "./policy/rule-book.ts";
import { PROFILES, type Profile, type ProfileName } from "./profile.ts";
import type { QuotaLimits } from "./quota/limits.ts";
import { quota, type QuotaUsage } from "./quota/quota.ts";
import { toRule, type Rule, type RuleLike } from "./rules/rule.ts";
import { ViolationLog, type Violation } from "./violations.ts";

/** Rules that are added to those of a profile. */
export interface AddedRules {
  /** Let through beside `allowedPaths`. */
  readonly allow?: readonly RuleLike[] | undefined;
  /** Refused, whatever allows it. */
  readonly deny?: readonly RuleLike[] | undefined;
}

/** How a policy differs from its profile. What is absent is as there. */
export interface SecurityOverrides extends QuotaLimits, AddedRules {
  /** In place of the profile's: paths that may be worked with, with everything below them. */
  readonly allowedPaths?: readonly string[] | undefined;
  /** In place of the profile's: the operations that there are at all. */
  readonly operations?: readonly OperationClass[] | undefined;
  /** Whatever changes something is `EROFS`. */
  readonly readOnly?: boolean | undefined;
  /** Whether the profile's own list of secrets is kept back. */
  readonly denySecrets?: boolean | undefined;
  /** Told of each refused call, at once. */
  readonly onViolation?: ((violation: Violation) => void) | undefined;
  /** How many violations are kept, 1,000 unless told. */
  readonly maxViolations?: number | undefined;
}

/** A policy and its quota, as one layer. */
export interface SecureLayer extends Layer {
  /** How full what it stands in front of is, beside the limits. */
  usage(): QuotaUsage;
  /** Takes up what others have done to the stores; see `quota`. */
  resync(): Awaitable<QuotaUsage>;
  /** The last refused calls, the oldest first. */
  violations(): readonly Violation[];
  clearViolations(): void;
  /** Other added rules, from the next call on, those on open files too. What the profile has stays. */
  setRules(rules: AddedRules): void;
}

const USUAL_VIOLATIONS = 1000;

/**
 * A layer that lets through what a policy allows, and no more than its quota. It is one value in a list of layers, in
 * the slot "policy": the quota stands right behind the policy, in front of whatever comes next. Make one for each Vfs and
 * each mount: it remembers what it stands in front of.
 *
 * @example
 * createVfs(memory(), { layers: [secure("strict", { allowedPaths: ["/home/ada"], deny: ["*.exe"] })] });
 *
 * @throws TypeError for a profile, an override or a rule that makes no sense; VfsError `EINVAL` for a pattern that is
 * too large or takes more than linear time.
 */
export function secure(profile: ProfileName, overrides: SecurityOverrides = {}): SecureLayer {
  const { maxViolations = USUAL_VIOLATIONS, onViolation } = checked(profile, overrides);
  const log = new ViolationLog(maxViolations, onViolation);
  const base = settled(PROFILES[profile], overrides);
  const policy = new Policy(rulesOf(base, overrides), base.readOnly, log);
  const alone: Layer = {
    name: `secure ${profile}`,
    slot: "policy",
    checksMoves: true,
    attach: (standing) => policy.attach(standing),
    decidesBelow: (path) => policy.decidesBelow(path),
    handle: (call, next) => policy.handle(call, next),
    close: () => policy.close(),
  };
  // The seam: what is let through is counted.
  const counted = quota(limitsOf(base, overrides), { onRefused: (violation) => log.add(violation) });
  return Object.assign(composed(alone, counted), {
    usage: () => counted.usage(),
    resync: () => counted.resync(),
    violations: () => log.list(),
    clearViolations: () => log.clear(),
    setRules: (rules: AddedRules) => policy.setRules(rulesOf(base, rules)),
  });
}

/** A profile with its lines changed. */
function settled(profile: Profile, overrides: SecurityOverrides): Profile {
  const {
    allowedPaths = profile.allowedPaths,
    operations = profile.operations,
    readOnly = profile.readOnly,
    denySecrets = true,
  } = overrides;
  return { ...profile, allowedPaths, operations, readOnly, deny: denySecrets ? profile.deny : [] };
}

function rulesOf(profile: Profile, { allow = [], deny = [] }: AddedRules): Rules {
  const { allowedPaths, operations, readOnly } = profile;
  const absent = OPERATION_CLASSES.filter((name) => !operations.includes(name));
  const changing = OPERATION_CLASSES.filter((name) => (sumOf([name]) & MUTATING) !== 0);
  const whole: Rule[] = [
    ...(readOnly ? [{ name: READ_ONLY, path: "/", operations: changing }] : []),
    ...(absent.length > 0 ? [{ name: "operations of the profile", path: "/", operations: absent }] : []),
  ];
  return {
    allow: [...(allowedPaths.length > 0 ? [{ path: allowedPaths }] : []), ...numbered("allow", allow)],
    deny: [...whole, ...profile.deny, ...numbered("deny", deny)],
  };
}

/** Gives rules without a name the one by which their author finds them: their place in the list. */
function numbered(effect: string, rules: readonly RuleLike[]): readonly RuleLike[] {
  if (!Array.isArray(rules)) throw new TypeError(`${effect} must be a list of rules`);
  return rules.map((rule, i) => toRule(rule, `${effect} ${i + 1}`));
}

function limitsOf({ limits }: Profile, overrides: SecurityOverrides): QuotaLimits {
  const {
    maxFileBytes = limits.maxFileBytes,
    maxTotalBytes = limits.maxTotalBytes,
    maxFiles = limits.maxFiles,
    maxDepth = limits.maxDepth,
    maxNameBytes,
    maxPathBytes,
  } = overrides;
  return { maxFileBytes, maxTotalBytes, maxFiles, maxDepth, maxNameBytes, maxPathBytes };
}

const OVERRIDES: ReadonlySet<string> = new Set([
  "allow",
  "deny",
  "allowedPaths",
  "operations",
  "readOnly",
  "denySecrets",
  "onViolation",
  "maxViolations",
  "maxFileBytes",
  "maxTotalBytes",
  "maxFiles",
  "maxDepth",
  "maxNameBytes",
  "maxPathBytes",
]);

/** An override that is mistyped would leave something open. */
function checked(profile: string, overrides: SecurityOverrides): SecurityOverrides {
  if (!Object.hasOwn(PROFILES, profile))
    throw new TypeError(
      `a profile is one of ${Object.keys(PROFILES).join(", ")}; got ${JSON.stringify(profile)}`,
    );
  for (const key of Object.keys(overrides))
    if (!OVERRIDES.has(key))
      throw new TypeError(`secure() has no override "${key}"; there are ${[...OVERRIDES].join(", ")}`);
  const { maxViolations = USUAL_VIOLATIONS, operations = [] } = overrides;
  if (!Number.isInteger(maxViolations) || maxViolations < 0)
    throw new RangeError(`maxViolations must be a whole number of at least 0, got ${maxViolations}`);
  sumOf(operations);
  return overrides;
}
