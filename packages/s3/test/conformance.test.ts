import { conform, part } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { emptyBucket, newStore, sharing } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { SKIPS } from "./skips.ts";
import { s3, type S3Options, type S3Provider } from "../src/index.ts";

// Each case in each place and with each setting: not each place with each setting, which are at different ends of a
// call. What goes by the SDK has a file of its own, so that the two run side by side.
const server = await S3Server.start();
const { options, close } = sharing(server);
afterAll(close);

const sharingStore = (more: Partial<S3Options>): S3Provider =>
  s3({ bucket: emptyBucket(server), ...options, transport: "fast", ...more });

describe("s3 › conformance › root", () => {
  const make = (): S3Provider => newStore(server);
  conform(it, { make, caps: make().caps, skips: SKIPS });
});

describe("s3 › conformance › mount, below a prefix", () => {
  const make = (): S3Provider => sharingStore({ prefix: "some/prefix" });
  conform(part(it, 0), { make, caps: make().caps, place: "mount", skips: SKIPS });
});

describe("s3 › conformance › layer, copies that know no condition", () => {
  const make = (): S3Provider => sharingStore({ conditionalCopy: false });
  conform(part(it, 1), { make, caps: make().caps, place: "layer", skips: SKIPS });
});
