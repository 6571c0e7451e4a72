import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { expiry } from "../src/index.ts";
import { ending, plain } from "./ending.ts";
import { ManualClock } from "./manual-clock.ts";
import { all, codeOf } from "./outcomes.ts";

for (const [kind, make] of [
  ["attributes", memory],
  ["a table", plain],
] as const)
  describe(`expiry, kept in ${kind}`, () => {
    it("lets a file be there for so long, and no operation find it after", async () => {
      const looks: Record<string, (vfs: Vfs) => Promise<unknown>> = {
        readFile: (vfs) => vfs.readFile("/d/f"),
        stat: (vfs) => vfs.stat("/d/f"),
        lstat: (vfs) => vfs.lstat("/d/f"),
        open: (vfs) => vfs.open("/d/f"),
        readStream: (vfs) => all(vfs.readStream("/d/f")),
        truncate: (vfs) => vfs.truncate("/d/f", 1),
        rename: (vfs) => vfs.rename("/d/f", "/g"),
        copyFile: (vfs) => vfs.copyFile("/d/f", "/g"),
        link: (vfs) => vfs.link("/d/f", "/g"),
        unlink: (vfs) => vfs.unlink("/d/f"),
        chmod: (vfs) => vfs.chmod("/d/f", 0o600),
        realpath: (vfs) => vfs.realpath("/d/f"),
        "by a link": (vfs) => vfs.readFile("/l"),
      };
      for (const [what, look] of Object.entries(looks)) {
        const { vfs, clock, store } = ending(make);
        await vfs.mkdir("/d");
        await vfs.symlink("d/f", "/l");
        await vfs.writeFile("/d/f", "x", { ttlMs: 1000 });
        clock.pass(999);
        expect(await vfs.readFile("/d/f", "utf8"), what).toBe("x");
        clock.pass(1);
        expect(await codeOf(() => look(vfs)), what).toBe("ENOENT");
        expect(await createVfs(store, { keepOpen: true }).exists("/d/f"), what).toBe(false);
      }
    });

    it("shows it in no listing and no search, before anybody has removed it", async () => {
      const { vfs, clock } = ending(make);
      await vfs.mkdir("/d");
      await vfs.writeFile("/d/lasts", "needle");
      await vfs.writeFile("/d/ends", "needle", { ttlMs: 1000 });
      const seen = async (): Promise<unknown[]> => [
        await vfs.readdir("/d"),
        (await vfs.readdir("/d", { withFileTypes: true, stat: true })).map(({ name }) => name),
        await vfs.readdir("/", { recursive: true }),
        (await all(vfs.find("/", { type: "file" }))).map(({ path }) => path),
        (await all(vfs.find("/", { type: "file", minBytes: 1 }))).map(({ path }) => path),
        (await all(vfs.grep("/", "needle"))).map(({ path }) => path),
        await all(vfs.glob("/d/*")),
        (await vfs.du("/")).files,
      ];
      const sorted = (found: unknown[]): unknown[] =>
        found.map((one) => (Array.isArray(one) ? (one as string[]).toSorted() : one));
      const both = ["/d/ends", "/d/lasts"];
      expect(sorted(await seen())).toEqual([
        ["ends", "lasts"],
        ["ends", "lasts"],
        ["d", "d/ends", "d/lasts"],
        both,
        both,
        both,
        both,
        2,
      ]);
      clock.pass(1000);
      const last = ["/d/lasts"];
      expect(sorted(await seen())).toEqual([
        ["lasts"],
        ["lasts"],
        ["d", "d/lasts"],
        last,
        last,
        last,
        last,
        1,
      ]);
    });

    it("lets its name be taken again, also by who takes free names only, as a new file", async () => {
      const again: Record<string, (vfs: Vfs) => Promise<unknown>> = {
        "writeFile wx": (vfs) => vfs.writeFile("/f", "new", { flag: "wx" }),
        writeFile: (vfs) => vfs.writeFile("/f", "new"),
        writeStream: (vfs) => vfs.writeStream("/f", ["new"]),
        appendFile: (vfs) => vfs.appendFile("/f", "new"),
        "open wx": async (vfs) => {
          await using handle = await vfs.open("/f", "wx");
          await handle.write("new");
        },
        rename: async (vfs) => {
          await vfs.writeFile("/g", "new");
          await vfs.mv("/g", "/f", { force: false });
        },
        copyFile: async (vfs) => {
          await vfs.writeFile("/g", "new");
          await vfs.copyFile("/g", "/f", 1);
        },
        link: async (vfs) => {
          await vfs.writeFile("/g", "new");
          await vfs.link("/g", "/f");
        },
      };
      for (const [what, write] of Object.entries(again)) {
        const { vfs, clock } = ending(make);
        await vfs.writeFile("/f", "old", { ttlMs: 1000, mode: 0o600 });
        clock.pass(1000);
        await write(vfs);
        clock.pass(1e9);
        expect(await vfs.readFile("/f", "utf8"), what).toBe("new");
        expect((await vfs.stat("/f")).mode & 0o777, what).toBe(0o644);
      }
      const { vfs, clock } = ending(make);
      await vfs.writeFile("/f", "old", { ttlMs: 1000 });
      clock.pass(1000);
      await vfs.mkdir("/f");
      expect((await vfs.stat("/f")).type).toBe("directory");
    });

    it("lasts when it is written without, ends anew when it is written with, and else stays as it is", async () => {
      const { vfs, clock } = ending(make);
      for (const name of ["w", "t", "a", "h", "r", "c"])
        await vfs.writeFile(`/${name}`, "x", { ttlMs: 1000 });
      await vfs.writeFile("/w", "y");
      await vfs.writeFile("/t", "y", { ttlMs: 3000 });
      await vfs.appendFile("/a", "y");
      await using handle = await vfs.open("/h", "r+");
      await handle.write("y", 0);
      await vfs.rename("/r", "/renamed");
      await vfs.copyFile("/c", "/copy");
      await vfs.mkdir("/tree");
      await vfs.writeFile("/tree/f", "x", { ttlMs: 1000 });
      await vfs.rename("/tree", "/moved");
      await vfs.cp("/moved", "/tree", { recursive: true });
      clock.pass(1000);
      expect((await vfs.readdir("/", { recursive: true })).toSorted()).toEqual(["moved", "t", "tree", "w"]);
      await vfs.rmdir("/moved");
      await vfs.rename("/w", "/v");
      clock.pass(2000);
      expect((await vfs.readdir("/")).toSorted()).toEqual(["tree", "v"]);
      await vfs.mkdir("/new");
      await vfs.rename("/new", "/tree");
    });

    it("fails for handles that are still open, but lets them close", async () => {
      const { vfs, clock } = ending(make);
      await vfs.writeFile("/f", "secret", { ttlMs: 1000 });
      const one = await vfs.open("/f", "r+");
      const other = await vfs.open("/f", "r+");
      expect(await one.readFile("utf8")).toBe("secret");
      clock.pass(1000);
      expect(await codeOf(() => one.read(new Uint8Array(6), 0, 6, 0))).toBe("ESTALE");
      expect(await codeOf(() => one.stat())).toBe("ESTALE");
      // Somebody removes it.
      expect(await vfs.exists("/f")).toBe(false);
      expect(await codeOf(() => one.write("x", 0))).toBe("ESTALE");
      expect(await codeOf(() => other.read(new Uint8Array(6), 0, 6, 0))).toBe("ESTALE");
      await vfs.writeFile("/f", "new");
      expect(await codeOf(() => other.read(new Uint8Array(6), 0, 6, 0))).toBe("ESTALE");
      await one.close();
      await other.close();
    });

    it("survives a restart", async () => {
      const { vfs, clock, store } = ending(make);
      await vfs.writeFile("/f", "x", { ttlMs: 1000 });
      await vfs.writeFile("/g", "x", { ttlMs: 9000 });
      await vfs.close();
      const again = createVfs(store, { layers: [expiry({ clock })], keepOpen: true });
      expect((await again.readdir("/")).toSorted()).toEqual(["f", "g"]);
      clock.pass(1000);
      expect(await again.readdir("/")).toEqual(["g"]);
      expect(again.sync.readdir("/")).toEqual(["g"]);
    });

    it("is swept: what nobody asks for goes too, and nothing else", async () => {
      const { vfs, clock, layer, store } = ending(make);
      await vfs.mkdir("/a/b", { recursive: true });
      await vfs.writeFile("/lasts", "x");
      await vfs.writeFile("/a/b/later", "x", { ttlMs: 5000 });
      for (const path of ["/f", "/a/f", "/a/b/f"]) await vfs.writeFile(path, "x", { ttlMs: 1000 });
      expect(await layer.sweep()).toBe(0);
      clock.pass(1000);
      expect(await layer.sweep()).toBe(3);
      const beside = createVfs(store, { keepOpen: true });
      const left = (await beside.readdir("/", { recursive: true })).filter((name) => !name.startsWith("."));
      expect(left.toSorted()).toEqual(["a", "a/b", "a/b/later", "lasts"]);
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(layer.sweep({ signal })).rejects.toThrow("enough");
      await vfs.close();
      expect(await layer.sweep()).toBe(0);
    });

    it("works without waiting, and in a mount, where others write meanwhile", async () => {
      const clock = new ManualClock();
      const store = make();
      const whole = createVfs(memory());
      const layer = expiry({ clock });
      await whole.mount("/m", store, { layers: [layer] });
      const { sync } = whole;
      sync.writeFile("/m/f", "x", { ttlMs: 1000 });
      const handle = sync.open("/m/f", "r");
      clock.pass(1000);
      expect(sync.readdir("/m")).toEqual([]);
      sync.writeFile("/m/f", "y", { flag: "wx" });
      expect(sync.readFile("/m/f", "utf8")).toBe("y");
      expect(() => handle.read(new Uint8Array(1), 0, 1, 0)).toThrow("ESTALE");
      handle.close();
      await whole.close();
    });
  });
