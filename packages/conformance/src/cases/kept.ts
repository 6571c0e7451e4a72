import type { Capabilities, Context, Provider, Stat, VPath } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same, sameMembers } from "../check.ts";
import { CONTEXT } from "../context.ts";

const withModes = ({ write, modes }: Capabilities): boolean => write && modes;
const withMeta = ({ write, meta }: Capabilities): boolean => write && meta;
const CTX: Context = { ...CONTEXT, umask: 0 };

function statOf(provider: Provider, path: string): PromiseLike<Stat> | Stat {
  return provider.stat(path as VPath, {}, CTX);
}

/** What files have beside their content, and what becomes of it. */
export const kept: Case[] = [
  ...group("a new file", {
    "gets the mode that it is made with, by every door": {
      needs: withModes,
      run: async ({ vfs }) => {
        const view = vfs.view({ umask: 0 });
        await view.writeFile("/a", "x", { mode: 0o640 });
        await view.writeStream("/b", ["x"], { mode: 0o640 });
        await view.appendFile("/c", "x", { mode: 0o640 });
        await (await view.open("/d", "w", 0o640)).close();
        await (await view.open("/e", "a", 0o640)).close();
        await view.mkdir("/f", 0o750);
        for (const name of ["a", "b", "c", "d", "e"])
          same((await view.stat(`/${name}`)).mode & 0o7777, 0o640, `mode of ${name}`);
        same((await view.stat("/f")).mode & 0o7777, 0o750, "mode of a directory");
      },
    },
    "is described by what wrote it": {
      needs: canWrite,
      run: async ({ provider, caps }) => {
        const path = "/f" as VPath;
        const data = new TextEncoder().encode("content");
        const written = await provider.write?.(path, data, { mode: 0o600 }, CTX);
        same(
          { ...written, atimeMs: 0 },
          { ...(await statOf(provider, "/f")), atimeMs: 0 },
          "stat of a write",
        );
        const mtimeMs = 1_500_000_000_000;
        const again = await provider.write?.(path, data.subarray(3), { mtimeMs }, CTX);
        same(again?.size, 4, "size of what was written over it");
        if (caps.times !== "none") same(again?.mtimeMs, mtimeMs, "time of what was written over it");
        if (provider.writeStream === undefined) return;
        const streamed = await provider.writeStream(path, [data], { mtimeMs }, CTX);
        same(
          { ...streamed, atimeMs: 0 },
          { ...(await statOf(provider, "/f")), atimeMs: 0 },
          "stat of a stream",
        );
        if (caps.times !== "none") same(streamed.mtimeMs, mtimeMs, "time of a stream");
      },
    },
  }),
  ...group("a copy", {
    "takes mode and attributes over those that are there": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        const meta = caps.meta ? { contentType: "text/plain", meta: { who: "ada" } } : {};
        await vfs.writeFile("/plain", "plain");
        await vfs.writeFile("/rich", "rich", meta);
        if (caps.modes) await vfs.chmod("/rich", 0o751);
        const describe = async (path: string): Promise<unknown[]> => {
          const { mode, contentType, meta: own } = await vfs.stat(path);
          return [mode & 0o7777, contentType, { ...own }];
        };
        await vfs.writeFile("/to", "x");
        await vfs.copyFile("/rich", "/to");
        same(await describe("/to"), await describe("/rich"), "rich over plain");
        await vfs.copyFile("/plain", "/to");
        same(await describe("/to"), await describe("/plain"), "plain over rich");
      },
    },
    "of a file onto itself changes nothing": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "content");
        await vfs.copyFile("/f", "/f");
        await fails("EEXIST", () => vfs.copyFile("/f", "/f", 1), "with COPYFILE_EXCL");
        await fails("EINVAL", () => vfs.cp("/f", "/f"), "cp");
        same(await vfs.readFile("/f", "utf8"), "content", "content");
      },
    },
    "of a tree keeps its links, and a listing does not go into them": {
      needs: ({ write, symlinks }) => write && symlinks,
      run: async ({ vfs, provider, caps }) => {
        await vfs.mkdir("/t/d", { recursive: true });
        await vfs.writeFile("/t/d/f", "x");
        await vfs.symlink("d", "/t/l");
        if (caps.copy === "tree") {
          await provider.copy?.("/t" as VPath, "/c" as VPath, { recursive: true }, CTX);
          same((await vfs.lstat("/c/l")).type, "symlink", "type of the copied link");
          same(await vfs.readlink("/c/l"), "d", "text of the copied link");
        }
        if (caps.listRecursive) {
          const page = await provider.list("/t" as VPath, { recursive: true }, CTX);
          same(page.items.map(({ name }) => name).sort(), ["d", "d/f", "l"], "names");
        }
        same((await vfs.readdir("/t", { recursive: true })).sort(), ["d", "d/f", "l"], "names by readdir");
      },
    },
    "with hard links is one file more": {
      needs: ({ write, links }) => write && links,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "content");
        await vfs.link("/f", "/g");
        await fails("EEXIST", () => vfs.link("/f", "/g"), "link over a name");
        await fails("EINVAL", () => vfs.cp("/f", "/g"), "cp onto its other name");
        await vfs.copyFile("/f", "/g");
        same((await vfs.stat("/g")).nlink, 2, "names after copyFile onto the other name");
        same(await vfs.readFile("/f", "utf8"), "content", "content");
        await vfs.rename("/f", "/g");
        sameMembers(await vfs.readdir("/"), ["f", "g"], "names after rename onto the other name");
      },
    },
  }),
  ...group("attributes", {
    "belong to one file, and their names keep their case": {
      needs: withMeta,
      run: async ({ vfs }) => {
        const meta: Record<string, string> = { Key: "1", key: "2", ключ: "ü" };
        await vfs.writeFile("/f", "x", { meta });
        await vfs.writeFile("/g", "x", { meta });
        meta["Key"] = "changed";
        same({ ...(await vfs.stat("/f")).meta }, { Key: "1", key: "2", ключ: "ü" }, "what was given");
        await vfs.setMeta("/g", { meta: { only: "g" } });
        same({ ...(await vfs.stat("/f")).meta }, { Key: "1", key: "2", ключ: "ü" }, "of the other file");
        same({ ...(await vfs.stat("/g")).meta }, { only: "g" }, "of the changed file");
      },
    },
    "all bits of a mode are kept": {
      needs: withModes,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await vfs.mkdir("/d");
        await vfs.chmod("/f", 0o6751);
        await vfs.chmod("/d", 0o1770);
        same((await vfs.stat("/f")).mode & 0o7777, 0o6751, "of a file");
        same((await vfs.stat("/d")).mode & 0o7777, 0o1770, "of a directory");
      },
    },
    "one owner may be set without the other": {
      needs: ({ write, owners }) => write && owners,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        // Where owners are those of a host, only some may be given away.
        await vfs.chown("/f", 12, 34).catch(() => undefined);
        const { uid, gid } = await vfs.stat("/f");
        await vfs.chown("/f", uid, -1);
        await vfs.chown("/f", -1, gid);
        same(
          [(await vfs.stat("/f")).uid, (await vfs.stat("/f")).gid],
          [uid, gid],
          "owners left as they were",
        );
      },
    },
    "times are kept to the millisecond": {
      needs: ({ write, times }) => write && times !== "none",
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        for (const ms of [1_234_567_890_123, 1, 0, 4_102_444_800_999]) {
          await vfs.utimes("/f", new Date(ms), new Date(ms));
          same((await vfs.stat("/f")).mtimeMs, ms, "time of a change");
        }
      },
    },
    "the time of birth stays": {
      needs: canWrite,
      run: async ({ vfs, provider, caps }) => {
        await vfs.writeFile("/f", "x");
        const { birthtimeMs } = await statOf(provider, "/f");
        if (birthtimeMs === undefined) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
        await vfs.appendFile("/f", "y");
        if (caps.modes) await vfs.chmod("/f", 0o600);
        if (caps.keeps === "inode") await vfs.writeFile("/f", "z");
        if (caps.rename !== "none") await vfs.rename("/f", "/g");
        same(
          (await statOf(provider, caps.rename === "none" ? "/f" : "/g")).birthtimeMs,
          birthtimeMs,
          "time of birth",
        );
      },
    },
  }),
  ...group("a change of size", {
    "moves the time on": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        await vfs.writeFile("/f", "0123456789");
        if (caps.times !== "none") await vfs.utimes("/f", 1, 1);
        const before = (await vfs.stat("/f")).mtimeMs;
        await new Promise((resolve) => setTimeout(resolve, 20));
        await vfs.truncate("/f", 4);
        const cut = (await vfs.stat("/f")).mtimeMs;
        check(cut > before, `truncate: ${cut} comes after ${before}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await (await vfs.open("/f", "w")).close();
        check((await vfs.stat("/f")).mtimeMs > cut, "opening with w moves it on");
        const emptied = (await vfs.stat("/f")).mtimeMs;
        await new Promise((resolve) => setTimeout(resolve, 20));
        await (await vfs.open("/f", "w")).close();
        check((await vfs.stat("/f")).mtimeMs > emptied, "opening an empty file with w moves it on");
      },
    },
  }),
];
