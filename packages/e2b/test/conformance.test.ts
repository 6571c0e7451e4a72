import { conform } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { SKIPS } from "./skips.ts";
import { ServerProcess, Stores } from "./stores.ts";

const server = await ServerProcess.start();
afterAll(() => server.close());
const stores = await Stores.on(server.url);

describe("e2b › conformance", () => {
  // Each call is a program that is started: it takes a minute and a half.
  conform(it, { make: () => stores.make(), caps: stores.make().caps, slow: true, skips: SKIPS });
});
