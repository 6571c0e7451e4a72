import { conform, part } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { newStore } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { SKIPS } from "./skips.ts";

// Each case in each place and with each setting: not each place with each setting, which are at different ends of a
// call. What goes by the SDK has a file of its own, so that the two run side by side.
const server = await S3Server.start();
afterAll(() => server.close());

describe("s3 › conformance › root", () => {
  const make = (): ReturnType<typeof newStore> => newStore(server);
  conform(it, { make, caps: make().caps, skips: SKIPS });
});

describe("s3 › conformance › mount, below a prefix", () => {
  const make = (): ReturnType<typeof newStore> => newStore(server, { prefix: "some/prefix" });
  conform(part(it, 0), { make, caps: make().caps, place: "mount", skips: SKIPS });
});

describe("s3 › conformance › layer, copies that know no condition", () => {
  const make = (): ReturnType<typeof newStore> => newStore(server, { conditionalCopy: false });
  conform(part(it, 1), { make, caps: make().caps, place: "layer", skips: SKIPS });
});
