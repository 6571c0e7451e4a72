import { createVfs, isVfsError } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { emptyBucket, newDirectoryBucket, reach, sharing } from "./bucket.ts";
import { OF_DIRECTORY_BUCKETS, SCENARIOS, type Scenario } from "./faults/scenarios.ts";
import type { FaultKind, FaultRule } from "./server/faults.ts";
import type { LogEntry } from "./server/log.ts";
import { S3Server } from "./server/server.ts";
import { PART_BYTES, SMALL_LIMITS, SMALL_SIZES } from "./small.ts";
import type { S3Options } from "../src/index.ts";
import { s3OfSizes } from "../src/s3.ts";

const server = await S3Server.start({ limits: SMALL_LIMITS });
const { options: shared, close } = sharing(server);
afterAll(close);

/** Those that pass: the call must go well. */
const PASSING: readonly FaultKind[] = [
  "slow-down",
  "error-before",
  "error-after",
  "reset-before",
  "reset-after",
  "reset-middle",
  "truncated",
  "conflict",
  "error-in-200",
];

/**
 * What a verb tells apart: refused at once, not done although nobody says so, done although nobody says so. To it the
 * others are the same as one of these, once the transport has told them.
 */
const SORTS: ReadonlySet<FaultKind> = new Set(["slow-down", "error-before", "reset-after"]);

/** Those that stay as long as a request is made again. */
const LASTING: readonly FaultKind[] = ["error-before", "error-after", "reset-after", "denied"];

const met = new Set<string>();

/**
 * The faults that a request of an operation is put under. By the fast transport each request meets each fault. The verbs
 * are the same by the SDK: each operation meets each fault there once, so that all are told rightly, and each request
 * meets one of each sort.
 */
function passing(
  way: Way,
  { op, responseBytes }: Pick<LogEntry, "op" | "responseBytes">,
): readonly FaultKind[] {
  const isBySdk = way !== "fast" || op === ABORT;
  return PASSING.filter((kind) => {
    if (!canBefall(kind, op, responseBytes)) return false;
    const isNew = !met.has(`${way} ${op} ${kind}`);
    met.add(`${way} ${op} ${kind}`);
    return isNew || !isBySdk || SORTS.has(kind) || process.env["VFS_ALL"] === "1";
  });
}

/** Only what writes meets a conflict, only what answers with XML can fail in it, and only a body is cut off. */
function canBefall(kind: FaultKind, op: string, responseBytes: number): boolean {
  const isReading = op === "GetObject" || op === "HeadObject";
  if (kind === "conflict") return !isReading && op !== "ListObjectsV2";
  if (kind === "reset-middle" || kind === "truncated") return responseBytes > 0;
  return kind !== "error-in-200" || !isReading;
}

/** What a bucket holds: content by key. */
function stateOf(bucket: string): Record<string, string> {
  const target = server.bucket(bucket);
  return Object.fromEntries(
    target.keys().map((key) => {
      const { data, headers, etag } = target.get(key);
      return [key, `${data.length} ${etag} ${headers["x-amz-meta-mode"]}`];
    }),
  );
}

interface Outcome {
  readonly before: Record<string, string>;
  readonly after: Record<string, string>;
  readonly failure: unknown;
  readonly requests: readonly LogEntry[];
  readonly struck: number;
  readonly uploads: number;
}

/** How the bucket is reached. */
type Way = "fast" | "sdk" | "directory";

/** A session is the client's: with one client for all there would be no request for it. */
const OPTIONS: Readonly<Record<Way, () => S3Options>> = {
  fast: () => ({ bucket: emptyBucket(server), ...shared, transport: "fast" }),
  sdk: () => ({ bucket: emptyBucket(server), ...shared, transport: "sdk" }),
  directory: () => ({ bucket: newDirectoryBucket(server), ...reach(server) }),
};

/** Runs a scenario on a bucket of its own, with faults from its first request on. */
async function run(
  { prepare, act, options }: Scenario,
  rules: readonly FaultRule[],
  way: Way,
): Promise<Outcome> {
  const own = OPTIONS[way]();
  const { bucket } = own;
  const retry = { baseMs: 1, mostMs: 2, attempts: 4 };
  const how = { partBytes: PART_BYTES, concurrency: 3, ...options };
  const store = s3OfSizes(SMALL_SIZES, { ...own, retry, ...how });
  await using vfs = createVfs(store);
  await prepare?.(vfs, store);
  const before = stateOf(bucket);
  server.log.clear();
  server.faults.clear();
  server.faults.add(...rules);
  const failure: unknown = await act(vfs, store).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const requests = [...server.log.entries];
  const struck = server.faults.count;
  server.faults.clear();
  const uploads = server.bucket(bucket).uploads.size;
  const after = stateOf(bucket);
  return { before, after, failure, requests, struck, uploads };
}

/** Each request fails once, in each way, and each comes late: what is to be done is done. */
async function expectEachRequest(scenario: Scenario, way: Way): Promise<void> {
  const clean = await run(scenario, [], way);
  expect(clean.failure).toBeUndefined();
  const late = await run(scenario, [{ kind: "slow-first-byte", times: Infinity }], way);
  expect(late).toMatchObject({
    failure: undefined,
    after: clean.after,
    struck: clean.requests.length,
    uploads: 0,
  });
  for (const [after, request] of clean.requests.entries())
    for (const kind of passing(way, request)) {
      const outcome = await run(scenario, [{ kind, after }], way);
      const where = `${kind} at ${request.op} (${after})`;
      expect(outcome.failure, where).toBeUndefined();
      expect(outcome.after, where).toEqual(clean.after);
      expect(outcome.uploads, where).toBe(0);
      expect(outcome.struck, where).toBe(1);
    }
}

/** Where a fault does not pass, the call fails, and what it was to change is as it was. */
async function expectEachOperation(scenario: Scenario, way: Way): Promise<void> {
  const clean = await run(scenario, [], way);
  for (const kind of LASTING)
    for (const op of new Set(clean.requests.map((request) => request.op))) {
      const outcome = await run(scenario, [{ kind, op, times: Infinity }], way);
      const where = `${kind} at each ${op}`;
      expectWhole(outcome, scenario, clean.after, where);
    }
  if (!clean.requests.some(({ op }) => op === COMPLETE)) return;
  // An upload that cannot be completed is ended even if that does not go well at once.
  for (const kind of passing(way, { op: ABORT, responseBytes: 0 })) {
    const rules = [{ kind, op: ABORT }, { kind: "denied", op: COMPLETE } as const];
    expectWhole(
      await run(scenario, rules, way),
      scenario,
      clean.after,
      `no completion, and ${kind} at its end`,
    );
  }
}

const COMPLETE = "CompleteMultipartUpload";
const ABORT = "AbortMultipartUpload";

function expectWhole(
  { failure, before, after, uploads }: Outcome,
  { between }: Scenario,
  done: Record<string, string>,
  where: string,
): void {
  const isWhole = [before, done].some((state) => sameState(state, after));
  const isBetween = between?.some((keys) => keys.join() === Object.keys(after).join()) ?? false;
  expect(isWhole || isBetween, `${where} leaves ${JSON.stringify(after)}`).toBe(true);
  const isTold = failure === undefined ? sameState(after, done) : isVfsError(failure);
  expect(isTold, `${where}: ${String(failure)}`).toBe(true);
  expect(uploads, `uploads after ${where}`).toBe(0);
}

function sameState(a: Record<string, string>, b: Record<string, string>): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

for (const way of ["fast", "sdk", "directory"] as const)
  describe(`s3 › faults › ${way}`, () => {
    for (const scenario of way === "directory" ? OF_DIRECTORY_BUCKETS : SCENARIOS) {
      it(`${scenario.name} › goes well whichever of its requests fails once`, async () => {
        expect.hasAssertions();
        await expectEachRequest(scenario, way);
      });
      it(`${scenario.name} › is done or is not, and says so, when one operation fails for good`, async () => {
        expect.hasAssertions();
        await expectEachOperation(scenario, way);
      });
    }
  });
