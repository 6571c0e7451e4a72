export { secure, type AddedRules, type SecureLayer, type SecurityOverrides } from "./secure.ts";
export { PROFILES, type Profile, type ProfileName } from "./profile.ts";
export type { Rule, RuleLike } from "./rules/rule.ts";
export type { OperationClass } from "./operation-class.ts";
export type { ContentGroup, ContentKind } from "./content-kind.ts";
export type { QuotaLimits } from "./quota-limits.ts";
export type { Violation } from "./violations.ts";
