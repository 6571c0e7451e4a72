import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createVfs } from "@vfs/core";
import { s3 } from "@vfs/s3";
import { Operator } from "opendal";
import { median } from "../measure.ts";
import { atLeast, atMost, told, type Bench, type Row } from "../row.ts";

const SERVER = fileURLToPath(new URL("../../../../packages/s3/test/server/main.ts", import.meta.url));
const CREDENTIALS = { accessKeyId: "AKTEST", secretAccessKey: "SKTEST" };
const KIB = Buffer.alloc(1024, 7);
const SIDE_BY_SIDE = 32;
const ROUNDS = 5;
const MIB = 1 << 20;

/** Small files through the filesystem, beside the SDK's own calls and OpenDAL, on servers that are so far away. */
export const buckets: Bench = {
  name: "s3: small files beside the raw SDK and opendal, and a large one beside its connections",
  run: async () => {
    // That of `packages/s3/test/rgw.sh`, say.
    const other = process.env["VFS_S3_TEST_ENDPOINT"];
    if (other !== undefined) return smallFiles(await withBucket(other), "the other server");
    const rows: Row[] = [];
    for (const latencyMs of [0, 10, 30])
      rows.push(...(await onServer([latencyMs], (endpoint) => smallFiles(endpoint, `${latencyMs} ms away`))));
    return [...rows, ...(await onServer([0, CONNECTION_BYTES], largeFile))];
  },
};

/** Runs something on a server in a process of its own, so that only the client's work is counted. */
async function onServer<T>(args: readonly number[], action: (endpoint: string) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [SERVER, ...args.map(String)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return await action(line.toString().trim());
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
}

/** Three things that are done with a small file. */
interface Peer {
  readonly write: (name: string) => Promise<unknown>;
  readonly read: (name: string) => Promise<unknown>;
  readonly stat: (name: string) => Promise<unknown>;
}

function peersOn(
  endpoint: string,
): Record<"ours" | "sdk" | "opendal", Peer> & { close: () => Promise<void> } {
  const vfs = createVfs(
    s3({ bucket: "bench", prefix: "ours", endpoint, credentials: CREDENTIALS, forcePathStyle: true }),
  );
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    credentials: CREDENTIALS,
    forcePathStyle: true,
    cacheMiddleware: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { httpAgent: { maxSockets: 128 } },
  });
  const store = new Operator("s3", {
    endpoint,
    bucket: "bench",
    root: "/opendal",
    region: "us-east-1",
    access_key_id: CREDENTIALS.accessKeyId,
    secret_access_key: CREDENTIALS.secretAccessKey,
  });
  const keyOf = (name: string): { Bucket: string; Key: string } => ({ Bucket: "bench", Key: `sdk/${name}` });
  return {
    ours: {
      write: (name) => vfs.writeFile(`/${name}`, KIB),
      read: (name) => vfs.readFile(`/${name}`),
      stat: (name) => vfs.stat(`/${name}`),
    },
    sdk: {
      write: (name) => client.send(new PutObjectCommand({ ...keyOf(name), Body: KIB })),
      read: async (name) =>
        (await client.send(new GetObjectCommand(keyOf(name)))).Body?.transformToByteArray(),
      // What a filesystem must ask: whether there is a file, and whether a directory.
      stat: (name) =>
        Promise.all([
          client.send(new HeadObjectCommand(keyOf(name))),
          client.send(new ListObjectsV2Command({ Bucket: "bench", Prefix: `sdk/${name}/`, MaxKeys: 1 })),
        ]),
    },
    opendal: {
      write: (name) => store.write(name, KIB),
      read: (name) => store.read(name),
      stat: (name) => store.stat(name),
    },
    close: async () => {
      await vfs.close();
      client.destroy();
    },
  };
}

/** Makes the bucket, on a server that is named by the environment. */
async function withBucket(endpoint: string): Promise<string> {
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    credentials: CREDENTIALS,
    forcePathStyle: true,
  });
  await client.send(new CreateBucketCommand({ Bucket: "bench" }));
  client.destroy();
  return endpoint;
}

async function smallFiles(endpoint: string, where: string): Promise<Row[]> {
  const { close, ...peers } = peersOn(endpoint);
  const count = 512;
  const rows: Row[] = [];
  for (const verb of ["write", "read", "stat"] as const) {
    const taken: Record<keyof typeof peers, { ms: number[]; cpu: number[] }> = {
      ours: { ms: [], cpu: [] },
      sdk: { ms: [], cpu: [] },
      opendal: { ms: [], cpu: [] },
    };
    for (let round = 0; round < ROUNDS; round++)
      for (const name of ["ours", "sdk", "opendal"] as const) {
        const { ms, cpuMicros } = await timed(peers[name][verb], count);
        taken[name].ms.push(ms / count);
        taken[name].cpu.push(cpuMicros / count);
      }
    const [ours, sdk, opendal] = [taken.ours, taken.sdk, taken.opendal].map(({ ms, cpu }) => ({
      ms: median(ms),
      cpu: median(cpu),
    })) as [Figures, Figures, Figures];
    const what = `${where}, ${verb} of 1 KiB, ${SIDE_BY_SIDE} at a time`;
    rows.push(
      told(`${what}: a call`, ours.ms * 1000, "us"),
      atLeast(`${what}: CPU of the SDK`, sdk.cpu / ours.cpu, 3, "x ours"),
      atLeast(`${what}: time of the SDK`, sdk.ms / ours.ms, 1, "x ours"),
      atLeast(`${what}: time of opendal`, opendal.ms / ours.ms, 0.8, "x ours"),
    );
  }
  await close();
  return rows;
}

interface Figures {
  readonly ms: number;
  readonly cpu: number;
}

/** Does something with many files, so many at a time. */
async function timed(
  action: (name: string) => Promise<unknown>,
  count: number,
): Promise<{ ms: number; cpuMicros: number }> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await action(`f${next++}`);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - began, cpuMicros: user + system };
}

const CHILD = fileURLToPath(new URL("../s3-stream-child.js", import.meta.url));
const CONNECTIONS = 8;
// Little, so that it is the connections that are slow, and not the server that hashes what comes.
const CONNECTION_BYTES = 2 * MIB;

/** 1 GiB over connections that carry 2 MiB a second each, in a process of its own. */
async function largeFile(endpoint: string): Promise<Row[]> {
  const child = spawn(process.execPath, ["--expose-gc", CHILD, endpoint, String(CONNECTIONS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  await once(child, "exit");
  const { bytes, writeMs, readMs, writeGrewBytes, readGrewBytes } = JSON.parse(line.toString()) as Streamed;
  const share = (ms: number): number => (100 * bytes) / (ms / 1000) / (CONNECTIONS * CONNECTION_BYTES);
  const over = `over ${CONNECTIONS} connections of ${CONNECTION_BYTES / MIB} MiB/s`;
  return [
    atLeast(`1 GiB, written ${over}`, share(writeMs), 80, "% of them"),
    atLeast(`1 GiB, read ${over}`, share(readMs), 80, "% of them"),
    atMost("1 GiB, written: growth of the process", writeGrewBytes / MIB, 128, "MiB"),
    atMost("1 GiB, read: growth of the process", readGrewBytes / MIB, 128, "MiB"),
  ];
}

interface Streamed {
  readonly bytes: number;
  readonly writeMs: number;
  readonly readMs: number;
  readonly writeGrewBytes: number;
  readonly readGrewBytes: number;
}
