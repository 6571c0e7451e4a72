import * as conformance from "./stores.ts";

export {};
void conformance;
