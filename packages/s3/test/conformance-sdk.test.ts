import { conform, part } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { newDirectoryStore, newStore } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { DIRECTORY_SKIPS, SKIPS } from "./skips.ts";

const server = await S3Server.start();
afterAll(() => server.close());

describe("s3 › conformance › by the SDK", () => {
  const make = (): ReturnType<typeof newStore> => newStore(server, { transport: "sdk" });
  conform(part(it, 2), { make, caps: make().caps, skips: SKIPS });
});

describe("s3 › conformance › a directory bucket, by the SDK", () => {
  const make = (): ReturnType<typeof newStore> => newDirectoryStore(server);
  conform(part(it, 1), { make, caps: make().caps, skips: { ...SKIPS, ...DIRECTORY_SKIPS } });
});
