import { createVfs, VfsError, type Layer, type Vfs, type Watcher } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { nextEvent, tells } from "../watched.ts";

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

/** A watch of `/w`, which has a directory `d`. */
async function watched(vfs: Vfs, recursive = false): Promise<Watcher> {
  await vfs.mkdir("/w/d", { recursive: true });
  const watcher = vfs.watch("/w", { recursive, intervalMs: 50 });
  await watcher.ready;
  return watcher;
}

export const watches: Case[] = [
  ...group("watch", {
    "tells what comes, changes and goes in a directory, in the words of Node": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const watcher = await watched(vfs);
        const [created] = await tells(watcher, ["created f"], () => vfs.writeFile("/w/f", "x"));
        same(
          [created?.eventType, created?.filename, created?.path, created?.type],
          ["rename", "f", "/w/f", "file"],
          "what is told of a new file",
        );
        const [changed] = await tells(watcher, ["changed f"], () => vfs.writeFile("/w/f", "y"));
        same([changed?.eventType, changed?.path], ["change", "/w/f"], "what is told of a change");
        await tells(watcher, ["changed f"], () => vfs.appendFile("/w/f", "z"));
        await tells(watcher, ["changed f"], () => vfs.truncate("/w/f", 1));
        await tells(watcher, ["changed f"], () => vfs.writeStream("/w/f", ["a", "b"]));
        await tells(watcher, ["created s"], () => vfs.writeStream("/w/s", ["a"]));
        await tells(watcher, ["created c"], () => vfs.copyFile("/w/f", "/w/c"));
        await tells(watcher, ["created a"], () => vfs.appendFile("/w/a", "x"));
        await tells(watcher, ["created e"], () => vfs.mkdir("/w/e"));
        await tells(watcher, ["removed f"], () => vfs.unlink("/w/f"));
        await tells(watcher, ["removed e"], () => vfs.rmdir("/w/e"));
        await watcher.return?.();
      },
    },
    "tells the old name of what is renamed": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const watcher = await watched(vfs);
        await tells(watcher, ["created f"], () => vfs.writeFile("/w/f", "x"));
        const [event] = await tells(watcher, ["renamed f -> g"], () => vfs.rename("/w/f", "/w/g"));
        same(
          [event?.eventType, event?.path, event?.oldPath],
          ["rename", "/w/g", "/w/f"],
          "what is told of a rename",
        );
        await vfs.writeFile("/outside", "x");
        await tells(watcher, ["created in"], () => vfs.rename("/outside", "/w/in"));
        await tells(watcher, ["removed in"], () => vfs.rename("/w/in", "/outside"));
        await tells(watcher, ["changed g"], () => vfs.rename("/outside", "/w/g"));
        watcher.close();
      },
    },
    "with recursive tells of everything below, without of what lies in it": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const all = await watched(vfs, true);
        const one = await watched(vfs);
        await tells(all, ["created d/f"], () => vfs.writeFile("/w/d/f", "x"));
        await tells(all, ["changed d/f"], () => vfs.appendFile("/w/d/f", "x"));
        await tells(all, ["created d/e", "created d/e/f"], async () => {
          await vfs.mkdir("/w/d/e");
          await vfs.writeFile("/w/d/e/f", "x");
        });
        await tells(one, ["created f"], () => vfs.writeFile("/w/f", "x"));
        await tells(all, ["created f"], () => undefined);
        all.close();
        one.close();
      },
    },
    "tells of a moved directory once, and of each thing that is removed with one": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/w/d/e", { recursive: true });
        await vfs.writeFile("/w/d/e/f", "x");
        const watcher = await watched(vfs, true);
        await tells(watcher, ["renamed d -> m"], () => vfs.rename("/w/d", "/w/m"));
        await tells(watcher, ["changed m/e/f"], () => vfs.appendFile("/w/m/e/f", "x"));
        await tells(watcher, ["created c", "created c/e", "created c/e/f"], () =>
          vfs.cp("/w/m", "/w/c", { recursive: true }),
        );
        const gone = await tells(watcher, ["removed m/e/f", "removed m/e", "removed m"], () =>
          vfs.rm("/w/m", { recursive: true }),
        );
        same(gone.at(-1)?.filename, "m", "what is told of last");
        watcher.close();
      },
    },
    "of a file goes on when it is replaced, removed and made again": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/w");
        await vfs.writeFile("/w/f", "1");
        const watcher = vfs.watch("/w/f", { intervalMs: 50 });
        await watcher.ready;
        const [changed] = await tells(watcher, ["changed f"], () => vfs.writeFile("/w/f", "2"));
        same(changed?.path, "/w/f", "path");
        await vfs.writeFile("/w/other", "x");
        await tells(watcher, ["changed f"], () => vfs.rename("/w/other", "/w/f"));
        await tells(watcher, ["removed f"], () => vfs.unlink("/w/f"));
        await tells(watcher, ["created f"], () => vfs.writeFile("/w/f", "3"));
        watcher.close();
      },
    },
    "goes on when the directory is removed and made again": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const watcher = await watched(vfs, true);
        await tells(watcher, ["removed d", "removed w"], () => vfs.rm("/w", { recursive: true }));
        await tells(watcher, ["created w"], () => vfs.mkdir("/w"));
        await tells(watcher, ["created f"], () => vfs.writeFile("/w/f", "x"));
        watcher.close();
      },
    },
    "hears when a directory above is moved away": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/top/in", { recursive: true });
        const watcher = vfs.watch("/top/in", { recursive: true, intervalMs: 50 });
        await watcher.ready;
        await tells(watcher, ["created f"], () => vfs.writeFile("/top/in/f", "x"));
        await vfs.rename("/top", "/away");
        await vfs.writeFile("/away/in/f", "out of sight");
        await vfs.rename("/away", "/top");
        // Some hear of both moves, some only of what is there at last.
        let event = await nextEvent(watcher, "after the moves").catch(() => undefined);
        await vfs.writeFile("/top/in/last", "x");
        for (; event?.filename !== "last"; event = await nextEvent(watcher, "last"))
          check(event === undefined || event.path.startsWith("/top/in"), "nothing of elsewhere is told");
        watcher.close();
      },
    },
    "tells of what handles write": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const watcher = await watched(vfs);
        const handle = await vfs.open("/w/h", "w");
        await tells(watcher, ["created h"], () => undefined);
        await tells(watcher, ["changed h"], async () => {
          await handle.write("one");
          await handle.sync();
        });
        await tells(watcher, ["renamed h -> i"], () => vfs.rename("/w/h", "/w/i"));
        await tells(watcher, ["changed i"], async () => {
          await handle.write("two");
          await handle.truncate(1);
          await handle.close();
        });
        watcher.close();
      },
    },
    "tells of new attributes": {
      needs: ({ modes, write }) => modes && write,
      run: async ({ vfs, caps }) => {
        const watcher = await watched(vfs);
        await tells(watcher, ["created f"], () => vfs.writeFile("/w/f", "x"));
        await tells(watcher, ["changed f"], () => vfs.chmod("/w/f", 0o600));
        await tells(watcher, ["changed d"], () => vfs.chmod("/w/d", 0o700));
        if (caps.times !== "none") await tells(watcher, ["changed f"], () => vfs.utimes("/w/f", 1, 1));
        if (caps.meta) await tells(watcher, ["changed f"], () => vfs.setMeta("/w/f", { meta: { a: "b" } }));
        watcher.close();
      },
    },
    "tells of links as names, and not of what they lead to": {
      needs: ({ symlinks, links, write }) => symlinks && links && write,
      run: async ({ vfs }) => {
        await vfs.mkdir("/out/in", { recursive: true });
        await vfs.writeFile("/out/f", "x");
        const watcher = await watched(vfs, true);
        const [link] = await tells(watcher, ["created l"], () => vfs.symlink("/out", "/w/l"));
        same(link?.type, "symlink", "type");
        await tells(watcher, ["created n"], () => vfs.link("/out/f", "/w/n"));
        await vfs.writeFile("/out/in/g", "x");
        await tells(watcher, ["removed l"], () => vfs.unlink("/w/l"));
        watcher.close();
      },
    },
    "through a link tells the paths that the caller knows": {
      needs: ({ symlinks, write }) => symlinks && write,
      run: async ({ vfs }) => {
        await vfs.mkdir("/real/dir", { recursive: true });
        await vfs.symlink("/real", "/way");
        const watcher = vfs.watch("/way/dir", { intervalMs: 50 });
        await watcher.ready;
        const [event] = await tells(watcher, ["created f"], () => vfs.writeFile("/real/dir/f", "x"));
        same(event?.path, "/way/dir/f", "path");
        watcher.close();
      },
    },
    "misses nothing that is done once it is ready": {
      needs: canWrite,
      run: async ({ vfs }) => {
        const watcher = await watched(vfs);
        const names = Array.from({ length: 40 }, (_, i) => `f${i}`);
        await tells(
          watcher,
          names.map((name) => `created ${name}`),
          () => Promise.all(names.map((name) => vfs.writeFile(`/w/${name}`, name))),
        );
        watcher.close();
      },
    },
    "of nothing is ENOENT": async ({ vfs }) => {
      const watcher = vfs.watch("/none");
      const error = await fails("ENOENT", () => watcher.ready, "ready");
      same([error.path, error.syscall], ["/none", "watch"], "what the error is about");
      await fails("ENOENT", () => watcher.next(), "next");
      same((await watcher.next()).done, true, "whether it has ended");
    },
    "ends by its signal, by return, and by nothing else": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/w");
        const stop = new AbortController();
        const watcher = vfs.watch("/w", { signal: stop.signal });
        await watcher.ready;
        const next = watcher.next().catch((reason: unknown) => reason);
        stop.abort(new Error("enough"));
        same(((await next) as Error).message, "enough", "what the reader hears");
        same((await watcher.next()).done, true, "whether it has ended");
        const other = vfs.watch("/w");
        const waiting = other.next();
        await other.return?.();
        same((await waiting).done, true, "what a reader hears that waits");
        await vfs.writeFile("/w/f", "x");
        same((await other.next()).done, true, "after return");
        const late = vfs.watch("/w", { signal: stop.signal });
        const reason = await late.next().catch((thrown: unknown) => thrown);
        same((reason as Error).message, "enough", "a signal that is aborted already");
      },
    },
    "tells that events were lost when nobody takes them": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/w");
        const told = vfs.watch("/w", { maxQueue: 2, intervalMs: 50 });
        const failing = vfs.watch("/w", { maxQueue: 2, overflow: "throw", intervalMs: 50 });
        const control = vfs.watch("/w", { intervalMs: 50 });
        await Promise.all([told.ready, failing.ready, control.ready]);
        const names = ["a", "b", "c", "d"];
        await tells(
          control,
          names.map((name) => `created ${name}`),
          async () => {
            for (const name of names) await vfs.writeFile(`/w/${name}`, "x");
          },
        );
        // Whatever is told last is told of to all of them.
        await tells(control, ["removed a"], () => vfs.unlink("/w/a"));
        const event = await nextEvent(told, "overflow");
        same([event.kind, event.filename, event.path], ["overflow", null, "/w"], "what is told");
        const error = await fails("ENOMEM", () => failing.next(), "next");
        check(error.message.includes("maxQueue"), "the error names the option");
        told.close();
        control.close();
      },
    },
    "is not there for who cannot wait": ({ vfs }) => {
      same("watch" in vfs.sync, false, "whether the synchronous face has it");
    },
  }),
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
      run: async ({ vfs, mountAnother, unmount }) => {
        await vfs.mkdir("/w/hidden", { recursive: true });
        await mountAnother("/w/m");
        const watcher = vfs.watch("/w", { recursive: true, intervalMs: 50 });
        await watcher.ready;
        const [event] = await tells(watcher, ["created m/f"], () => vfs.writeFile("/w/m/f", "x"));
        same(event?.path, "/w/m/f", "path");
        await tells(watcher, ["mounted hidden"], () => mountAnother("/w/hidden"));
        // What was hidden a moment ago need not be watched at once; what is there is looked at anew by who must know.
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
  ...group("changes", {
    "are those after a revision, which only grows": {
      needs: ({ changes, write }) => changes && write,
      run: async ({ vfs }) => {
        const begin = await vfs.changes();
        same([begin.changes, begin.more], [[], false], "what is told without a revision");
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "x");
        const first = await vfs.changes(begin.revision);
        same(
          first.changes.map(({ kind, path }) => `${kind} ${path}`),
          ["created /d", "created /d/f"],
          "changes",
        );
        await vfs.rename("/d/f", "/d/g");
        await vfs.rm("/d", { recursive: true });
        const second = await vfs.changes(first.revision);
        same(
          second.changes.map(({ kind, path, oldPath = "" }) => `${kind} ${path} ${oldPath}`.trim()),
          ["renamed /d/g /d/f", "removed /d/g", "removed /d"],
          "the next changes",
        );
        const revisions = [...first.changes, ...second.changes].map(({ revision }) => revision);
        check(
          revisions.every((revision, i) => revision > (revisions[i - 1] ?? begin.revision)),
          "each revision is greater",
        );
        const parts = await vfs.changes(begin.revision, { limit: 2 });
        same([parts.changes.length, parts.more], [2, true], "a part");
        const rest = await vfs.changes(parts.revision);
        same([rest.changes.length, rest.more], [3, false], "the rest");
        same(await vfs.changes(second.revision), { changes: [], revision: second.revision, more: false }, "no more");
        const within = await vfs.changes(begin.revision, { path: "/" });
        same(within.changes.length, 5, "below the root");
      },
    },
    "from before what is known, or after now, are ESTALE": {
      needs: ({ changes, write }) => changes && write,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const { revision } = await vfs.changes();
        const error = await fails("ESTALE", () => vfs.changes(revision + 1000), "a revision of the future");
        check(error.message.includes("anew"), "the error says what to do");
      },
    },
    "of a view are its own": {
      needs: ({ changes, write }) => changes && write,
      run: async ({ vfs }) => {
        await vfs.mkdir("/home");
        const view = vfs.view({ root: "/home" });
        const { revision } = await view.changes();
        await vfs.writeFile("/outside", "x");
        await vfs.rename("/outside", "/home/in");
        const { changes } = await view.changes(revision);
        same(
          changes.map(({ kind, path, oldPath }) => [kind, path, oldPath]),
          [["created", "/in", undefined]],
          "changes",
        );
      },
    },
    "of a store that keeps none are ENOTSUP": {
      needs: ({ changes }) => !changes,
      run: async ({ vfs }) => void (await fails("ENOTSUP", () => vfs.changes(), "changes")),
    },
  }),
];
