import type { Entry, FindQuery, Provider, Scanned, ScanQuery, VPath } from "@vfs/core";
import { group, type Bench, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { CONTEXT } from "../context.ts";
import { plant } from "../planted.ts";

const TOP = "/r" as VPath;
const TREE = ["a/b/x.ts", "a/c.txt", "a-b/x.ts", "a.ts", "b/needle.txt", "é/y.ts"];

async function grow(bench: Bench): Promise<void> {
  await plant(bench, "/r", Object.fromEntries(TREE.map((path) => [path, path])));
  await bench.vfs.mkdir("/r/empty.ts");
}

async function find(provider: Provider, query: FindQuery): Promise<Entry[]> {
  const found: Entry[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await provider.find?.(TOP, { ...query, cursor }, CONTEXT);
    check(page !== undefined && page.items.length <= (query.limit ?? Infinity), "a page within its limit");
    found.push(...page.items);
    ({ cursor } = page);
  }
  return found;
}

async function scan(provider: Provider, query: Partial<ScanQuery>): Promise<Scanned[]> {
  const found: Scanned[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const whole: ScanQuery = { wholeBytes: 100, pageBytes: 1 << 20, ...query, cursor };
    const page = await provider.scan?.(TOP, whole, CONTEXT);
    found.push(...(page?.items ?? []));
    cursor = page?.cursor;
  }
  return found;
}

const names = (found: readonly { readonly name: string }[]): string[] => found.map(({ name }) => name);

/** What a store must do whose `find` or `scan` core makes use of: core looks at names again, but not for what is missing. */
export const wholeSearches: Case[] = [
  ...group("find of a store", {
    "gives each that fits once, by pages of any size": {
      needs: (caps) => caps.write && caps.find,
      run: async (bench) => {
        const { provider } = bench;
        await grow(bench);
        for (const limit of [1, 2, 3, 1000, undefined]) {
          const all = names(await find(provider, { limit }));
          sameMembers(all, [...TREE, "a", "a/b", "a-b", "b", "é", "empty.ts"], `all by pages of ${limit}`);
          for (const name of all) {
            const parent = name.slice(0, Math.max(0, name.lastIndexOf("/")));
            check(parent === "" || all.indexOf(parent) < all.indexOf(name), `${parent} before ${name}`);
          }
          const typed = names(await find(provider, { limit, name: "*.ts", type: "file" }));
          const fits = new Set(["a/b/x.ts", "a-b/x.ts", "a.ts", "é/y.ts"]);
          sameMembers(
            typed.filter((name) => fits.has(name)),
            [...fits],
            `by name, by pages of ${limit}`,
          );
          const near = names(await find(provider, { limit, maxDepth: 1 }));
          const first = new Set(["a", "a-b", "a.ts", "b", "é", "empty.ts"]);
          sameMembers(
            near.filter((name) => first.has(name)),
            [...first],
            `of one level, by ${limit}`,
          );
        }
      },
    },
    "puts a stat beside each, and goes on while names come and go": {
      needs: (caps) => caps.write && caps.find,
      run: async (bench) => {
        const { vfs, provider } = bench;
        await grow(bench);
        for (const { name, stat } of await find(provider, { stat: true, minBytes: 1 })) {
          // Who looks into a directory reads it.
          const now = await provider.stat(`/r/${name}` as VPath, {}, CONTEXT);
          same({ ...stat, atimeMs: 0 }, { ...now, atimeMs: 0 }, `stat of ${name}`);
        }
        const beside = Array.from({ length: 40 }, (_, i) => [`f${i}`, "x"] as const);
        await plant(bench, "/r/b", Object.fromEntries(beside));
        const seen: string[] = [];
        let cursor: string | undefined;
        for (let i = 0, more = true; more; i++, more = cursor !== undefined) {
          const page = await provider.find?.(TOP, { limit: 3, type: "file", cursor }, CONTEXT);
          seen.push(...names(page?.items ?? []));
          cursor = page?.cursor;
          if (i < 10) await vfs.rm(`/r/b/f${i}`);
          if (i === 3) await vfs.rm("/r/a", { recursive: true });
          if (i < 10) await vfs.writeFile(`/r/b/g${i}`, "x");
          check(i < 100, "it ends");
        }
        for (let i = 10; i < 40; i++)
          same(seen.filter((name) => name === `b/f${i}`).length, 1, `times that f${i} was given`);
        await fails("EINVAL", async () => provider.find?.(TOP, { cursor: "no cursor" }, CONTEXT), "a cursor");
        await fails("ENOTDIR", async () => provider.find?.("/r/a.ts" as VPath, {}, CONTEXT), "below a file");
        await fails("ENOENT", async () => provider.find?.("/none" as VPath, {}, CONTEXT), "below nothing");
      },
    },
  }),
  ...group("scan of a store", {
    "gives each file once, in path order, with its content": {
      needs: (caps) => caps.write && caps.scan,
      run: async (bench) => {
        const { vfs, provider } = bench;
        await grow(bench);
        await vfs.writeFile("/r/large", "x".repeat(101));
        const order = ["a/b/x.ts", "a/c.txt", "a-b/x.ts", "a.ts", "b/needle.txt", "large", "é/y.ts"];
        for (const pageBytes of [0, 1, 20, 1 << 20]) {
          const found = await scan(provider, { pageBytes });
          same(names(found), order, `by pages of ${pageBytes}`);
          for (const { name, size, data } of found) {
            const content = name === "large" ? undefined : name;
            same(data === undefined ? undefined : new TextDecoder().decode(data), content, name);
            same(
              size,
              content === undefined ? 101 : new TextEncoder().encode(name).length,
              `size of ${name}`,
            );
          }
        }
        const some = await scan(provider, { include: ["*.ts", "large"], exclude: ["a", "é"] });
        const kept = names(some).filter((name) => !/^[aé]\/|txt$/.test(name));
        same(kept, ["a-b/x.ts", "a.ts", "large"], "what fits");
        await fails("ENOTDIR", () => scan({ ...provider, scan: at(provider, "/r/a.ts") }, {}), "of a file");
      },
    },
    "leaves out no file that has the text, wherever it lies": {
      needs: (caps) => caps.write && caps.scan,
      run: async ({ vfs, provider }) => {
        await vfs.mkdir("/r");
        // Across every border that a store may put content on.
        for (let border = 1; border < 1 << 19; border *= 2)
          for (const shift of [-3, 0]) {
            const start = Math.max(0, border + shift);
            await vfs.writeFile(
              `/r/f${border}${shift}`,
              `${"x".repeat(start)}né€dle${"x".repeat(border % 7)}`,
            );
          }
        await vfs.writeFile("/r/none", "x".repeat(20_000));
        const found = await scan(provider, { text: "né€dle", wholeBytes: 1 << 20 });
        same(names(found).filter((name) => name !== "none").length, 38, "files that have it");
      },
    },
  }),
];

function at(provider: Provider, path: string): NonNullable<Provider["scan"]> {
  return (_, query, ctx) => (provider as Required<Provider>).scan(path as VPath, query, ctx);
}
