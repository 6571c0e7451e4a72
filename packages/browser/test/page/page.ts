import * as conformance from "./stores.ts";

/** What a test can call in the page. */
const calls = { ...conformance };

export type PageCalls = typeof calls;

Object.assign(globalThis, { calls });
