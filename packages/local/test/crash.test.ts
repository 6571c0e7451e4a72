import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createVfs, type Vfs } from "@vfs/core";
import { canStop, copyAll, Victim } from "@vfs/killed";
import { describe, expect, it } from "vitest";
import { local } from "../src/index.ts";
import { RECORD_BYTES, versionOf } from "./crash-content.ts";
import { freshForEach, root, vfs } from "./fresh.ts";

/** How often a writer is killed: 120 times in the usual run, 240 times with all. */
const KILLS = process.env["VFS_ALL"] === "1" ? 240 : 120;
const WRITERS = 5;

/** So often all are stopped before that, and the tree copied as it would be had they been killed then. */
const STOPS = canStop ? 7 : 0;
const SCRIPT = fileURLToPath(new URL("children/crash-writer.ts", import.meta.url));

freshForEach();

const isUnfinished = (name: string): boolean => name.includes(".vfs-tmp-");
const unfinishedIn = (folder: string): string[] =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(isUnfinished);

/** What is left of writers that were killed: a tree, and what each had told. */
interface Left {
  readonly tree: string;
  readonly told: readonly (readonly string[])[];
}

/** Lets all writers work, stops them at random points and kills them at last; answers what they would have left each time. */
async function workUntilKilled(life: number): Promise<Left[]> {
  await using all = new AsyncDisposableStack();
  const slots = Array.from({ length: WRITERS }, (_, slot) => slot);
  const victims = slots.map((slot) => all.use(new Victim(SCRIPT, [root, `${slot}`, `${life}`])));
  const each = <T>(action: (victim: Victim) => Promise<T>): Promise<T[]> => Promise.all(victims.map(action));
  // Not at once, else they would be stopped between two changes only.
  const works = async (victim: Victim): Promise<void> => {
    await victim.tells(1 + Math.floor(Math.random() * 20));
    await setTimeout(Math.random() * 6);
  };
  const left: Left[] = [];
  await each((victim) => victim.tells(1));
  for (let stop = 0; stop < STOPS; stop++) {
    const told = await each(async (victim) => {
      await works(victim);
      return victim.stop();
    });
    const tree = `${root}-${life}-${stop}`;
    copyAll(root, tree);
    left.push({ tree, told });
    for (const victim of victims) victim.goOn();
  }
  const told = await each(async (victim) => {
    await works(victim);
    return victim.kill();
  });
  return [...left, { tree: root, told }];
}

/** Everything that was acknowledged is there, whole, and nothing else can be seen. */
async function check(left: Vfs, slot: number, told: readonly string[]): Promise<void> {
  const acknowledged = new Map(told.map((line) => line.split(" ") as [path: string, version: string]));
  for (const [path, version] of acknowledged) {
    const text = await left.readFile(path, "utf8");
    expect(path.includes("/log-") ? recordsIn(text) : versionOf(text)).toBeGreaterThanOrEqual(
      Number(version),
    );
  }
  for (const directory of [`/own/${slot}`, "/shared"])
    for (const name of await left.readdir(directory)) {
      expect(isUnfinished(name)).toBe(false);
      // What others move away meanwhile is gone.
      const path = `${directory}/${name}`;
      if (name.endsWith(".next") || name.startsWith("log-")) continue;
      versionOf(await left.readFile(path, "utf8"));
    }
}

/** How many records are there one after another from the first. */
function recordsIn(log: string): number {
  let count = 0;
  const expected = (): string => `${count + 1}`.padEnd(RECORD_BYTES - 1) + "\n";
  while (log.slice(count * RECORD_BYTES, (count + 1) * RECORD_BYTES) === expected()) count++;
  // Only the last may be cut off: nobody was told that it is there.
  expect(log.length - count * RECORD_BYTES).toBeLessThan(RECORD_BYTES);
  return count;
}

describe("local › writers that are killed", () => {
  it(`${KILLS} times lose nothing that was acknowledged, and show nothing that is half there`, async () => {
    await vfs.mkdir("/shared");
    for (let slot = 0; slot < WRITERS; slot++) await vfs.mkdir(`/own/${slot}`, { recursive: true });
    // One that ends on its own leaves compiled code for all that do not.
    execFileSync(process.execPath, [...process.execArgv, "--conditions=@vfs/source", SCRIPT]);
    let kills = 0;
    let found = 0;
    for (let life = 0; kills < KILLS; life++) {
      for (const { tree, told } of await workUntilKilled(life)) {
        kills += WRITERS;
        found += unfinishedIn(tree).length;
        await using left = createVfs(local({ root: tree }));
        for (const [slot, lines] of told.entries()) await check(left, slot, lines);
        expect((await left.readdir("/", { recursive: true })).filter(isUnfinished)).toEqual([]);
        await left.writeFile("/last", "x");
        expect(unfinishedIn(tree)).toEqual([]);
        if (tree !== root) fs.rmSync(tree, { recursive: true });
      }
      for (let slot = 0; slot < WRITERS; slot++) await vfs.rm(`/own/${slot}/log-${life}`, { force: true });
    }
    expect(kills).toBeGreaterThanOrEqual(KILLS);
    // Else they were never killed at work.
    expect(found).toBeGreaterThan(KILLS / 30);
  }, 300_000);
});
