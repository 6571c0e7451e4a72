import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { newBucket, reach } from "./bucket.ts";
import { S3Server } from "./server/server.ts";
import type { FaultKind, FaultRule } from "./server/faults.ts";
import { s3 } from "../src/index.ts";

const MIB = 1 << 20;
const server = await S3Server.start();
afterAll(() => server.close());

const THREES = Buffer.alloc(20 * MIB, 3);

/** Something that is done while requests fail. */
interface Scenario {
  readonly name: string;
  readonly prepare?: (vfs: Vfs) => Promise<unknown>;
  readonly act: (vfs: Vfs) => Promise<unknown>;
  /** States that are neither before nor after, and allowed: by their keys. */
  readonly between?: readonly (readonly string[])[];
}

/** A source that tells how often it was begun. */
class Source {
  begun = 0;
  readonly #parts: number;

  constructor(parts: number) {
    this.#parts = parts;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.begun++;
    for (let i = 0; i < this.#parts; i++) yield new Uint8Array(MIB).fill(i);
    if (this.begun > 1) throw new Error("the source was read twice");
  }
}

const tree = async (vfs: Vfs): Promise<void> => {
  await vfs.mkdir("/t");
  for (const name of ["a", "b", "c"]) await vfs.writeFile(`/t/${name}`, name);
};

const SCENARIOS: readonly Scenario[] = [
  { name: "stat", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.stat("/f") },
  {
    name: "readFile",
    prepare: (vfs) => vfs.writeFile("/f", "content"),
    act: async (vfs) => expect(await vfs.readFile("/f", "utf8")).toBe("content"),
  },
  {
    name: "readdir",
    prepare: tree,
    act: async (vfs) => expect((await vfs.readdir("/t")).sort()).toEqual(["a", "b", "c"]),
  },
  { name: "writeFile of a new file", act: (vfs) => vfs.writeFile("/d/f", "x") },
  { name: "writeFile with wx", act: (vfs) => vfs.writeFile("/f", "x", { flag: "wx" }) },
  {
    name: "writeFile over a file",
    prepare: (vfs) => vfs.writeFile("/f", "old"),
    act: (vfs) => vfs.writeFile("/f", "new"),
  },
  {
    name: "writeFile with ifMatch",
    prepare: (vfs) => vfs.writeFile("/f", "old"),
    act: async (vfs) => vfs.writeFile("/f", "new", { ifMatch: (await vfs.stat("/f")).etag }),
  },
  {
    name: "appendFile",
    prepare: (vfs) => vfs.writeFile("/f", "old"),
    act: (vfs) => vfs.appendFile("/f", " and new"),
  },
  {
    name: "truncate",
    prepare: (vfs) => vfs.writeFile("/f", "0123456789"),
    act: (vfs) => vfs.truncate("/f", 3),
  },
  { name: "mkdir", act: (vfs) => vfs.mkdir("/d") },
  { name: "symlink", act: (vfs) => vfs.symlink("target", "/l") },
  { name: "unlink", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.unlink("/f") },
  { name: "rm -r", prepare: tree, act: (vfs) => vfs.rm("/t", { recursive: true }) },
  { name: "chmod", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.chmod("/f", 0o600) },
  { name: "copyFile", prepare: (vfs) => vfs.writeFile("/f", "x"), act: (vfs) => vfs.copyFile("/f", "/g") },
  {
    name: "copyFile with COPYFILE_EXCL",
    prepare: (vfs) => vfs.writeFile("/f", "x"),
    act: (vfs) => vfs.copyFile("/f", "/g", 1),
  },
  { name: "cp -r", prepare: tree, act: (vfs) => vfs.cp("/t", "/u", { recursive: true }) },
  {
    name: "rename of a file",
    prepare: (vfs) => vfs.writeFile("/f", "x"),
    act: (vfs) => vfs.rename("/f", "/g"),
    between: [["f", "g"]],
  },
  {
    name: "rename of a directory",
    prepare: tree,
    act: (vfs) => vfs.rename("/t", "/u"),
    between: [["t/", "t/a", "t/b", "t/c", "u/", "u/a", "u/b", "u/c"]],
  },
];

const LARGE: readonly Scenario[] = [
  { name: "writeStream of 17 MiB", act: (vfs) => vfs.writeStream("/f", new Source(17)) },
  {
    name: "appendFile to 9 MiB",
    prepare: (vfs) => vfs.writeFile("/f", new Uint8Array(9 * MIB)),
    act: (vfs) => vfs.appendFile("/f", "tail"),
  },
  {
    name: "a handle's write into 9 MiB",
    prepare: (vfs) => vfs.writeFile("/f", new Uint8Array(9 * MIB)),
    act: async (vfs) => {
      const handle = await vfs.open("/f", "r+");
      await handle.write("new", 5);
      await handle.close();
    },
  },
  {
    name: "readFile of 20 MiB",
    prepare: (vfs) => vfs.writeFile("/f", THREES),
    act: async (vfs) => expect(THREES.equals(await vfs.readFile("/f"))).toBe(true),
  },
];

/** Those that pass: the call must go well. */
const PASSING: readonly FaultKind[] = [
  "slow-down",
  "error-before",
  "error-after",
  "reset-before",
  "reset-after",
  "reset-middle",
  "truncated",
  "slow-first-byte",
  "conflict",
  "error-in-200",
];

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
  readonly requests: number;
  readonly ops: readonly string[];
  readonly struck: number;
  readonly uploads: number;
}

/** Runs a scenario on a bucket of its own, with faults from its first request on. */
async function run(
  { prepare, act }: Scenario,
  rules: readonly FaultRule[],
  transport: "fast" | "sdk",
): Promise<Outcome> {
  const bucket = newBucket(server);
  const retry = { baseMs: 1, mostMs: 2, attempts: 6 };
  await using vfs = createVfs(s3({ bucket, ...reach(server), retry, transport, concurrency: 3 }));
  await prepare?.(vfs);
  const before = stateOf(bucket);
  server.log.clear();
  server.faults.clear();
  server.faults.add(...rules);
  const failure: unknown = await act(vfs).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { ops } = server.log;
  const struck = server.faults.count;
  server.faults.clear();
  const uploads = server.bucket(bucket).uploads.size;
  return { before, after: stateOf(bucket), failure, requests: ops.length, ops, struck, uploads };
}

async function expectEachRequest(
  scenario: Scenario,
  transport: "fast" | "sdk",
  kinds: readonly FaultKind[],
): Promise<void> {
  const clean = await run(scenario, [], transport);
  expect(clean.failure).toBeUndefined();
  for (const kind of kinds)
    for (let after = 0; after < clean.requests; after++) {
      if (!canBefall(kind, clean.ops[after] ?? "")) continue;
      const outcome = await run(scenario, [{ kind, after }], transport);
      const where = `${kind} at ${clean.ops[after]} (${after})`;
      expect(outcome.failure, where).toBeUndefined();
      expect(outcome.after, where).toEqual(clean.after);
      expect(outcome.uploads, where).toBe(0);
      expect(outcome.struck, where).toBe(1);
    }
}

/** Only what writes meets a conflict, and only what answers with XML can fail in it. */
function canBefall(kind: FaultKind, op: string): boolean {
  const isReading = op === "GetObject" || op === "HeadObject";
  if (kind === "conflict") return !isReading && op !== "ListObjectsV2";
  return kind !== "error-in-200" || !isReading;
}

/** Where a fault does not pass, the call fails, and what it was to change is as it was. */
async function expectEachOperation(
  scenario: Scenario,
  transport: "fast" | "sdk",
  kinds: readonly FaultKind[],
): Promise<void> {
  const clean = await run(scenario, [], transport);
  for (const kind of kinds)
    for (const op of new Set(clean.ops)) {
      const { failure, before, after, uploads } = await run(
        scenario,
        [{ kind, op, times: Infinity }],
        transport,
      );
      const where = `${kind} at each ${op}`;
      const states = [before, clean.after];
      const isWhole = states.some((state) => sameState(state, after));
      const isBetween = scenario.between?.some((keys) => keys.join() === Object.keys(after).join()) ?? false;
      expect(isWhole || isBetween, `${where} leaves ${JSON.stringify(after)}`).toBe(true);
      const isTold = failure === undefined ? sameState(after, clean.after) : isVfsError(failure);
      expect(isTold, where).toBe(true);
      expect(op === "AbortMultipartUpload" ? 0 : uploads, where).toBe(0);
    }
}

function sameState(a: Record<string, string>, b: Record<string, string>): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

for (const transport of ["fast", "sdk"] as const)
  describe(`s3 › faults › ${transport}`, () => {
    for (const scenario of SCENARIOS) {
      it(`${scenario.name} › goes well whichever of its requests fails once`, async () => {
        expect.hasAssertions();
        await expectEachRequest(scenario, transport, PASSING);
      });
      it(`${scenario.name} › is done or is not, and says so, when one operation fails for good`, async () => {
        expect.hasAssertions();
        await expectEachOperation(scenario, transport, [
          "error-before",
          "error-after",
          "reset-after",
          "denied",
        ]);
      });
    }
    // What the SDK has to do with large bodies is the same work on the same server: on demand.
    for (const scenario of transport === "fast" || process.env["VFS_ALL"] === "1" ? LARGE : []) {
      const kinds: readonly FaultKind[] =
        transport === "fast" ? ["slow-down", "error-after", "reset-after", "reset-middle"] : ["error-after"];
      it(`${scenario.name} › goes well whichever of its requests fails once`, async () => {
        expect.hasAssertions();
        await expectEachRequest(scenario, transport, kinds);
      });
      it(`${scenario.name} › is done or is not, and says so, when one operation fails for good`, async () => {
        expect.hasAssertions();
        await expectEachOperation(scenario, transport, ["error-before", "denied"]);
      });
    }
  });
