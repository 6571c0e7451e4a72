import { createVfs, type Layer } from "@vfs/core";
import { group, type Case } from "../case.ts";
import { CheckError, check, fails, same } from "../check.ts";
import { ADA } from "../users.ts";
import { closed } from "./layers.ts";
import { keepsSnapshots } from "./snapshots.ts";

/** A layer that could show another content. */
const CHANGING: Layer = { name: "changing", slot: "transform", handle: (call, next) => next(call) };

/** Who may use what a store keeps of itself. */
export const snapshotsOffered: Case[] = [
  ...group("storeSnapshots", {
    "of a store that keeps none are undefined": {
      needs: ({ write, snapshots }) => write && !snapshots,
      run: async ({ vfs, provider }) => {
        same(await vfs.storeSnapshots("/"), undefined, "of the root");
        check(
          provider.snapshots === undefined || provider.caps.snapshots,
          "no method that its caps do not tell of",
        );
      },
    },
    "are offered where nothing stands between the caller and the store": {
      needs: keepsSnapshots,
      run: async ({ vfs }) => {
        await vfs.mkdir("/d/e", { recursive: true });
        await vfs.writeFile("/d/e/f", "x");
        same((await vfs.storeSnapshots("/"))?.base, "/", "where the root is");
        const kept = await vfs.storeSnapshots("/d/e");
        same(kept?.base, "/d/e", "where a directory is");
        const taken = await kept?.take("of a directory");
        const [found] = (await (await vfs.storeSnapshots("/"))?.all()) ?? [];
        same(found, taken, "which is the whole store's");
        await using old = createVfs((await kept?.open(found?.id ?? "")) ?? fail());
        same(await old.readFile("/d/e/f", "utf8"), "x", "content");
      },
    },
    "have nothing of what is mounted below": {
      needs: keepsSnapshots,
      run: async ({ vfs, mountAnother }) => {
        await vfs.mkdir("/m");
        await mountAnother("/m");
        await vfs.writeFile("/m/of another store", "x");
        const kept = (await vfs.storeSnapshots("/")) ?? fail();
        await using old = createVfs(await kept.open((await kept.take()).id));
        same(await old.readdir("/m"), [], "what is in the mount point");
      },
    },
    "are not offered under a layer that decides or changes": {
      needs: keepsSnapshots,
      run: async ({ vfs, provider }) => {
        await vfs.mkdir("/a");
        await vfs.mkdir("/m");
        for (const layer of [closed("/a"), CHANGING]) {
          await using whole = createVfs(provider, {
            layers: layer === CHANGING ? [] : [layer],
            keepOpen: true,
          });
          await whole.mount("/m", provider, { layers: [layer], keepOpen: true });
          for (const path of ["/m", "/m/m"])
            same(await whole.storeSnapshots(path), undefined, `${path} under ${layer.name}`);
        }
        await using whole = createVfs(provider, { layers: [closed("/a")], keepOpen: true });
        for (const path of ["/", "/m"])
          same(await whole.storeSnapshots(path), undefined, `${path} of what is closed in part`);
      },
    },
    "are not offered to who sees a part of the store only": {
      needs: keepsSnapshots,
      run: async ({ vfs }) => {
        await vfs.mkdir("/home/d", { recursive: true });
        await vfs.writeFile("/secret", "x");
        const view = vfs.view({ root: "/home" });
        same(await view.storeSnapshots("/"), undefined, "the root of a view");
        same(await view.storeSnapshots("/d"), undefined, "below it");
      },
    },
    "are not offered to who is not root": {
      needs: (caps) => keepsSnapshots(caps) && caps.permissions,
      run: async ({ vfs }) => {
        same(await vfs.view({ identity: ADA }).storeSnapshots("/"), undefined, "to ada");
        await vfs.writeFile("/f", "x", { mode: 0o600 });
        const root = await vfs.view({ identity: { uid: 0, gid: 0 } }).storeSnapshots("/");
        const { id } = (await root?.take()) ?? fail();
        await using old = createVfs((await root?.open(id)) ?? fail());
        await fails(
          ["EACCES", "ENOTSUP"],
          () => old.view({ identity: ADA }).readFile("/f"),
          "ada, in a snapshot",
        );
        same(await old.readFile("/f", "utf8"), "x", "root, in a snapshot");
      },
    },
    "are only looked at through a view that is read-only": {
      needs: keepsSnapshots,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const kept = (await vfs.storeSnapshots("/")) ?? fail();
        const { id } = await kept.take("one");
        const seen = (await vfs.view({ readOnly: true }).storeSnapshots("/")) ?? fail();
        await fails("EROFS", () => seen.take(), "take");
        await fails("EROFS", () => seen.drop(id), "drop");
        await vfs.appendFile("/f", "y");
        same((await seen.all()).length, 1, "all");
        same(
          (await seen.changes(id)).map(({ path }) => path),
          ["/f"],
          "changes",
        );
        check((await seen.retainedBytes()) > 0, "retainedBytes");
        await using old = createVfs(await seen.open(id));
        same(await old.readFile("/f", "utf8"), "x", "open");
      },
    },
  }),
];

function fail(): never {
  throw new CheckError("nothing is offered");
}
