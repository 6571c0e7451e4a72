import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createVfs, type Vfs } from "@vfs/core";
import { snapshots, type Snapshots } from "@vfs/snapshot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { picture, STORES } from "./stores.ts";

const KILLS = 12;
const SCRIPT = fileURLToPath(new URL("children/worker.ts", import.meta.url));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vfs-snapshot-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Lets a worker begin, and kills it some milliseconds later. Answers what it said it had done. */
async function killed(store: string, action: string): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, "--conditions=@vfs/source", SCRIPT, store, folder, action],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const said: string[] = [];
  const ended = once(child, "close");
  createInterface(child.stdout).on("line", (line) => {
    said.push(line);
    if (line === "ready") setTimeout(() => child.kill("SIGKILL"), 5 + Math.random() * 90);
  });
  const [, signal] = (await ended) as [unknown, string | null];
  expect(signal).toBe("SIGKILL");
  return said.slice(1);
}

/** Does something in this program with what the worker left, which nobody else has open then. */
async function inTurn<T>(store: string, action: (vfs: Vfs, states: Snapshots) => Promise<T>): Promise<T> {
  await using vfs = createVfs((STORES[store] as (typeof STORES)[string])(folder));
  return await action(vfs, snapshots(vfs, { leaseMs: 300 }));
}

async function allIsWhole(states: Snapshots): Promise<void> {
  for (const { name } of await states.list()) expect((await states.verify(name)).damages).toEqual([]);
}

async function fill(vfs: Vfs, text: string): Promise<void> {
  for (let at = 0; at < 5; at++) {
    await vfs.mkdir(`/d${at}`, { recursive: true });
    for (let file = 0; file < 8; file++)
      await vfs.writeFile(`/d${at}/f${file}`, `${text} ${at} ${file}\n`.repeat(50));
  }
}

for (const store of ["sqlite", "local"])
  describe(`${store}, when a program is killed`, () => {
    it("in create, keeps all that was told of, whole", async () => {
      await inTurn(store, (vfs) => fill(vfs, "x"));
      for (let kill = 0; kill < KILLS; kill++) {
        const told = await killed(store, "create");
        await inTurn(store, async (_, states) => {
          const names = new Set((await states.list()).map(({ name }) => name));
          expect(told.filter((name) => !names.has(name))).toEqual([]);
          await allIsWhole(states);
          if (kill % 4 === 3) await states.prune({ keep: 3 });
          await allIsWhole(states);
        });
      }
    });

    it("in restore, can finish it, and the tree is exact", async () => {
      const [one, two] = await inTurn(store, async (vfs, states) => {
        await fill(vfs, "one");
        await vfs.symlink("d0/f0", "/soft");
        const first = await picture(vfs);
        await states.create("one");
        await fill(vfs, "two");
        await vfs.rm("/d3", { recursive: true });
        await vfs.rm("/soft");
        await vfs.mkdir("/new/deep", { recursive: true });
        await vfs.link("/d0/f0", "/new/linked");
        await states.create("two");
        return [first, await picture(vfs)];
      });
      for (let kill = 0; kill < KILLS; kill++) {
        await killed(store, "restore");
        await inTurn(store, async (vfs, states) => {
          const how = kill % 3 === 0 ? "rollback" : "finish";
          const ended = await states.recover(how);
          // Where none was open, the worker was killed between two, and the tree is one or the other all the same.
          expect([one, two], `${how}: ${JSON.stringify(ended)}`).toContainEqual(await picture(vfs));
          await states.restore(kill % 2 === 0 ? "one" : "two");
          expect(await picture(vfs)).toEqual(kill % 2 === 0 ? one : two);
          await allIsWhole(states);
        });
      }
    });

    it("in prune, never loses what is needed", async () => {
      const kept = await inTurn(store, async (vfs, states) => {
        await fill(vfs, "kept");
        await states.create("kept", { tags: ["kept"] });
        return picture(vfs);
      });
      for (let kill = 0; kill < KILLS; kill++) {
        await killed(store, "prune");
        await inTurn(store, async (_, states) => allIsWhole(states));
      }
      await inTurn(store, async (vfs, states) => {
        await states.restore("kept");
        expect(await picture(vfs)).toEqual(kept);
        await states.delete(...(await states.list()).map(({ name }) => name));
        const objects = "/.vfs-snapshots/objects";
        const files = (await vfs.exists(objects)) ? (await vfs.du(objects)).files : 0;
        expect([(await states.usage()).bytes, files]).toEqual([0, 0]);
      });
    });
  });
