import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createVfs, type Vfs } from "@vfs/core";
import { canStop, copyAll, Victim } from "@vfs/killed";
import { snapshots, type Snapshots } from "@vfs/snapshot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { picture, STORES } from "./stores.ts";

/** How often a program is killed in each action on each store: 4 times in the usual run, 24 in all; 12 and 72 with all. */
const KILLS = process.env["VFS_ALL"] === "1" ? 12 : 4;

/** So often it is stopped before that, and its files copied as they would be had it been killed then. */
const STOPS = canStop ? 3 : 0;
const SCRIPT = fileURLToPath(new URL("children/worker.ts", import.meta.url));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vfs-snapshot-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** What is left of a program that was killed: its folder, and what it said it had done. */
interface Left {
  readonly at: string;
  readonly told: readonly string[];
}

/** Lets programs work in the folder one after the other, until they were killed often enough; gives what each time is left. */
async function* killed(store: string, action: string): AsyncGenerator<Left> {
  const tree = join(folder, "work");
  for (let kills = 0; kills < KILLS; kills += STOPS + 1) {
    await using victim = new Victim(SCRIPT, [store, tree, action]);
    const left: Left[] = [];
    await victim.tells(1);
    for (let stop = 0; stop < STOPS; stop++) {
      await setTimeout(5 + Math.random() * 40);
      const [, ...told] = await victim.stop();
      const at = join(folder, `${stop}`);
      copyAll(tree, at);
      victim.goOn();
      left.push({ at, told });
    }
    await setTimeout(5 + Math.random() * 40);
    const [, ...told] = await victim.kill();
    yield* left;
    for (const { at } of left) rmSync(at, { recursive: true });
    yield { at: tree, told };
  }
}

/** Does something in this program with what the worker left, which nobody else has open then. */
async function inTurn<T>(
  store: string,
  action: (vfs: Vfs, states: Snapshots) => Promise<T>,
  at = join(folder, "work"),
): Promise<T> {
  await using vfs = createVfs((STORES[store] as (typeof STORES)[string])(at));
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
      for await (const { at, told } of killed(store, "create")) {
        const keeps = async (_: Vfs, states: Snapshots): Promise<void> => {
          const names = new Set((await states.list()).map(({ name }) => name));
          expect(told.filter((name) => !names.has(name))).toEqual([]);
          await allIsWhole(states);
          await states.prune({ keep: 3 });
          await allIsWhole(states);
        };
        await inTurn(store, keeps, at);
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
      let kill = 0;
      for await (const { at } of killed(store, "restore")) {
        const [how, name] = [kill % 3 === 0 ? "rollback" : "finish", kill % 2 === 0 ? "one" : "two"] as const;
        kill++;
        const recovers = async (vfs: Vfs, states: Snapshots): Promise<void> => {
          const ended = await states.recover(how);
          // Where none was open, the worker was killed between two, and the tree is one or the other all the same.
          expect([one, two], `${how}: ${JSON.stringify(ended)}`).toContainEqual(await picture(vfs));
          await states.restore(name);
          expect(await picture(vfs)).toEqual(name === "one" ? one : two);
          await allIsWhole(states);
        };
        await inTurn(store, recovers, at);
      }
    });

    it("in prune, never loses what is needed", async () => {
      const kept = await inTurn(store, async (vfs, states) => {
        await fill(vfs, "kept");
        await states.create("kept", { tags: ["kept"] });
        return picture(vfs);
      });
      const ends = async (vfs: Vfs, states: Snapshots): Promise<void> => {
        await states.restore("kept");
        expect(await picture(vfs)).toEqual(kept);
        await states.delete(...(await states.list()).map(({ name }) => name));
        const objects = "/.vfs-snapshots/objects";
        const files = (await vfs.exists(objects)) ? (await vfs.du(objects)).files : 0;
        expect([(await states.usage()).bytes, files]).toEqual([0, 0]);
      };
      const work = join(folder, "work");
      for await (const { at } of killed(store, "prune")) {
        await inTurn(store, async (_, states) => allIsWhole(states), at);
        // A copy is looked at once; the folder itself is gone on with.
        if (at !== work) await inTurn(store, ends, at);
      }
      await inTurn(store, ends);
    });
  });
