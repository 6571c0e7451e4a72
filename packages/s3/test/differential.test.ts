import { randomUUID } from "node:crypto";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, describe, expect, it } from "vitest";
import { newBucket } from "./bucket.ts";
import { AskedService, type Told } from "./differential/asked-service.ts";
import { explain } from "./differential/explained.ts";
import { RandomRequests, type RandomRequest } from "./differential/random-request.ts";
import { S3Server } from "./server/server.ts";
import { clientOf } from "./service.ts";

// The same random requests to the server of the tests and to a real one, where the environment names one: `pnpm test:rgw`
// starts a Ceph for it. VFS_S3_TEST_REQUESTS says how many, VFS_S3_TEST_SEED which ones.
const {
  VFS_S3_TEST_ENDPOINT: endpoint,
  VFS_S3_TEST_REQUESTS: count = "3000",
  VFS_S3_TEST_SEED: which = "1",
} = process.env;

describe.runIf(endpoint !== undefined)("s3 › the server of the tests beside a real one", async () => {
  const server = await S3Server.start();
  const bucket = `vfs-differential-${randomUUID().slice(0, 8)}`;
  const real = new S3Client({
    endpoint: endpoint ?? "",
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
  });
  if (endpoint !== undefined) await real.send(new CreateBucketCommand({ Bucket: bucket }));
  afterAll(() => server.close());

  it(
    `${count} random requests › are answered the same, but for what is explained`,
    async () => {
      const ours = new AskedService(clientOf(server), newBucket(server));
      const theirs = new AskedService(real, bucket);
      const requests = new RandomRequests(mulberry(Number(which)));
      const seen = new Map<string, number>();
      const unexplained = new Map<string, { request: RandomRequest; ours: Told; theirs: Told }>();
      for (let i = 0; i < Number(count); i++) {
        const request = requests.next();
        const [here, there] = await Promise.all([ours.ask(request), theirs.ask(request)]);
        if (JSON.stringify(here) === JSON.stringify(there)) continue;
        const what = difference(request, here, there);
        const why = explain(what, request);
        if (why === undefined) unexplained.set(what, { request, ours: here, theirs: there });
        const name = why ?? `NOT EXPLAINED: ${what}`;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        for (const service of [ours, theirs]) await makeEven(service, request);
      }
      const lines = [...seen].sort(([, a], [, b]) => b - a).map(([name, times]) => `${times} x ${name}`);
      console.log(`${count} requests, answered differently:\n${lines.join("\n")}`);
      expect(JSON.stringify([...unexplained], undefined, 1)).toBe("[]");
    },
    Number(count) * 200,
  );
});

/** In which way two answers differ, the same text for each such pair. */
function difference({ op }: RandomRequest, ours: Told, theirs: Told): string {
  if (ours.status !== theirs.status || ours.code !== theirs.code)
    return `${op}: ${named(ours)} here, ${named(theirs)} there`;
  const fields = Object.keys(ours).filter((key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]));
  return `${op}: another ${fields.join(", ")}`;
}

function named({ status, code }: Told): string {
  return code === undefined ? `${status}` : `${status} ${code}`;
}

/** Takes away what a request was about, so that one difference does not make a hundred. */
async function makeEven(service: AskedService, request: RandomRequest): Promise<void> {
  if ("upload" in request) {
    const key = service.keyOf(request.upload);
    await service.forgetUpload(request.upload);
    if (key !== undefined) await service.forget(key);
  } else if ("key" in request) await service.forget(request.key);
  else if ("keys" in request) for (const key of request.keys) await service.forget(key);
}

function mulberry(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}
