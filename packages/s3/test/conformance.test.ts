import { conform, type Place } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { newStore } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { SKIPS } from "./skips.ts";

const server = await S3Server.start();
afterAll(() => server.close());

const whole = (): ReturnType<typeof newStore> => newStore(server);
const part = (): ReturnType<typeof newStore> => newStore(server, { prefix: "some/prefix" });
const bySdk = (): ReturnType<typeof newStore> => newStore(server, { transport: "sdk" });

for (const place of ["root", "mount", "layer"] as Place[])
  describe(`s3 › conformance › ${place}`, () => {
    conform(it, { make: whole, caps: whole().caps, place, skips: SKIPS });
  });

describe("s3 › conformance › below a prefix", () => {
  conform(it, { make: part, caps: part().caps, skips: SKIPS });
});

describe("s3 › conformance › by the SDK", () => {
  conform(it, { make: bySdk, caps: bySdk().caps, skips: SKIPS });
});
