import { createVfs, isPromiseLike, type Awaitable, type Context, type Provider, type VPath } from "@vfs/core";
import { group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { CONTEXT } from "../context.ts";
import { picture, samePictures } from "../picture.ts";
import { all, below, linesOf, utf8 } from "../samples.ts";
import { plant } from "../snapshot-steps.ts";
import { keepsSnapshots, keptBy, ofEverything } from "./snapshots.ts";

const SYNC: Context = { ...CONTEXT, sync: true };

/** What was opened of a snapshot. */
export const snapshotsRead: Case[] = [
  ...group(
    "snapshots",
    {
      "are read like any store": {
        needs: ofEverything,
        run: async (bench) => {
          const { vfs } = bench;
          await plant(vfs);
          await vfs.writeFile("/d/long", "line\n".repeat(1000));
          for (let i = 0; i < 9; i++) await vfs.writeFile(`/d/e/${i}`, `${i}`);
          const kept = await keptBy(bench);
          const { id } = await kept.take();
          const names = await below(vfs, "/");
          const store = await kept.open(id);
          const inE = [...Array.from({ length: 9 }, (_, i) => `${i}`), "f"];
          for (const gone of [0, 1, 5]) await vfs.unlink(`/d/e/${gone}`);
          sameMembers(await byPages(store, "/d/e"), inE, "names by pages, of which some have gone since");
          await vfs.rm("/d", { recursive: true });
          await vfs.writeFile("/d", "now a file");
          await using old = createVfs(store);
          sameMembers(await below(old, "/"), names, "names");
          const sized = await old.readdir("/d/e", { withFileTypes: true, stat: true });
          sameMembers(
            sized.map(({ name, stat }) => `${name} ${stat?.size}`),
            inE.map((name) => (name === "f" ? "f 4" : `${name} 1`)),
            "names with sizes",
          );
          sameMembers(await byPages(store, "/d/e"), inE, "names by pages");
          sameMembers(
            (await all(old.find("/", { name: "[0-3]" }))).map(({ path }) => path),
            ["/d/e/0", "/d/e/1", "/d/e/2", "/d/e/3"],
            "find",
          );
          same((await linesOf(old.grep("/d", "deep"))).length, 1, "grep");
          same((await all(old.glob("/d/*/f"))).length, 1, "glob");
          same(
            (await all(old.readStream("/d/long", { chunkSize: 1000 }))).map(({ length }) => length),
            Array.from({ length: 5 }, () => 1000),
            "a stream",
          );
          same(await old.readFile("/sym/f", "utf8"), "deep", "through a link");
          const handle = await old.open("/d/e/f");
          const into = new Uint8Array(2);
          same((await handle.read(into, 0, 2, 1)).bytesRead, 2, "bytes that a handle reads");
          same(into, utf8("ee"), "what a handle reads");
          await handle.close();
          await fails("ENOENT", () => old.readFile("/none"), "what is not there");
          await fails("ENOTDIR", () => old.readFile("/top/below"), "through a file");
          await fails("EISDIR", () => old.readFile("/d"), "a directory");
          await fails("ENOTDIR", () => store.list("/top" as VPath, {}, CONTEXT), "a list of a file");
        },
      },
      "cannot be changed": {
        needs: ofEverything,
        run: async (bench) => {
          const { vfs, provider } = bench;
          await plant(vfs);
          await vfs.appendFile("/top", "!");
          const kept = await keptBy(bench);
          const { id } = await kept.take();
          const store = await kept.open(id);
          const { write, open, rename, copy, watch, snapshots } = store.caps;
          same([write, rename, copy, snapshots], [false, "none", "none", false], "caps");
          check(!open || store.open !== undefined, "a handle only where it says so");
          check(watch === "none", "nothing to watch");
          await using old = createVfs(store);
          for (const [what, call] of Object.entries({
            writeFile: () => old.writeFile("/top", "x"),
            appendFile: () => old.appendFile("/top", "x"),
            truncate: () => old.truncate("/top"),
            open: () => old.open("/top", "r+"),
            mkdir: () => old.mkdir("/x"),
            rm: () => old.rm("/d", { recursive: true }),
            rename: () => old.rename("/top", "/x"),
            chmod: () => old.chmod("/top", 0o600),
            utimes: () => old.utimes("/top", 1, 1),
            symlink: () => old.symlink("x", "/x"),
            link: () => old.link("/top", "/x"),
          }))
            await fails("EROFS", call, what);
          // The first sight of it is before anything of it was read.
          const first = await store.stat("/top" as VPath, {}, CONTEXT);
          await old.readFile("/top");
          same(await store.stat("/top" as VPath, {}, CONTEXT), first, "what was read");
          samePictures(await picture(store), await picture(await kept.open(id)), "looked at twice");
          same((await picture(provider)).size, (await picture(store)).size, "the store itself");
        },
      },
      "can be mounted, and copied from": {
        needs: ofEverything,
        run: async (bench) => {
          const { vfs, mount, unmount } = bench;
          await plant(vfs);
          const kept = await keptBy(bench);
          const { id } = await kept.take();
          await vfs.rm("/d", { recursive: true });
          await vfs.mkdir("/old");
          await mount("/old", await kept.open(id));
          await vfs.cp("/old/d", "/d", { recursive: true });
          same(await vfs.readFile("/d/e/f", "utf8"), "deep", "what was copied back");
          await fails("EROFS", () => vfs.writeFile("/old/x", "x"), "a write below it");
          await unmount("/old");
          same((await kept.all()).length, 1, "it is kept when nobody has it mounted");
          samePictures(
            await picture(await kept.open(id)),
            await picture(await kept.open(id)),
            "and can be opened",
          );
        },
      },
      "of a store that never waits come without a promise": {
        needs: (caps) => keepsSnapshots(caps) && caps.sync,
        run: async ({ provider }) => {
          const kept = provider.snapshots?.(SYNC);
          check(kept !== undefined && !isPromiseLike(kept), "snapshots");
          const taken = kept.take("", SYNC);
          check(!isPromiseLike(taken), "take");
          const store = kept.open(taken.id, SYNC);
          check(!isPromiseLike(store), "open");
          const calls: Record<string, () => Awaitable<unknown>> = {
            all: () => kept.all(SYNC),
            changes: () => kept.changes(taken.id, undefined, SYNC),
            retainedBytes: () => kept.retainedBytes(SYNC),
            stat: () => store.stat("/" as VPath, {}, SYNC),
            list: () => store.list("/" as VPath, {}, SYNC),
            drop: () => kept.drop([taken.id], SYNC),
          };
          check(store.caps.sync, "what is opened says so");
          for (const [name, call] of Object.entries(calls)) {
            const value = call();
            if (isPromiseLike(value)) {
              await value.then(undefined, () => undefined);
              check(false, `${name} gave a promise to a caller that cannot wait`);
            }
          }
        },
      },
    },
    { ofStore: true },
  ),
];

/** The names in a directory, three at a time. */
async function byPages(store: Provider, path: string): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await store.list(path as VPath, { cursor, limit: 3 }, CONTEXT);
    names.push(...page.items.map(({ name }) => name));
    cursor = page.cursor;
  }
  return names;
}
