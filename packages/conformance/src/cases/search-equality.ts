import {
  createVfs,
  type FindOptions,
  type GrepOptions,
  type GrepPattern,
  type Layer,
  type Vfs,
} from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, same } from "../check.ts";
import { all, randomizer } from "../samples.ts";

type Random = (bound: number) => number;

/** Makes core take every search apart, as a rule about single files does. */
const APART: Layer = {
  name: "apart",
  slot: "policy",
  decidesBelow: () => true,
  handle: (call, next) => {
    check(call.op !== "find" && call.op !== "scan", `${call.op} came to a layer that decides below`);
    return next(call);
  },
};

const NAMES = ["a", "b.ts", "a b", "[x]", "é", "*", "c.min.js", ".hidden", "-", "😀"];
const WORDS = ["needle", "Needle", "nee", "dle", " ", "x", "é", "\n", "\n", "\r\n", "\0", "ab".repeat(5000)];
const GLOBS = ["*", "*.ts", "?", "[a-c]*", "*e*", "{a,b.ts}", "\\*", "[[]x]", "*.*.*", "*a*b*", "!", "[!a]"];

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T;

async function grow(vfs: Vfs, random: Random, symlinks: boolean): Promise<void> {
  const directories = [""];
  for (let i = 0; i < 25; i++) {
    const path = `${pick(random, directories)}/${pick(random, NAMES)}`;
    if ((await vfs.lstat(path, { throwIfNoEntry: false })) !== undefined) continue;
    const kind = random(6);
    if (kind < 2) {
      await vfs.mkdir(path);
      directories.push(path);
    } else if (kind === 2 && symlinks) {
      await vfs.symlink(pick(random, ["/", "a", "none", ".."]), path);
    } else {
      const words = Array.from({ length: random(12) }, () => pick(random, WORDS));
      await vfs.writeFile(path, words.join(""));
    }
  }
}

function anyFind(random: Random): FindOptions {
  const some = <T>(value: T): T | undefined => (random(3) === 0 ? value : undefined);
  return {
    name: random(2) === 0 ? pick(random, GLOBS) : undefined,
    type: some(pick(random, ["file", "directory", "symlink"] as const)),
    recursive: some(false),
    maxDepth: some(1 + random(3)),
    minBytes: some(random(20)),
    maxBytes: some(random(9000)),
    modifiedSinceMs: some(Date.now() - random(1000)),
    modifiedBeforeMs: some(Date.now() + 1000 - random(1100)),
    stat: some(true),
  };
}

function anyGrep(random: Random): [GrepPattern, GrepOptions] {
  const some = <T>(value: T): T | undefined => (random(4) === 0 ? value : undefined);
  const pattern = pick<GrepPattern>(random, [
    "needle",
    "nee",
    "é",
    /ne+d/,
    /n.*e$/i,
    /^/,
    ["x", /d/],
    "abab",
  ]);
  const options: GrepOptions = {
    name: some(pick(random, GLOBS)),
    include: some([pick(random, GLOBS), `a/${pick(random, GLOBS)}`]),
    exclude: some([pick(random, GLOBS)]),
    recursive: some(false),
    ignoreCase: some(true),
    everyMatch: some(true),
    invert: some(true),
    before: some(random(3)),
    after: some(random(3)),
    maxResults: some(random(9)),
    maxPerFile: some(random(3)),
    filesOnly: some(true),
    maxFileBytes: some(random(9000)),
    binary: some(pick(random, ["skip", "name", "search"] as const)),
    concurrency: some(1 + random(4)),
  };
  return [pattern, options];
}

/** What was found, in an order of its own: that of `find` is anyone's. */
async function found(vfs: Vfs, options: FindOptions): Promise<string[]> {
  const entries = await all(vfs.find("/", options));
  const seen = new Set(["/"]);
  for (const { path, parentPath, type, stat } of entries) {
    const whole = options.name === undefined && options.type === undefined && options.minBytes === undefined;
    const timeless = options.modifiedSinceMs === undefined && options.modifiedBeforeMs === undefined;
    if (whole && timeless && options.maxBytes === undefined)
      check(seen.has(parentPath), `${path} came before ${parentPath}`);
    if (options.stat === true) check(stat?.type === type, `${path} has a stat`);
    seen.add(path);
  }
  return entries.map(({ path, type, stat }) => `${path} ${type} ${options.stat ? stat?.size : ""}`).sort();
}

export const searchEquality: Case[] = group("search", {
  "finds the same whether the store searches or core takes the tree apart": {
    needs: canWrite,
    run: async ({ vfs, provider, caps, times }) => {
      // Where the store does not search, core is compared with itself: one tree shows as much as three. And of one that is
      // far away two show enough.
      const seeds = !caps.find && !caps.scan ? 1 : caps.sync ? 3 : times(2, 1);
      const rounds = caps.sync ? 10 : 5;
      for (let seed = 1; seed <= seeds; seed++) {
        const random = randomizer(seed);
        await grow(vfs, random, caps.symlinks);
        await using whole = createVfs(provider, { keepOpen: true });
        await using apart = createVfs(provider, { keepOpen: true, layers: [APART] });
        for (let i = 0; i < rounds; i++) {
          const options = anyFind(random);
          const what = `find, seed ${seed}, ${JSON.stringify(options)}`;
          same(await found(whole, options), await found(apart, options), what);
        }
        for (let i = 0; i < rounds; i++) {
          const [pattern, options] = anyGrep(random);
          const what = `grep of ${String(pattern)}, seed ${seed}, ${JSON.stringify(options)}`;
          same(
            await all(whole.grep("/", pattern, options)),
            await all(apart.grep("/", pattern, options)),
            what,
          );
          if (caps.sync)
            same(
              [...whole.sync.grep("/", pattern, options)],
              await all(whole.grep("/", pattern, options)),
              what,
            );
        }
        for (const name of GLOBS)
          same(
            (await all(whole.glob(`**/${name}`))).sort(),
            (await all(apart.glob(`**/${name}`))).sort(),
            name,
          );
        for (const { name } of await vfs.readdir("/", { withFileTypes: true }))
          await vfs.rm(`/${name}`, { recursive: true });
      }
    },
  },
});
