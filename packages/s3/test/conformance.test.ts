import { conform, type Place } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { newStore } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { SKIPS } from "./skips.ts";

const server = await S3Server.start();
afterAll(() => server.close());
const { caps } = newStore(server);

for (const place of ["root", "mount", "layer"] as Place[])
  describe(`s3 › conformance › ${place}`, () => {
    conform(it, {
      make: () => newStore(server, { prefix: "some/prefix" }),
      caps: newStore(server, { prefix: "some/prefix" }).caps,
      place,
      skips: SKIPS,
    });
  });

describe("s3 › conformance › whole bucket", () => {
  conform(it, { make: () => newStore(server), caps, skips: SKIPS });
});
