import { capsOf, runNamed } from "./conformance.ts";
import { inWorker } from "./in-worker.ts";

/** What a test can call in the page. */
const calls = { capsOf, runNamed, inWorker };

export type PageCalls = typeof calls;

Object.assign(globalThis, { calls });
