import { createVfs, type StoreSnapshot } from "@vfs/core";
import { group, type Case } from "../case.ts";
import { check, same } from "../check.ts";
import { CONTEXT } from "../context.ts";
import { picture, samePictures } from "../picture.ts";
import { below, utf8 } from "../samples.ts";
import { plant } from "../snapshot-steps.ts";
import { keepsSnapshots, keptBy, ofEverything } from "./snapshots.ts";

/** Snapshots of a store that is worked with. */
export const snapshotsInUse: Case[] = [
  ...group(
    "snapshots",
    {
      "are listed oldest first, with what was written on them": {
        needs: keepsSnapshots,
        run: async (bench) => {
          const { vfs, provider, caps } = bench;
          const kept = await keptBy(bench);
          same(await kept.all(), [], "at first");
          await vfs.writeFile("/f", "12345");
          const begin = Date.now();
          const taken: StoreSnapshot[] = [];
          for (const label of ["one", "", "drei é\n", "one"]) {
            taken.push(await kept.take(label));
            await vfs.appendFile("/f", "6");
          }
          same(
            taken.map(({ label }) => label),
            ["one", "", "drei é\n", "one"],
            "labels",
          );
          same(new Set(taken.map(({ id }) => id)).size, 4, "numbers");
          same(await kept.all(), taken, "all of them");
          for (const { createdMs } of taken)
            check(createdMs >= begin - 1 && createdMs <= Date.now(), `a time of now: ${createdMs}`);
          if (caps.usage)
            same(
              taken.map(({ bytes }) => bytes - (taken[0]?.bytes ?? 0)),
              [0, 1, 2, 3],
              "bytes",
            );
          const usage = await provider.usage?.(CONTEXT);
          if (usage !== undefined) same(taken.at(-1)?.files, usage.files, "files");
          await kept.drop(taken[1]?.id ?? "");
          same(await kept.all(), [taken[0], taken[2], taken[3]], "without one");
        },
      },
      "may be taken again without a change": {
        needs: ofEverything,
        run: async (bench) => {
          const { vfs, provider } = bench;
          await plant(vfs);
          const shows = await picture(provider);
          const kept = await keptBy(bench);
          const one = await kept.take("same");
          const two = await kept.take("same");
          const other = await kept.take("other");
          same([one.label, two.label, other.label], ["same", "same", "other"], "labels");
          same(await kept.changes(one.id, other.id), [], "changes between them");
          same(await kept.retainedBytes(), 0, "bytes that are kept while nothing has changed");
          await vfs.rm("/d", { recursive: true });
          await vfs.writeFile("/top", "other");
          for (const id of new Set([one.id, two.id, other.id])) {
            samePictures(await picture(await kept.open(id)), shows, id);
            await kept.drop(id);
          }
          same(await kept.retainedBytes(), 0, "bytes that are kept");
        },
      },
      "count the bytes that only they need": {
        needs: keepsSnapshots,
        run: async (bench) => {
          const { vfs, caps } = bench;
          const kept = await keptBy(bench);
          for (const name of ["a", "b", "c"]) await vfs.writeFile(`/${name}`, new Uint8Array(10_000).fill(1));
          const one = await kept.take("one");
          if (caps.modes) await vfs.chmod("/a", 0o600);
          // Where core would have to copy it, it is another file.
          const moved = caps.rename === "none" ? "/b" : "/d";
          if (moved === "/d") await vfs.rename("/b", moved);
          same(await kept.retainedBytes(), 0, "after changes of names");
          await vfs.writeFile("/a", new Uint8Array(20_000).fill(2));
          const many = await kept.retainedBytes();
          check(many >= 10_000 && many < 20_000, `one content is kept: ${many} bytes`);
          await vfs.writeFile("/a", new Uint8Array(30_000).fill(3));
          same(await kept.retainedBytes(), many, "what was there in between is not kept");
          const two = await kept.take("two");
          await vfs.unlink(moved);
          same(await kept.retainedBytes(), 2 * many, "a file that was removed is kept");
          await kept.drop(one.id);
          same(await kept.retainedBytes(), many, "without the older one");
          await kept.drop(two.id);
          same(await kept.retainedBytes(), 0, "without any");
        },
      },
      "leave open files alone, and do not hold what has no name": {
        needs: (caps) => keepsSnapshots(caps) && caps.open,
        run: async (bench) => {
          const { vfs } = bench;
          const kept = await keptBy(bench);
          await vfs.writeFile("/f", "before");
          await vfs.writeFile("/gone", "no name");
          const handle = await vfs.open("/f", "r+");
          const nameless = await vfs.open("/gone", "r+");
          await handle.write("B", 0);
          await vfs.unlink("/gone");
          const { id } = await kept.take();
          await handle.write("AFTER!!", 0);
          const bytes = await kept.retainedBytes();
          await nameless.write("NO", 0);
          same(await kept.retainedBytes(), bytes, "bytes that are kept of what had no name");
          await using old = createVfs(await kept.open(id), { keepOpen: true });
          same(await below(old, "/"), ["f"], "names");
          same(await old.readFile("/f", "utf8"), "Before", "what was there");
          const reading = await old.open("/f");
          await vfs.unlink("/f");
          same(await old.readFile("/f", "utf8"), "Before", "what has no name now");
          same(await reading.readFile("utf8"), "Before", "what a handle shows");
          await reading.close();
          await handle.write("!", 7);
          await kept.drop(id);
          const text = new Uint8Array(8);
          await handle.read(text, 0, 8, 0);
          same(text, utf8("AFTER!!!"), "the open file");
          const other = new Uint8Array(7);
          await nameless.read(other, 0, 7, 0);
          same(other, utf8("NO name"), "the file without a name");
          await handle.close();
          await nameless.close();
          same(await kept.retainedBytes(), 0, "bytes that are kept");
        },
      },
      "are of one moment among many writers": {
        needs: keepsSnapshots,
        run: async (bench) => {
          const { vfs } = bench;
          const kept = await keptBy(bench);
          const writers = Array.from({ length: 6 }, () => ({ began: 0, done: 0 }));
          const rounds = 25;
          for (const i of writers.keys())
            for (const name of ["first", "second"]) await vfs.writeFile(`/${name}${i}`, "0");
          const write = async (i: number, own: { began: number; done: number }): Promise<void> => {
            for (let round = 1; round <= rounds; round++) {
              own.began = round;
              // One after the other, so that the second is never ahead.
              await vfs.writeFile(`/first${i}`, `${round}`);
              await vfs.writeFile(`/second${i}`, `${round}`);
              own.done = round;
            }
          };
          const states: { id: string; done: number[]; began: number[] }[] = [];
          const take = async (): Promise<void> => {
            while (writers.some(({ done }) => done < rounds) && states.length < 12) {
              const done = writers.map((own) => own.done);
              const { id } = await kept.take();
              states.push({ id, done, began: writers.map((own) => own.began) });
              // So that the writers come on.
              await vfs.writeFile("/tick", `${states.length}`);
            }
          };
          await Promise.all([take(), ...writers.map((own, i) => write(i, own))]);
          check(states.length > 1, "more than one was taken");
          for (const { id, done, began } of states) {
            await using old = createVfs(await kept.open(id));
            for (const i of writers.keys()) {
              const [first, second] = [`/first${i}`, `/second${i}`];
              const round = Number(await old.readFile(first, "utf8"));
              const behind = Number(await old.readFile(second, "utf8"));
              const [least, most] = [done[i] ?? 0, began[i] ?? 0];
              check(behind >= least && round <= most, `${behind} to ${round} lie within ${least} to ${most}`);
              check(behind === round || behind === round - 1, `${behind} follows ${round}`);
            }
          }
        },
      },
    },
    { ofStore: true },
  ),
];
