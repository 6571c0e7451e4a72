import { conform } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { HEAVY, SKIPS } from "./skips.ts";
import { ServerProcess, Stores } from "./stores.ts";

const server = await ServerProcess.start();
afterAll(() => server.close());
const stores = await Stores.on(server.url);

describe("e2b › conformance", () => {
  const around = process.env["VFS_E2B_WHOLE_KIT"] === "1" ? [] : HEAVY;
  conform(it, { make: () => stores.make(), caps: stores.make().caps, skips: SKIPS, around });
});
