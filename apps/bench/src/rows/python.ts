import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setTimeout as wait } from "node:timers/promises";
import { createVfs, type Layer } from "@vfs/core";
import { memory } from "@vfs/memory";
import { createPool, createSession, python, type Session } from "@vfs/sandbox";
import { median, medianMs } from "../measure.ts";
import { atLeast, atMost, type Bench, type Row } from "../row.ts";

const COLD = fileURLToPath(new URL("../cold-child.js", import.meta.url));
const MIB = 64;
const BYTES = MIB << 20;

/** How fast a session is there, and how fast it works. */
export const pythonSession: Bench = {
  name: "Python sessions on memory",
  run: async () => {
    const vfs = createVfs(memory());
    await vfs.writeFile("/in.bin", new Uint8Array(MIB << 20).fill(1));
    await using session = await createSession({ vfs, engine: python() });
    await session.execute("import os, time");
    return [
      atMost("from the start of the process to the first session ready", coldMs(), 800, "ms"),
      atMost('execute("1")', await medianMs(300, () => session.execute("1")), 1, "ms"),
      ...(await files(session)),
      ...(await farFiles()),
      atMost("a session of a pool", await pooledMs(), 5, "ms"),
    ];
  },
};

/** How long a session of a pool takes to be had, while others of the pool are started only after it. */
async function pooledMs(): Promise<number> {
  await using vfs = createVfs(memory());
  await using pool = await createPool({ vfs, engine: python(), size: 5 });
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await pool.acquire();
    times.push(performance.now() - start);
  }
  return median(times);
}

// As far away as a store in the next town.
const FAR_MS = 5;

const far: Layer = {
  name: "far",
  slot: "trace",
  handle: async (call, next) => {
    await wait(FAR_MS);
    return next(call);
  },
};

/** The same with a store that takes its time for each call. */
async function farFiles(): Promise<Row[]> {
  const store = memory();
  await using near = createVfs(store, { keepOpen: true });
  await Promise.all(Array.from({ length: 500 }, (_, i) => near.writeFile(`/f${i}`, "x")));
  await near.writeFile("/lines.txt", "a line of text\n".repeat(200_000));
  await using vfs = createVfs(store, { layers: [far] });
  await using session = await createSession({ vfs, engine: python() });
  await session.execute("import os, time");
  // A change, after which nothing is known of the directory.
  const change = "os.utime('/data')";
  const list = await guestSeconds(session, "os.listdir('/data')", 5, change);
  const scan = await guestSeconds(session, "[e.stat().st_size for e in os.scandir('/data')]", 5, change);
  const lines = await guestSeconds(session, "sum(1 for line in open('/data/lines.txt'))", 5);
  return [
    atMost(`listdir of 500 files, ${FAR_MS} ms away`, list * 1000, 20, "ms"),
    atMost(`scandir with sizes of the same`, scan * 1000, 30, "ms"),
    atMost(`3 MB of lines, ${FAR_MS} ms away`, lines * 1000, 500, "ms"),
  ];
}

function coldMs(): number {
  const times = Array.from({ length: 7 }, () => {
    const { stdout, status, stderr } = spawnSync(process.execPath, [COLD], { encoding: "utf8" });
    if (status !== 0) throw new Error(`a cold session failed: ${stderr}`);
    return Number(stdout);
  });
  return median(times);
}

async function files(session: Session): Promise<Row[]> {
  const read = await guestSeconds(session, "open('/data/in.bin', 'rb', buffering=0).read()", 15);
  const write = await guestSeconds(session, "open('/data/out.bin', 'wb', buffering=0).write(block)", 15);
  const stat = await guestSeconds(session, "os.stat('/data/in.bin')", 2000);
  const small = await guestSeconds(session, "open('/data/small', 'wb').close()", 500);
  return [
    atLeast(`${MIB} MiB read by the code`, BYTES / read / 1e6, 800, "MB/s"),
    atLeast(`${MIB} MiB written by the code`, BYTES / write / 1e6, 800, "MB/s"),
    atMost("os.stat of a known file", stat * 1e6, 15, "us"),
    { what: "open, truncate and close", figure: `${(small * 1e6).toFixed(0)} us`, target: "", reached: true },
  ];
}

/**
 * The median time of a statement, after one that does not count, by the code's own clock, in seconds.
 *
 * @param before Is done each time before the clock starts.
 */
async function guestSeconds(
  session: Session,
  statement: string,
  times: number,
  before = "pass",
): Promise<number> {
  const code = `
block = b'x' * (${MIB} << 20)
def once():
    ${before}
    t = time.perf_counter()
    ${statement}
    return time.perf_counter() - t
once()
sorted(once() for _ in range(${times}))[${times >> 1}]`;
  const { value, error } = await session.execute(code, { timeoutMs: 120_000 });
  if (typeof value !== "number") throw new Error(`"${statement}" failed: ${error?.traceback ?? ""}`);
  return value;
}
