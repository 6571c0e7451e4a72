import { capsOf, runNamed } from "./conformance.ts";
import * as formats from "./formats.ts";
import { inWorker } from "./in-worker.ts";
import * as interop from "./interop.ts";
import * as shell from "./shell.ts";

/** What a test can call in the page. */
const calls = { ...formats, ...interop, ...shell, capsOf, runNamed, inWorker };

export type PageCalls = typeof calls;

Object.assign(globalThis, { calls });
