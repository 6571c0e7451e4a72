import type { Entry, Provider, VPath } from "@vfs/core";
import { canWrite, group, type Bench, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { CONTEXT } from "../context.ts";
import { plant } from "../planted.ts";
import { all, below } from "../samples.ts";

export const lists: Case[] = [
  ...group("readdir", {
    "gives each name once, with its type": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/sub", { recursive: true });
        await vfs.writeFile("/d/f", "x");
        await vfs.writeFile("/d/sub/deep", "x");
        sameMembers(await vfs.readdir("/d"), ["sub", "f"], "names");
        const entries = await vfs.readdir("/d", { withFileTypes: true });
        sameMembers(
          entries.map(
            (entry) => `${entry.name} ${entry.type} ${entry.path} ${entry.isDirectory()} ${entry.isFile()}`,
          ),
          ["sub directory /d/sub true false", "f file /d/f false true"],
          "entries",
        );
      },
    },
    "gives stats when asked": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/sub", { recursive: true });
        await vfs.writeFile("/d/f", "12345");
        const entries = await vfs.readdir("/d", { withFileTypes: true, stat: true });
        sameMembers(
          entries.map(({ name, stat }) => `${name} ${stat?.type} ${stat?.size === 5}`),
          ["sub directory false", "f file true"],
          "stats",
        );
      },
    },
    "of nothing and of a file": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("ENOENT", () => vfs.readdir("/none"), "nothing");
        await fails("ENOTDIR", () => vfs.readdir("/f"), "a file");
        await fails("ENOENT", () => vfs.readdir("/none", { recursive: true }), "nothing, recursive");
        await fails("ENOENT", () => all(vfs.opendir("/none")), "opendir of nothing");
      },
    },
    "gives all of 1,100 entries": {
      needs: canWrite,
      run: async (bench) => {
        const { vfs } = bench;
        await fill(bench, "/many", 1100);
        const found = await vfs.readdir("/many");
        same(found.length, 1100, "names");
        same(new Set(found).size, 1100, "different names");
        same((await all(vfs.opendir("/many"))).length, 1100, "entries of opendir");
        const described = await all(vfs.opendir("/many", { stat: true }));
        same(described.filter(({ stat }) => stat?.isFile()).length, 1100, "entries of opendir with a stat");
        await vfs.cp("/many", "/copy", { recursive: true });
        same((await vfs.readdir("/copy")).length, 1100, "names in the copy");
        await vfs.rm("/many", { recursive: true });
        same(await vfs.readdir("/"), ["copy"], "what is left");
      },
    },
    "with recursive gives the whole tree": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/t/a/b", { recursive: true });
        await vfs.mkdir("/t/empty");
        await vfs.writeFile("/t/a/b/f", "x");
        await vfs.writeFile("/t/ab", "x");
        same(await below(vfs, "/t"), ["a", "a/b", "a/b/f", "ab", "empty"], "names");
        const entries = await vfs.readdir("/t", { recursive: true, withFileTypes: true });
        sameMembers(
          entries.map(({ path, type }) => `${path} ${type}`),
          ["/t/a directory", "/t/a/b directory", "/t/a/b/f file", "/t/ab file", "/t/empty directory"],
          "entries",
        );
      },
    },
  }),
  ...group("list", {
    "by pages gives each entry once": {
      needs: canWrite,
      run: async (bench) => {
        const { provider } = bench;
        await fill(bench, "/p", 57);
        for (const limit of [1, 7, 57, 100]) {
          const found = await pages(provider, "/p", { limit });
          same(found.length, 57, `entries by pages of ${limit}`);
          same(new Set(found.map(({ name }) => name)).size, 57, "different names");
        }
      },
    },
    "by pages keeps what stays while others come and go": {
      needs: canWrite,
      run: async (bench) => {
        const { vfs, provider } = bench;
        await fill(bench, "/p", 40);
        const found: string[] = [];
        let cursor: string | undefined;
        for (let page = 0; page === 0 || cursor !== undefined; page++) {
          const part = await provider.list("/p" as VPath, { limit: 5, cursor }, CONTEXT);
          found.push(...part.items.map(({ name }) => name));
          ({ cursor } = part);
          // Away goes one that was given already, and one that never was: the even ones below 20 stay.
          await vfs.rm(`/p/f${2 * page + 1}`, { force: true });
          await vfs.writeFile(`/p/new${page}`, "x");
          check(page < 100, "the listing ends");
        }
        for (let i = 20; i < 40; i++)
          same(found.filter((name) => name === `f${i}`).length, 1, `times that f${i} was given`);
        same(new Set(found).size, found.length, "different names");
      },
    },
    "with recursive gives directories before what is in them": {
      needs: ({ write, listRecursive }) => write && listRecursive,
      run: async (bench) => {
        const { vfs, provider } = bench;
        await fill(bench, "/r/a/b", 12);
        await fill(bench, "/r/c", 12);
        await vfs.mkdir("/r/empty");
        for (const limit of [1, 5, 1000]) {
          const found = (await pages(provider, "/r", { limit, recursive: true })).map(({ name }) => name);
          same(found.length, 28, `entries by pages of ${limit}`);
          for (const name of found) {
            const parent = name.slice(0, Math.max(0, name.lastIndexOf("/")));
            check(
              parent === "" || found.indexOf(parent) < found.indexOf(name),
              `${parent} comes before ${name}`,
            );
          }
        }
      },
    },
    "with stat gives what stat gives": {
      needs: ({ write, listStat }) => write && listStat,
      run: async (bench) => {
        const { vfs, provider } = bench;
        await fill(bench, "/s", 5);
        await vfs.mkdir("/s/d");
        for (const { name, stat } of await pages(provider, "/s", { stat: true }))
          same(stat, await provider.stat(`/s/${name}` as VPath, {}, CONTEXT), `stat of ${name}`);
      },
    },
    "answers with an error for a cursor of nobody's": {
      needs: canWrite,
      run: async (bench) => {
        const { provider } = bench;
        await fill(bench, "/p", 3);
        let thrown: unknown;
        try {
          const page = await provider.list("/p" as VPath, { cursor: "\u0000nonsense", limit: 1 }, CONTEXT);
          check(page.items.length <= 3, "at most what is there");
        } catch (reason) {
          thrown = reason;
        }
        if (thrown !== undefined) await fails("EINVAL", () => Promise.reject(thrown), "a cursor of nobody's");
      },
    },
  }),
];

function fill(bench: Bench, directory: string, count: number): Promise<void> {
  const files = Array.from({ length: count }, (_, i) => [`f${i}`, `${i}`] as const);
  return plant(bench, directory, Object.fromEntries(files));
}

async function pages(
  provider: Provider,
  path: string,
  options: { limit?: number; recursive?: boolean; stat?: boolean },
): Promise<Entry[]> {
  const found: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = await provider.list(path as VPath, { ...options, cursor }, CONTEXT);
    const most = page.cursor === undefined && cursor === undefined ? Infinity : (options.limit ?? Infinity);
    check(page.items.length <= most, `at most ${options.limit} entries in a page`);
    found.push(...page.items);
    ({ cursor } = page);
    check(found.length < 10_000, "the listing ends");
  } while (cursor !== undefined);
  return found;
}
