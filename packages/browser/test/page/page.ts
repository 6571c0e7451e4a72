import { capsOf, runNamed } from "./conformance.ts";

/** What a test can call in the page. */
const calls = { capsOf, runNamed };

export type PageCalls = typeof calls;

Object.assign(globalThis, { calls });
