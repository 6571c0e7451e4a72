import { join } from "node:path";
import { createVfs, isVfsError, type StoreSnapshots, type Vfs } from "@vfs/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { audit } from "./audit.ts";
import { testDirectory } from "./directory.ts";
import { photograph, type Photograph } from "./photograph.ts";
import { randomBytes } from "./random.ts";
import { snapshotsOf } from "./snapshots-of.ts";

/** More are worth it after a change of how snapshots are kept. */
const RUNS = Number(process.env["VFS_MODEL_RUNS"] ?? 25);

/** Lengths on both sides of a block, of a chunk, and below. */
const LENGTHS = [0, 5, 8191, 8192, 20_000, 262_144, 270_000];
const PATHS = ["/a", "/b", "/d", "/d/a", "/d/b", "/d/e", "/d/e/a", "/to"];

const path = fc.constantFrom(...PATHS);
const bytes = fc.constantFrom(...LENGTHS);
/** Which of those that are open, or kept. */
const nth = fc.nat(2);

type Step = { readonly path: string; readonly to: string; readonly bytes: number; readonly nth: number } & {
  readonly op: keyof typeof CHANGES | "take" | "drop";
};

interface World {
  readonly vfs: Vfs;
  readonly open: Awaited<ReturnType<Vfs["open"]>>[];
}

const CHANGES = {
  write: ({ vfs }: World, step: Step) => vfs.writeFile(step.path, randomBytes(step.bytes, step.nth)),
  append: ({ vfs }: World, step: Step) => vfs.appendFile(step.path, randomBytes(step.bytes, step.nth)),
  truncate: ({ vfs }: World, step: Step) => vfs.truncate(step.path, step.bytes),
  stream: ({ vfs }: World, step: Step) => vfs.writeStream(step.path, [randomBytes(step.bytes, step.nth)]),
  mkdir: ({ vfs }: World, step: Step) => vfs.mkdir(step.path),
  remove: ({ vfs }: World, step: Step) => vfs.rm(step.path, { recursive: true }),
  rename: ({ vfs }: World, step: Step) => vfs.rename(step.path, step.to),
  copy: ({ vfs }: World, step: Step) => vfs.cp(step.path, step.to, { recursive: true }),
  link: ({ vfs }: World, step: Step) => vfs.link(step.path, step.to),
  symlink: ({ vfs }: World, step: Step) => vfs.symlink(step.path, step.to),
  chmod: ({ vfs }: World, step: Step) => vfs.chmod(step.path, 0o600 + step.nth),
  utimes: ({ vfs }: World, step: Step) => vfs.utimes(step.path, 1, step.bytes),
  open: async ({ vfs, open }: World, step: Step) => {
    open.push(await vfs.open(step.path, "r+"));
  },
  "write by handle": ({ open }: World, step: Step) =>
    open[step.nth]?.write(randomBytes(100, step.bytes), 0, 100, step.bytes),
  "truncate by handle": ({ open }: World, step: Step) => open[step.nth]?.truncate(step.bytes),
  close: ({ open }: World, step: Step) => open.splice(step.nth, 1)[0]?.close(),
} satisfies Record<string, (world: World, step: Step) => Promise<unknown> | undefined>;

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[])) },
    {
      weight: 4,
      arbitrary: fc.constantFrom("write" as const, "append" as const, "write by handle" as const),
    },
    { weight: 2, arbitrary: fc.constant("take" as const) },
    { weight: 1, arbitrary: fc.constant("drop" as const) },
  ),
  path,
  to: path,
  bytes,
  nth,
});

/** Fails unless everything at which two states differ is told. */
async function expectTold(
  kept: StoreSnapshots,
  one: [id: string, Photograph],
  other: [id: string | undefined, Photograph],
): Promise<void> {
  const changes = await kept.changes(one[0], other[0]);
  for (const at of new Set([...Object.keys(one[1]), ...Object.keys(other[1])])) {
    const [before, after] = [one[1][at], other[1][at]] as ({ type: string } | undefined)[];
    // What of a directory only tells of its names is told by those.
    const byNames = { size: 0, nlink: 0, mtimeMs: 0, ctimeMs: 0 };
    const shown = (seen: typeof before): unknown =>
      seen?.type === "directory" ? { ...seen, ...byNames } : seen;
    const told = changes.some(
      ({ path: where, tree }) => where === at || (tree && at.startsWith(`${where}/`)),
    );
    if (!told)
      expect(shown(after), `${at}, which ${JSON.stringify(changes)} do not have`).toEqual(shown(before));
  }
}

async function play(first: Vfs, second: Vfs, steps: readonly Step[]): Promise<void> {
  const kept = await snapshotsOf(first);
  const others = await snapshotsOf(second);
  const states: [id: string, Photograph][] = [];
  const [one, two] = [first, second].map((vfs): World => ({ vfs, open: [] })) as [World, World];
  for (const [n, next] of steps.entries()) {
    const world = n % 2 === 0 ? one : two;
    if (next.op === "take") {
      states.push([(await (n % 2 === 0 ? kept : others).take()).id, await photograph(first)]);
    } else if (next.op === "drop") {
      const [gone] = states.splice(next.nth, 1);
      if (gone !== undefined) await (n % 2 === 0 ? kept : others).drop(gone[0]);
    } else {
      try {
        await CHANGES[next.op](world, next);
      } catch (error) {
        if (!isVfsError(error)) throw error;
      }
    }
  }
  const now = await photograph(first);
  for (const [i, [id, shows]] of states.entries()) {
    await using old = createVfs(await kept.open(id));
    expect(await photograph(old)).toEqual(shows);
    await expectTold(kept, [id, shows], [undefined, now]);
    for (const later of states.slice(i + 1)) await expectTold(kept, [id, shows], later);
  }
  for (const { open } of [one, two]) for (const handle of open) await handle.close();
}

/** Plays with the stores that `make` makes for each file, and looks into the files then; answers how often. */
async function playAll(make: (file: string) => [Vfs, Vfs]): Promise<number> {
  const directory = testDirectory();
  let files = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const file = join(directory, `${files++}.db`);
      const [first, second] = make(file);
      await play(first, second, steps);
      const kept = await snapshotsOf(first);
      const all = await kept.all();
      // What is dropped must leave a sound database, with what the others need.
      for (const { id } of all.filter((_, i) => i % 2 === 0)) await kept.drop(id);
      const isFile = first !== second;
      if (!isFile) await kept.drop(...all.map(({ id }) => id));
      expect(isFile || (await kept.retainedBytes())).toBe(isFile || 0);
      await second.close();
      await first.close();
      expect(isFile ? audit(file) : []).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  return files;
}

describe("sqlite › snapshots › agree with a list of whole trees", () => {
  it("whatever is done by two stores on one file", { timeout: 120_000 }, async () => {
    const two = (file: string): [Vfs, Vfs] => [createVfs(sqlite({ file })), createVfs(sqlite({ file }))];
    expect(await playAll(two)).toBe(RUNS);
  });

  it("in memory", { timeout: 120_000 }, async () => {
    const one = (): [Vfs, Vfs] => {
      const vfs = createVfs(sqlite({ file: ":memory:" }));
      return [vfs, vfs];
    };
    expect(await playAll(one)).toBe(RUNS);
  });
});
