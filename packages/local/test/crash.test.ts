import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { RECORD_BYTES, versionOf } from "./crash-content.ts";
import { freshForEach, root, vfs } from "./fresh.ts";

const KILLS = 200;
const WRITERS = 5;
const SCRIPT = fileURLToPath(new URL("children/crash-writer.ts", import.meta.url));
const ARGUMENTS = [...process.execArgv, "--conditions=@vfs/source", SCRIPT];

const children = new Set<ChildProcess>();

freshForEach();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
});

const isUnfinished = (name: string): boolean => name.includes(".vfs-tmp-");
const unfinishedIn = (folder: string): string[] =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(isUnfinished);

/** Lets a writer work until it has acknowledged `until` changes, and kills it; answers what it acknowledged in all. */
async function workUntilKilled(slot: number, life: number, until: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [...ARGUMENTS, root, String(slot), String(life)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const acknowledged = new Map<string, number>();
  let count = 0;
  const ended = once(child, "close");
  createInterface(child.stdout).on("line", (line) => {
    const [path = "", version] = line.split(" ");
    acknowledged.set(path, Number(version));
    // Not at once: then it would be killed between two changes only.
    if (++count === until) setTimeout(() => child.kill("SIGKILL"), Math.random() * 6);
  });
  const [, signal] = (await ended) as [unknown, string | null];
  children.delete(child);
  expect(signal).toBe("SIGKILL");
  expect(count).toBeGreaterThanOrEqual(until);
  return acknowledged;
}

/** Everything that was acknowledged is there, whole, and nothing else can be seen. */
async function check(slot: number, acknowledged: Map<string, number>): Promise<void> {
  for (const [path, version] of acknowledged) {
    const text = await vfs.readFile(path, "utf8");
    expect(path.includes("/log-") ? recordsIn(text) : versionOf(text)).toBeGreaterThanOrEqual(version);
  }
  for (const directory of [`/own/${slot}`, "/shared"])
    for (const name of await vfs.readdir(directory)) {
      expect(isUnfinished(name)).toBe(false);
      // What others move away meanwhile is gone.
      const path = `${directory}/${name}`;
      if (name.endsWith(".next") || name.startsWith("log-")) continue;
      versionOf(await vfs.readFile(path, "utf8"));
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
    // One that ends on its own leaves compiled code for all that do not.
    execFileSync(process.execPath, ARGUMENTS);
    await vfs.mkdir("/shared");
    let kills = 0;
    let left = 0;
    const write = async (slot: number): Promise<void> => {
      await vfs.mkdir(`/own/${slot}`, { recursive: true });
      for (let life = 0; kills < KILLS; life++) {
        kills++;
        const until = 1 + Math.floor(Math.random() * 60);
        const acknowledged = await workUntilKilled(slot, life, until);
        left += unfinishedIn(join(root, "own", String(slot))).length;
        await check(slot, acknowledged);
        for (const path of acknowledged.keys()) if (path.includes("/log-")) await vfs.unlink(path);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, slot) => write(slot)));
    expect(kills).toBeGreaterThanOrEqual(KILLS);
    // Else they were never killed at work.
    expect(left).toBeGreaterThan(10);
    expect((await vfs.readdir("/", { recursive: true })).filter(isUnfinished)).toEqual([]);
    await vfs.writeFile("/last", "x");
    expect(unfinishedIn(root)).toEqual([]);
  }, 300_000);
});
