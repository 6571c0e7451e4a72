import { createVfs, ROOT, type Capabilities, type StoreSnapshots } from "@vfs/core";
import { group, type Bench, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { CONTEXT } from "../context.ts";
import { covered, differences, picture, samePictures, type Picture } from "../picture.ts";
import { bytes } from "../samples.ts";
import { plant, STEPS } from "../snapshot-steps.ts";

/** Whether a store keeps states of itself. */
export const keepsSnapshots = ({ write, snapshots }: Capabilities): boolean => write && snapshots;

/** And has all that a snapshot could lose. */
export const ofEverything = (caps: Capabilities): boolean =>
  keepsSnapshots(caps) &&
  caps.open &&
  caps.links &&
  caps.symlinks &&
  caps.modes &&
  caps.owners &&
  caps.meta &&
  caps.times === "all" &&
  caps.rename === "tree";

/** What a store keeps of itself: through core where that offers it, else past the layers. */
export async function keptBy({ vfs, provider }: Pick<Bench, "vfs" | "provider">): Promise<StoreSnapshots> {
  const offered = await vfs.storeSnapshots("/");
  if (offered !== undefined) return offered;
  check(provider.snapshots !== undefined, "it has snapshots, as its caps say");
  const kept = await provider.snapshots(CONTEXT);
  return {
    base: ROOT,
    take: async (label = "") => kept.take(label, CONTEXT),
    all: async () => kept.all(CONTEXT),
    drop: async (...ids) => kept.drop(ids, CONTEXT),
    open: async (id) => kept.open(id, CONTEXT),
    changes: async (from, to) => kept.changes(from, to, CONTEXT),
    retainedBytes: async () => kept.retainedBytes(CONTEXT),
  };
}

/** A state that was kept, with what it has to show. */
interface State {
  readonly id: string;
  readonly shows: Picture;
  /** What was done next. */
  readonly before: string;
}

/** Takes a snapshot before each of some changes. */
async function history(bench: Bench, kept: StoreSnapshots, steps: readonly string[]): Promise<State[]> {
  const states: State[] = [];
  let shows = await picture(bench.provider);
  for (const before of steps) {
    const { id } = await kept.take(before);
    states.push({ id, shows, before });
    await STEPS[before]?.(bench.vfs);
    const next = await picture(bench.provider);
    check(differences(shows, next).length > 0, `${before} changes something`);
    shows = next;
  }
  return states;
}

async function areExact(kept: StoreSnapshots, states: readonly State[], when: string): Promise<void> {
  // At once, because some stores take their time.
  await Promise.all(
    states.map(async ({ id, shows, before }) => {
      samePictures(await picture(await kept.open(id)), shows, `${when}, as it was before ${before}`);
    }),
  );
}

export const snapshots: Case[] = [
  ...group(
    "snapshots",
    {
      "hold what was there, whatever is changed later": {
        needs: ofEverything,
        run: async (bench) => {
          await plant(bench.vfs);
          const kept = await keptBy(bench);
          await areExact(kept, await history(bench, kept, Object.keys(STEPS)), "in the end");
        },
      },
      "tell of all at which two of them differ": {
        needs: ofEverything,
        run: async (bench) => {
          await plant(bench.vfs);
          const kept = await keptBy(bench);
          const states = await history(bench, kept, Object.keys(STEPS));
          const last: State = { id: "", shows: await picture(bench.provider), before: "now" };
          const tells = async (from: State, to: State): Promise<void> => {
            const changes = await kept.changes(from.id, to === last ? undefined : to.id);
            covered(from.shows, to.shows, changes, `from ${from.before} to ${to.before}`);
          };
          // At once, because some stores take their time.
          const pairs = states.flatMap((one, i) => {
            const others = states.filter((_, j) => j > i && (j < i + 3 || (j - i) % 7 === 0));
            return others.flatMap((other) => [tells(one, other), tells(other, one)]).concat(tells(one, last));
          });
          await Promise.all(pairs);
        },
      },
      "are dropped in any order, and leave the others as they are": {
        needs: ofEverything,
        run: async (bench) => {
          const { vfs, provider } = bench;
          const kept = await keptBy(bench);
          const steps = new Set(Object.keys(STEPS).filter((_, i) => i % 8 === 3));
          for (const order of ["oldest first", "newest first", "from the middle"]) {
            await plant(vfs);
            const states: State[] = [];
            for (const [i, before] of Object.keys(STEPS).entries()) {
              if (steps.has(before))
                states.push({ shows: await picture(provider), id: (await kept.take()).id, before });
              if (i < Object.keys(STEPS).length - 1) await STEPS[before]?.(vfs);
            }
            const now = await picture(provider);
            while (states.length > 0) {
              const at =
                order === "oldest first"
                  ? 0
                  : order === "newest first"
                    ? states.length - 1
                    : states.length >> 1;
              const [gone] = states.splice(at, 1);
              await kept.drop(gone?.id ?? "");
              const when = `${order}, without that before ${gone?.before}`;
              await areExact(kept, states, when);
              for (const [i, { id, shows }] of states.entries()) {
                covered(shows, now, await kept.changes(id), `${when}, to now`);
                const next = states[i + 1];
                if (next !== undefined) covered(shows, next.shows, await kept.changes(id, next.id), when);
              }
            }
            same(await kept.retainedBytes(), 0, `bytes that are kept, ${order}`);
            same(await kept.all(), [], `snapshots, ${order}`);
            samePictures(await picture(provider), now, "the store itself");
            await STEPS["all removed"]?.(vfs);
          }
        },
      },
      "hold large files, which are changed in places": {
        needs: keepsSnapshots,
        run: async (bench) => {
          const { vfs, provider } = bench;
          const kept = await keptBy(bench);
          const size = (1 << 20) + 200_000;
          const large = bytes(size);
          await vfs.writeFile("/large", large);
          const states = [{ shows: await picture(provider), id: (await kept.take()).id }];
          const handle = await vfs.open("/large", "r+");
          for (const change of [
            () => handle.write("at the begin", 0),
            () => handle.write("across two pieces", (1 << 20) - 5),
            () => handle.truncate(1_100_000),
            () => handle.write("behind a gap", size + 9),
            () => vfs.truncate("/large", 11),
            () => vfs.writeFile("/large", large),
          ]) {
            await change();
            states.push({ shows: await picture(provider), id: (await kept.take()).id });
          }
          await handle.close();
          await vfs.unlink("/large");
          for (const [i, { id, shows }] of states.entries())
            samePictures(await picture(await kept.open(id)), shows, `after change ${i}`);
        },
      },
      "give one number and etag to one content only, and the same to what did not change": {
        needs: (caps) => ofEverything(caps) && caps.etag && caps.inodes,
        run: async (bench) => {
          await plant(bench.vfs);
          await bench.vfs.writeFile("/stays", "stays");
          const kept = await keptBy(bench);
          const states = await history(bench, kept, Object.keys(STEPS).slice(0, -1));
          const contents = new Map<string, unknown>();
          for (const { shows, before } of states)
            for (const [path, { type, ino, etag, content }] of shows) {
              if (type !== "file") continue;
              const key = `${String(ino)} ${String(etag)}`;
              if (contents.has(key)) same(content, contents.get(key), `${path} before ${before}, ${key}`);
              contents.set(key, content);
            }
          const stays = states.map(({ shows }) => shows.get("/stays" as typeof ROOT));
          for (const one of stays) same(one, stays[0], "what nobody touched");
        },
      },
      "tell of little where little was changed": {
        needs: ofEverything,
        run: async (bench) => {
          const { vfs } = bench;
          for (let d = 0; d < 8; d++) {
            await vfs.mkdir(`/${d}`);
            for (let f = 0; f < 25; f++) await vfs.writeFile(`/${d}/${f}`, "x");
          }
          const kept = await keptBy(bench);
          const { id: first } = await kept.take();
          same(await kept.changes(first), [], "without a change");
          await vfs.appendFile("/3/7", "y");
          for (let i = 0; i < 20; i++) await vfs.appendFile("/3/8", "y");
          await vfs.unlink("/4/1");
          // To be read is no change.
          for (let f = 0; f < 25; f++) await vfs.readFile(`/0/${f}`);
          const { id: second } = await kept.take();
          await vfs.chmod("/5", 0o700);
          await vfs.rename("/6", "/renamed");
          const told = async (from: string, to?: string): Promise<string[]> =>
            (await kept.changes(from, to)).map(({ path, tree }) => `${path}${tree ? "/**" : ""}`);
          const one = await told(first, second);
          check(one.length <= 5, `three changes are told by ${one.join(" ")}`);
          check(
            !one.some((path) => /^\/[0125-7]/.test(path) || path === "/**"),
            `no other: ${one.join(" ")}`,
          );
          const two = await told(second);
          check(two.length <= 5, `two changes are told by ${two.join(" ")}`);
          check(two.includes("/6/**") && two.includes("/renamed/**"), `both ends: ${two.join(" ")}`);
          check((await told(first)).length <= 10, "all together");
        },
      },
      "tell of every name that a file has": {
        needs: ofEverything,
        run: async (bench) => {
          const { vfs } = bench;
          await vfs.mkdir("/a/b", { recursive: true });
          await vfs.mkdir("/c");
          await vfs.writeFile("/a/b/one", "x");
          await vfs.link("/a/b/one", "/c/two");
          await vfs.link("/a/b/one", "/three");
          const kept = await keptBy(bench);
          const { id } = await kept.take();
          const shows = await picture(bench.provider);
          await vfs.rename("/a", "/moved");
          await vfs.appendFile("/moved/b/one", "y");
          await vfs.unlink("/c/two");
          await vfs.link("/three", "/four");
          const changes = await kept.changes(id);
          covered(shows, await picture(bench.provider), changes, "in the end");
          for (const path of ["/c/two", "/three", "/four"])
            check(
              changes.some((change) => change.path === path),
              `${path} is told of`,
            );
        },
      },
      "of one that is dropped is nothing to be had": {
        needs: keepsSnapshots,
        run: async (bench) => {
          const { vfs } = bench;
          await vfs.mkdir("/d");
          await vfs.writeFile("/d/f", "first");
          const kept = await keptBy(bench);
          const one = await kept.take("one");
          const two = await kept.take("two");
          await using old = createVfs(await kept.open(one.id));
          const handle = await old.open("/d/f");
          await vfs.writeFile("/d/f", "second");
          await vfs.mkdir("/e");
          same(await old.readFile("/d/f", "utf8"), "first", "before");
          await kept.drop(one.id, "none such", one.id);
          await kept.drop(one.id);
          await fails("ENOENT", () => kept.open(one.id), "open");
          await fails("ENOENT", () => kept.open("none such"), "open of what never was");
          await fails("ENOENT", () => kept.changes(one.id), "changes");
          await fails("ENOENT", () => kept.changes(two.id, one.id), "changes to it");
          for (const [what, call] of Object.entries({
            stat: () => old.stat("/d/f"),
            "stat of nothing": () => old.stat("/e"),
            readFile: () => old.readFile("/d/f"),
            readdir: () => old.readdir("/"),
            open: () => old.open("/d/f"),
            "a handle": () => handle.readFile(),
          }))
            await fails("ESTALE", call, what);
          await handle.close();
          same(
            (await kept.all()).map(({ label }) => label),
            one.id === two.id ? [] : ["two"],
            "what is left",
          );
          same(await vfs.readFile("/d/f", "utf8"), "second", "the store itself");
        },
      },
    },
    { ofStore: true },
  ),
];
