export { cache, type CacheOptions } from "./cache/cache.ts";
export { systemClock, type Clock } from "./clock.ts";
export { expiry, type ExpiryLayer, type ExpiryOptions } from "./expiry/expiry.ts";
export type { SweepOptions } from "./expiry/sweep.ts";
export { limit, type LimitOptions } from "./limit.ts";
export { prefix } from "./prefix.ts";
export { readOnly } from "./read-only.ts";
export { retry, type RetryOptions } from "./retry.ts";
export { spanAttributes, trace, type TraceEvent, type TraceOptions } from "./trace.ts";
