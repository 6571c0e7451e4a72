import {
  createVfs,
  mutates,
  reachesTree,
  VfsError,
  type AnyCall,
  type Capabilities,
  type Layer,
  type VPath,
} from "@vfs/core";
import { group, canWrite, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { all, below, linesOf } from "../samples.ts";

const symlinks = ({ write, symlinks: has }: Capabilities): boolean => write && has;

/** A rule that keeps everybody out of one directory, and holds core to asking it about each file. */
export function closed(directory: string): Layer {
  const inside = (path: VPath | undefined): boolean =>
    path !== undefined && (path === directory || path.startsWith(`${directory}/`));
  const decidesBelow = (path: VPath): boolean =>
    path === "/" || directory.startsWith(`${path}/`) || inside(path);
  return {
    name: "closed",
    slot: "policy",
    decidesBelow,
    handle: (call, next) => {
      if (inside(call.path) || inside(call.to))
        throw new VfsError("EACCES", { reason: "policy", hint: `rule "closed" on ${directory}` });
      const { op, path } = call;
      const taken = ["list", "find", "scan", "remove", "copy"].includes(op) && reachesTree(call);
      if (taken && decidesBelow(path))
        throw new Error(`${op} of the whole tree ${path} came to a rule that decides below it`);
      return next(call);
    },
  };
}

/** A layer that writes down what passes. */
function recorder(slot: Layer["slot"], calls: string[]): Layer {
  const note = (call: AnyCall): void => {
    calls.push(
      `${slot} ${call.op} ${call.path}${call.to === undefined ? "" : ` ${call.to}`} ${call.globalPath}`,
    );
  };
  return {
    name: `record ${slot}`,
    slot,
    handle: (call, next) => {
      note(call);
      return next(call);
    },
  };
}

export const layers: Case[] = [
  ...group("layers", {
    "see every call, with paths of their own place": {
      needs: canWrite,
      run: async ({ provider }) => {
        const calls: string[] = [];
        await using vfs = createVfs(provider, {
          layers: [recorder("trace", calls), recorder("policy", calls)],
          keepOpen: true,
        });
        await vfs.writeFile("/f", "x");
        const handle = await vfs.open("/f", "r+");
        await handle.write("y", 0);
        await handle.read(new Uint8Array(1), 0, 1, 0);
        await handle.close();
        await vfs.rename("/f", "/g");
        await all(vfs.readStream("/g"));
        await vfs.writeStream("/g", ["z"]);
        same(
          calls.filter((call) => call.startsWith("policy")),
          [
            "policy write /f /f",
            "policy open /f /f",
            "policy file.write /f /f",
            "policy file.read /f /f",
            "policy file.close /f /f",
            "policy rename /f /g /f",
            "policy readStream /g /g",
            "policy writeStream /g /g",
          ],
          "calls",
        );
        same(calls.length, 16, "calls seen by both");
      },
    },
    "of a mount see paths relative to it": {
      needs: canWrite,
      run: async ({ vfs, provider }) => {
        const calls: string[] = [];
        // The same store once more, below itself.
        await vfs.mkdir("/at/this", { recursive: true });
        await using whole = createVfs(provider, { keepOpen: true });
        await whole.mount("/at/this", provider, { layers: [recorder("cache", calls)], keepOpen: true });
        await whole.writeFile("/at/this/f", "x");
        const handle = await whole.open("/at/this/f");
        await whole.rename("/at/this/f", "/at/this/g");
        await handle.read();
        await handle.close();
        same(
          calls,
          [
            "cache write /f /at/this/f",
            "cache open /f /at/this/f",
            "cache rename /f /g /at/this/f",
            "cache file.read /g /at/this/g",
            "cache file.close /g /at/this/g",
          ],
          "calls",
        );
        same(await vfs.readFile("/g", "utf8"), "x", "content, by the other way");
      },
    },
    "stand in the order of their slots": ({ provider }) => {
      const make = (...slots: Layer["slot"][]): void => {
        createVfs(provider, { layers: slots.map((slot) => recorder(slot, [])), keepOpen: true });
      };
      make("trace", "policy", "policy", "quota", "snapshot", "limit");
      for (const [what, slots] of [
        ["quota before policy", ["quota", "policy"]],
        ["a cache at the root", ["trace", "cache"]],
        ["an unknown slot", ["nowhere" as "trace"]],
      ] as const) {
        let thrown: unknown;
        try {
          make(...slots);
        } catch (reason) {
          thrown = reason;
        }
        check(thrown instanceof TypeError, `${what} is a TypeError`);
      }
    },
    "that decide below a directory see each file of a tree operation": {
      needs: canWrite,
      run: async ({ vfs: inner, provider }) => {
        for (const path of ["/pub/a", "/pub/b", "/secret/c"]) {
          await inner.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
          await inner.writeFile(path, "needle");
        }
        await using vfs = createVfs(provider, { layers: [closed("/secret")], keepOpen: true });
        await fails("EACCES", () => vfs.readFile("/secret/c"), "readFile");
        await fails("EACCES", () => vfs.open("/secret/c"), "open");
        await fails("EACCES", () => all(vfs.readStream("/secret/c")), "readStream");
        await fails("EACCES", () => vfs.rename("/secret/c", "/pub/c"), "rename out");
        await fails("EACCES", () => vfs.cp("/secret/c", "/pub/c"), "cp out");
        await fails("EACCES", () => vfs.copyFile("/pub/a", "/secret/a"), "copyFile into");
        await fails("EACCES", () => vfs.mv("/secret", "/pub/s"), "mv of the directory");
        same(await linesOf(vfs.grep("/", "needle")), ["/pub/a:1", "/pub/b:1"], "grep from above");
        await fails("EACCES", () => all(vfs.grep("/secret", "needle")), "grep of the directory");
        await fails("EACCES", () => vfs.cp("/secret", "/copy", { recursive: true }), "cp of the directory");
        await fails("EACCES", () => vfs.rm("/secret", { recursive: true }), "rm of the directory");
        const [item] = await vfs.batch([{ op: "readFile", path: "/secret/c" }]);
        same(item?.ok, false, "batch");
        await vfs.cp("/pub", "/copy", { recursive: true });
        same(await below(vfs, "/copy"), ["a", "b"], "a copy of what is open");
        await vfs.rm("/copy", { recursive: true });
        same(await inner.readFile("/secret/c", "utf8"), "needle", "what is closed");
      },
    },
    "that decide below a directory refuse to move it as a whole": {
      needs: canWrite,
      run: async ({ vfs: inner, provider }) => {
        await inner.mkdir("/home/secret", { recursive: true });
        await inner.writeFile("/home/secret/f", "x");
        await inner.writeFile("/home/plain", "x");
        await using vfs = createVfs(provider, { layers: [closed("/home/secret")], keepOpen: true });
        const error = await fails(
          "EACCES",
          () => vfs.rename("/home", "/elsewhere"),
          "rename of the directory above",
        );
        same(error.reason, "policy", "reason");
        await fails("EACCES", () => vfs.mv("/home", "/elsewhere"), "mv of the directory above");
        await fails(
          "EACCES",
          () => vfs.cp("/home", "/copy", { recursive: true }),
          "cp of the directory above",
        );
        await fails("EACCES", () => vfs.rm("/home", { recursive: true }), "rm of the directory above");
        same(await inner.readFile("/home/secret/f", "utf8"), "x", "what is closed");
        await vfs.rename("/home/plain", "/home/renamed");
        same(await inner.exists("/home/renamed"), true, "a file beside it");
      },
    },
    "see where links lead": {
      needs: symlinks,
      run: async ({ vfs: inner, provider, caps }) => {
        await inner.mkdir("/secret/deep", { recursive: true });
        await inner.writeFile("/secret/f", "x");
        await inner.writeFile("/secret/deep/g", "x");
        await inner.symlink("/secret/f", "/file");
        await inner.symlink("/secret", "/directory");
        await inner.symlink("/", "/top");
        await inner.mkdir("/tree");
        await inner.symlink("../secret/deep", "/tree/in");
        await using vfs = createVfs(provider, { layers: [closed("/secret")], keepOpen: true });
        for (const path of ["/file", "/directory/f", "/top/secret/f", "/tree/in/g", "/top/top/directory/f"]) {
          await fails("EACCES", () => vfs.readFile(path), `readFile of ${path}`);
          await fails("EACCES", () => vfs.writeFile(path, "y"), `writeFile of ${path}`);
          await fails("EACCES", () => vfs.open(path, "r+"), `open of ${path}`);
          await fails("EACCES", () => vfs.truncate(path), `truncate of ${path}`);
        }
        await fails("EACCES", () => vfs.readdir("/directory"), "readdir");
        await fails("EACCES", () => vfs.readdir("/top", { recursive: true }), "recursive readdir from above");
        await fails("EACCES", () => all(vfs.find("/top")), "find from above, by a link");
        same(await linesOf(vfs.grep("/top", "x")), [], "grep from above, by a link");
        await fails("EACCES", () => vfs.rm("/top/secret", { recursive: true }), "rm by a link");
        await fails("EACCES", () => vfs.rm("/directory/deep", { recursive: true }), "rm below, by a link");
        await fails("EACCES", () => vfs.cp("/directory/deep", "/copy", { recursive: true }), "cp by a link");
        await fails(
          "EACCES",
          () => vfs.cp("/tree", "/copy", { recursive: true, dereference: true }),
          "cp with dereference",
        );
        await fails("EACCES", () => vfs.rename("/directory/f", "/f"), "rename by a link");
        if (caps.links) await fails("EACCES", () => vfs.link("/directory/f", "/f"), "link by a link");
        await fails("EACCES", () => vfs.realpath("/file"), "realpath");
        same(await inner.readFile("/secret/f", "utf8"), "x", "what is closed");
        sameMembers(await inner.readdir("/secret"), ["f", "deep"], "names in what is closed");
      },
    },
    "may change what passes": {
      needs: canWrite,
      run: async ({ provider }) => {
        const upper: Layer = {
          name: "upper",
          slot: "policy",
          handle: (call, next) => {
            if (call.op !== "write") return next(call);
            const data = new TextEncoder().encode(new TextDecoder().decode(call.args.data).toUpperCase());
            return next(call.with({ args: { ...call.args, data } }));
          },
        };
        await using vfs = createVfs(provider, { layers: [upper], keepOpen: true });
        await vfs.writeFile("/f", "shout");
        same(await vfs.readFile("/f", "utf8"), "SHOUT", "content");
      },
    },
    "know what changes something": {
      needs: canWrite,
      run: async ({ provider }) => {
        const changes: string[] = [];
        const watch: Layer = {
          name: "watch",
          slot: "trace",
          handle: (call, next) => {
            if (mutates(call)) changes.push(call.op);
            return next(call);
          },
        };
        await using vfs = createVfs(provider, { layers: [watch], keepOpen: true });
        await vfs.writeFile("/f", "x");
        await vfs.readFile("/f");
        await vfs.stat("/f");
        await vfs.readdir("/");
        await (await vfs.open("/f", "r")).close();
        same(changes, ["write"], "before");
        await (await vfs.open("/f", "r+")).close();
        await vfs.copyFile("/f", "/g");
        await vfs.unlink("/g");
        same(changes, ["write", "open", "copy", "remove"], "after");
      },
    },
  }),
  ...group("onChange", {
    "tells of each change before the call is done": {
      needs: canWrite,
      run: async ({ vfs, provider, mountAnother }) => {
        let told = 0;
        const stop = vfs.onChange(() => told++);
        const changed = async (what: string, action: () => Promise<unknown>): Promise<void> => {
          const before = told;
          await action();
          check(told > before, `${what} is told`);
        };
        await changed("writeFile", () => vfs.writeFile("/f", "x"));
        await changed("mkdir", () => vfs.mkdir("/d"));
        await changed("rename", () => vfs.rename("/f", "/d/f"));
        await changed("a handle's write", async () => {
          const handle = await vfs.open("/d/f", "r+");
          await handle.write("y", 0);
          await handle.close();
        });
        await changed("a mount", () => mountAnother("/m"));
        await changed("a write to the mount", () => vfs.writeFile("/m/f", "x"));
        await using other = createVfs(provider, { keepOpen: true });
        await changed("a write by another Vfs over the same store", () => other.writeFile("/g", "x"));
        const before = told;
        await vfs.readFile("/d/f");
        await vfs.readdir("/");
        await vfs.writeFile("/d/f/below", "x").catch(() => undefined);
        same(told, before, "times told by what changed nothing");
        stop();
        await vfs.writeFile("/f", "x");
        same(told, before, "times told after stopping");
      },
    },
  }),
];
