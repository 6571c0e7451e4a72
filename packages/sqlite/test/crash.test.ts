import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createVfs } from "@vfs/core";
import { canStop, copyAll, Victim } from "@vfs/killed";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { difference, EMPTY, steps, type Model } from "./load.ts";
import { randomizer } from "./random.ts";
import { Child } from "./run-child.ts";

const SCRIPT = fileURLToPath(new URL("child.ts", import.meta.url));

/** How often a process is killed while it works: 80 times in the usual run, 200 times with all. */
const KILLS = process.env["VFS_ALL"] === "1" ? 200 : 80;

/** So often each is stopped before that, and its files copied as they would be had it been killed then. */
const STOPS = canStop ? 7 : 0;

/** How many of the killed had not written down how much there is. */
let uncounted = 0;

/** What a worker has told at last, and what it may have been doing when it was killed. */
function models(
  top: string,
  seed: number,
  done: number,
): { acknowledged: Model; next: Model; doing: string } {
  const all = steps(top, seed);
  let acknowledged = EMPTY;
  for (let i = 0; i < done; i++) acknowledged = all.next().value.after;
  const { after, what } = all.next().value;
  return { acknowledged, next: after, doing: what };
}

describe("sqlite › crash", () => {
  it(
    `kill -9 › ${KILLS} times at random points, loses nothing that was acknowledged and leaves nothing half done`,
    { timeout: 600_000 },
    async () => {
      const directory = testDirectory();
      const random = randomizer(Date.now());
      const killed: Record<string, number> = {};
      let kills = 0;
      const file = join(directory, "a.db");
      // The one that ends on its own leaves compiled code for all that do not.
      await new Child("rest", join(directory, "rest.db")).end();
      for (let life = 0; kills < KILLS; life++) {
        kills += STOPS + 1;
        const round = `r${life}`;
        const seed = random(1e6) * 3;
        for (const left of await workUntilKilled(file, round, seed, () => 3 + random(20)))
          for (const kind of await check(left, round, seed)) killed[kind] = (killed[kind] ?? 0) + 1;
        // Each other one goes on with what the dead left.
        if (life % 2 === 1) await clear(file);
      }
      expect(kills).toBeGreaterThanOrEqual(KILLS);
      expect(uncounted).toBeGreaterThan(0);
      expect(
        Object.keys(killed).length,
        `kinds of steps it was killed in: ${JSON.stringify(killed)}`,
      ).toBeGreaterThan(4);
    },
  );
});

/** What is left of a process that was killed: a database, and what it had told. */
interface Left {
  readonly file: string;
  readonly told: readonly string[];
}

/** Lets a process work, stops it after so many lines each time and kills it at last; answers what it would have left each time. */
async function workUntilKilled(
  file: string,
  round: string,
  seed: number,
  lines: () => number,
): Promise<Left[]> {
  await using victim = new Victim(SCRIPT, ["load", file, round, `${seed}`]);
  const left: Left[] = [];
  for (let stop = 0; stop < STOPS; stop++) {
    await victim.tells(lines());
    const told = await victim.stop();
    const copy = `${file}-${stop}`;
    for (const part of ["", "-wal"]) copyAll(file + part, copy + part);
    victim.goOn();
    left.push({ file: copy, told });
  }
  await victim.tells(lines());
  return [...left, { file, told: await victim.kill() }];
}

/** Compares what is there with what the dead process had told; answers what it was doing. */
async function check({ file, told }: Left, round: string, seed: number): Promise<string[]> {
  const before = peek(file, "SELECT id FROM session").length;
  uncounted += peek(file, "SELECT store FROM uncounted").length;
  const vfs = createVfs(sqlite({ file }));
  const kinds: string[] = [];
  const lines = told
    .map((line) => JSON.parse(line) as { worker: number; done: number })
    .map(({ worker, done }) => [worker, done] as const);
  for (const [worker, done] of new Map(lines)) {
    const top = `/${round}/w${worker}`;
    const { acknowledged, next, doing } = models(top, seed + worker, done);
    const lost = await difference(vfs, top, acknowledged);
    const unfinished = lost === undefined ? undefined : await difference(vfs, top, next);
    expect(
      lost === undefined || unfinished === undefined,
      `after ${done} steps, killed in "${doing}" (seed ${seed + worker}): ${lost}; ${unfinished}`,
    ).toBe(true);
    kinds.push(doing.replace(/ [abc]\b.*| d\d$/, ""));
  }
  // What the dead have not counted is counted now, and written where the audit sees it.
  await vfs.usage("/");
  await vfs.close();
  expect(audit(file), `after ${round}, with ${before} sessions left behind`).toEqual([]);
  return kinds;
}

async function clear(file: string): Promise<void> {
  const vfs = createVfs(sqlite({ file }));
  for (const name of await vfs.readdir("/")) await vfs.rm(`/${name}`, { recursive: true });
  await vfs.close();
  expect(
    peek(
      file,
      "SELECT (SELECT count(*) FROM block) + (SELECT count(*) FROM chunk) + (SELECT count(*) FROM inode)",
    ),
  ).toEqual([1]);
}
