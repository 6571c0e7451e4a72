import { createVfs, VfsError, type Layer } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { ADA, BOB, checksPermissions, home } from "../users.ts";
import { tells } from "../watched.ts";

/** Hides everything below `/w/secret`, as if it were not there for listings and forbidden by name. */
const SECRETS: Layer = {
  name: "secrets",
  slot: "policy",
  decidesBelow: () => true,
  handle: (call, next) => {
    const isSecret = (path: string): boolean => path.includes("secret");
    if (isSecret(call.path) || isSecret(call.to ?? "")) throw new VfsError("EACCES", { reason: "policy" });
    if (call.op !== "list") return next(call);
    return Promise.resolve(next(call)).then((page) => ({
      ...page,
      items: page.items.filter(({ name }) => !isSecret(name)),
    }));
  },
};

export const watchesInPart: Case[] = [
  ...group("watch of a view", {
    "tells of nothing outside, and of no path outside": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/home/docs", { recursive: true });
        const view = vfs.view({ root: "/home" });
        const watcher = view.watch("/", { recursive: true, intervalMs: 50 });
        await watcher.ready;
        await vfs.writeFile("/outside", "x");
        await tells(watcher, ["created docs/f"], () => vfs.writeFile("/home/docs/f", "x"));
        const [out] = await tells(watcher, ["removed docs/f"], () => vfs.rename("/home/docs/f", "/gone"));
        check(!JSON.stringify(out).includes("gone"), "nothing of where it went");
        const [back] = await tells(watcher, ["created docs/g"], () => vfs.rename("/gone", "/home/docs/g"));
        check(!JSON.stringify(back).includes("home"), "nothing of where it lies");
        same(back?.path, "/docs/g", "path");
        watcher.close();
      },
    },
  }),
  ...group("watch below a layer that hides things", {
    "tells nothing of them": {
      needs: canWrite,
      run: async ({ vfs, provider }) => {
        await vfs.mkdir("/w");
        await using behind = createVfs(provider, { layers: [SECRETS], keepOpen: true });
        await using open = createVfs(provider, { keepOpen: true });
        const watcher = behind.watch("/w", { recursive: true, intervalMs: 50 });
        await watcher.ready;
        await tells(watcher, ["created f"], () => open.writeFile("/w/f", "x"));
        await open.mkdir("/w/secret");
        await open.writeFile("/w/secret/f", "x");
        await open.rename("/w/secret/f", "/w/secret2");
        await tells(watcher, ["created now"], () => open.rename("/w/secret2", "/w/now"));
        await tells(watcher, ["removed now"], () => open.rename("/w/now", "/w/secret3"));
        await open.rm("/w/secret", { recursive: true });
        await tells(watcher, ["removed f"], () => open.unlink("/w/f"));
        await fails(["ENOTSUP"], () => behind.changes(), "the history");
        const denied = behind.watch("/w/secret3");
        await fails("EACCES", () => denied.ready, "what is hidden itself");
        watcher.close();
      },
    },
  }),
  ...group("watch across mounts", {
    "tells of what is mounted below, also later": {
      needs: canWrite,
      run: async ({ vfs, provider, mountAnother, unmount }) => {
        await using below = createVfs(provider, { keepOpen: true });
        await vfs.mkdir("/w/hidden", { recursive: true });
        await mountAnother("/w/m");
        const watcher = vfs.watch("/w", { recursive: true, intervalMs: 50 });
        await watcher.ready;
        const [event] = await tells(watcher, ["created m/f"], () => vfs.writeFile("/w/m/f", "x"));
        same(event?.path, "/w/m/f", "path");
        await tells(watcher, ["mounted hidden"], () => mountAnother("/w/hidden"));
        await below.writeFile("/w/hidden/unseen", "x");
        await below.rename("/w/hidden/unseen", "/w/seen");
        await tells(watcher, ["created seen"], () => undefined);
        await below.rename("/w/seen", "/w/hidden/unseen");
        await tells(watcher, ["removed seen"], () => undefined);
        await tells(watcher, ["unmounted hidden"], () => unmount("/w/hidden"));
        await tells(watcher, ["created hidden/g"], () => vfs.writeFile("/w/hidden/g", "x"));
        await tells(watcher, ["unmounted m"], () => unmount("/w/m"));
        watcher.close();
      },
    },
    "ends with the mount that it is on": {
      needs: canWrite,
      run: async ({ vfs, mountAnother, unmount }) => {
        await mountAnother("/m");
        const watcher = vfs.watch("/m", { recursive: true });
        await watcher.ready;
        const events: string[] = [];
        const read = (async () => {
          for await (const { kind } of watcher) events.push(kind);
        })();
        await unmount("/m");
        await read;
        same(events, ["unmounted"], "what was told last");
      },
    },
  }),
  ...group("watch for an identity", {
    "tells of what it may read, and of nothing else": {
      needs: checksPermissions,
      run: async ({ vfs }) => {
        const { ada, bob } = await home(vfs);
        await ada.mkdir("/home/seen");
        await vfs.chmod("/home/seen", 0o777);
        const watcher = bob.watch("/home/seen", { recursive: true });
        await watcher.ready;
        await ada.mkdir("/home/seen/secret", { mode: 0o700 });
        await ada.writeFile("/home/seen/secret/f", "x");
        await ada.writeFile("/home/seen/open", "x");
        await tells(watcher, ["created secret", "created open"], () => undefined);
        watcher.close();
        for (const recursive of [false, true]) {
          const denied = bob.watch("/home/seen/secret", { recursive });
          await fails("EACCES", () => denied.ready, `a watch of a closed directory, recursive ${recursive}`);
        }
        await fails(["EPERM", "ENOTSUP"], () => vfs.view({ identity: BOB }).changes(), "the history");
        same((await vfs.view({ identity: ADA }).readdir("/home/seen/secret")).length, 1, "ada's own");
      },
    },
  }),
];
