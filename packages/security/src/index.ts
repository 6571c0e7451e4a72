export { quota, type QuotaLayer, type QuotaOptions, type QuotaUsage } from "./quota/quota.ts";
export type { QuotaLimits, QuotaRule, QuotaViolation } from "./quota/limits.ts";
