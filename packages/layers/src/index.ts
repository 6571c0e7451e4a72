export { systemClock, type Clock } from "./clock.ts";
export { prefix } from "./prefix.ts";
export { readOnly } from "./read-only.ts";
export { spanAttributes, trace, type TraceEvent, type TraceOptions } from "./trace.ts";
