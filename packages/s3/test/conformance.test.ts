import { conform, type Place } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { newDirectoryStore, newStore } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { DIRECTORY_SKIPS, SKIPS } from "./skips.ts";

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

describe("s3 › conformance › copies that know no condition", () => {
  const make = (): ReturnType<typeof newStore> => newStore(server, { conditionalCopy: false });
  conform(it, { make, caps: make().caps, skips: SKIPS });
});

describe("s3 › conformance › by the SDK", () => {
  conform(it, { make: bySdk, caps: bySdk().caps, skips: SKIPS });
});

describe("s3 › conformance › a directory bucket", () => {
  const make = (): ReturnType<typeof newStore> => newDirectoryStore(server);
  conform(it, { make, caps: make().caps, skips: { ...SKIPS, ...DIRECTORY_SKIPS } });
});
