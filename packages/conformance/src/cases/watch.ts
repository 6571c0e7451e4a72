import type { Capabilities, Vfs, Watcher } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { nextEvent, tells } from "../watched.ts";

/** A store that tells what happens in it tells of a rename only if it has one; else it sees a copy and a removal. */
const knowsMoves = ({ write, watch, rename }: Capabilities): boolean =>
  write && (watch === "none" || rename !== "none");

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
      needs: knowsMoves,
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
      // Where directories are implied a tree is moved file by file, and whoever looks meanwhile sees that.
      needs: (caps) => knowsMoves(caps) && caps.rename !== "file" && caps.directories === "real",
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
      needs: knowsMoves,
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
        // Where core looks, each watch does so in its own time: none is that many rounds behind another.
        for (let i = 0; i < 20; i++)
          await tells(control, [`created ${i}`], () => vfs.writeFile(`/w/${i}`, "x"));
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
];
