import { join } from "node:path";
import { createVfs } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit, peek } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { difference, EMPTY, steps, type Model } from "./load.ts";
import { randomizer } from "./random.ts";
import { Child } from "./run-child.ts";

/** How often a process is killed while it works. */
const KILLS = 200;

/** How many are at work at once, each on a file of its own. */
const LANES = 4;

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
      const lane = async (name: string): Promise<void> => {
        const file = join(directory, `${name}.db`);
        for (let kill = 0; kill < KILLS / LANES; kill++) {
          for (const kind of await killOnce(file, `r${kill}`, random(1e6) * 3, 3 + random(60)))
            killed[kind] = (killed[kind] ?? 0) + 1;
          kills++;
          if (kill % 4 === 3) await clear(file);
        }
      };
      // The one that ends on its own leaves compiled code for all that do not.
      await new Child("rest", join(directory, "rest.db")).end();
      await Promise.all(Array.from({ length: LANES }, (_, i) => lane(`lane${i}`)));
      expect(kills).toBe(KILLS);
      expect(uncounted).toBeGreaterThan(0);
      expect(
        Object.keys(killed).length,
        `kinds of steps it was killed in: ${JSON.stringify(killed)}`,
      ).toBeGreaterThan(4);
    },
  );
});

/** Kills a process while it works, and compares what is there; answers what it was doing. */
async function killOnce(file: string, round: string, seed: number, lines: number): Promise<string[]> {
  const told = await runAndKill(new Child("load", file, round, `${seed}`), lines);
  const before = peek(file, "SELECT id FROM session").length;
  uncounted += peek(file, "SELECT store FROM uncounted").length;
  const vfs = createVfs(sqlite({ file }));
  const kinds: string[] = [];
  for (const [worker, done] of told) {
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

/** Lets a process work until it has told so much, kills it, and answers how many steps each worker has told. */
async function runAndKill(child: Child, lines: number): Promise<Map<number, number>> {
  const told = new Map<number, number>();
  const note = (line: unknown): void => {
    const { worker, done } = line as { worker: number; done: number };
    told.set(worker, done);
  };
  for (let i = 0; i < lines; i++) note(await child.next());
  await child.kill();
  for (let line = await child.next(); line !== undefined; line = await child.next()) note(line);
  return told;
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
