export { conform, runCase, type ConformOptions, type It, type Place } from "./conform.ts";
export { CASES, casesFor, skippedFor } from "./cases.ts";
export type { Bench, Case } from "./case.ts";
export { CheckError } from "./check.ts";
export { CONTEXT } from "./context.ts";
export { delayed } from "./delayed.ts";
export { emptyRoot } from "./empty-root.ts";
export { part } from "./part.ts";
