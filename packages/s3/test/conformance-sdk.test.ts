import { conform, part, type It } from "@vfs/conformance";
import { afterAll, describe, it } from "vitest";
import { emptyBucket, newDirectoryBucket, sharing } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import { DIRECTORY_SKIPS, SKIPS } from "./skips.ts";
import { s3, type S3Provider } from "../src/index.ts";

const server = await S3Server.start();
const { options, close } = sharing(server);
afterAll(close);

/**
 * What takes thousands of requests the verbs do by the fast transport. What it would be to the SDK, pages and requests
 * side by side, is in `costs` and in other cases; with `VFS_ALL=1` it does that too.
 */
const LONG: ReadonlySet<string> = new Set([
  "readdir › gives all of 1,100 entries",
  "writeFile › lets 100 writers make the same new directories",
]);
const short =
  (each: It): It =>
  (name, run) =>
    LONG.has(name) && process.env["VFS_ALL"] !== "1" ? undefined : each(name, run);

describe("s3 › conformance › by the SDK", () => {
  const make = (): S3Provider => s3({ bucket: emptyBucket(server), ...options, transport: "sdk" });
  conform(part(short(it), 2), { make, caps: make().caps, skips: SKIPS });
});

describe("s3 › conformance › a directory bucket, by the SDK", () => {
  const make = (): S3Provider => s3({ bucket: newDirectoryBucket(server), ...options });
  conform(part(short(it), 1), { make, caps: make().caps, skips: { ...SKIPS, ...DIRECTORY_SKIPS } });
});
