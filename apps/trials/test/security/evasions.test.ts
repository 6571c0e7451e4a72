import { createVfs, isVfsError, type Vfs } from "@vfs/core";
import { snapshots } from "@vfs/snapshot";
import { secure, type RuleLike, type SecureLayer } from "@vfs/security";
import { afterAll, describe, expect, it } from "vitest";
import {
  asText,
  emptyStore,
  guarded,
  hostFolder,
  leaks,
  picture,
  SECRET,
  STORES,
  type Guarded,
} from "./stores.ts";

const { folder, remove } = hostFolder();
afterAll(remove);

/** What somebody under a policy has, beside who may do everything. */
interface Scene extends Guarded {
  readonly vfs: Vfs;
  readonly policy: SecureLayer;
}

/** What a call that must be refused was refused with. */
async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action;
    return "nothing: it was let through";
  } catch (error) {
    return isVfsError(error) ? error.code : `no VfsError: ${String(error)}`;
  }
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

for (const kind of STORES)
  describe(`what is denied on ${kind}`, () => {
    /** Runs in a scene, and looks afterwards whether the secret is where and as it was. */
    async function scene(
      run: (scene: Scene) => Promise<void>,
      deny: RuleLike[] = ["/secret"],
      kept = "/secret",
    ): Promise<void> {
      const place = await guarded(kind, folder);
      const policy = secure("testing", { deny });
      const vfs = createVfs(place.store, { layers: [policy], keepOpen: true });
      try {
        const before = await picture(place.owner, "/secret");
        await run({ ...place, vfs, policy });
        expect(await picture(place.owner, kept)).toEqual(
          Object.fromEntries(
            Object.entries(before).map(([path, what]) => [kept + path.slice("/secret".length), what]),
          ),
        );
        expect((await leaks(place.owner)).filter((path) => !path.startsWith(kept))).toEqual([]);
      } finally {
        await vfs.close();
        await place.close();
      }
    }

    it("is in no listing of what is above it", () =>
      scene(async ({ vfs }) => {
        const told = [
          await vfs.readdir("/"),
          await vfs.readdir("/", { recursive: true }),
          await vfs.readdir("/", { withFileTypes: true, stat: true }),
          await vfs.ls("/"),
          await vfs.tree("/"),
          await all(vfs.opendir("/")),
          await all(vfs.find("/")),
          await all(vfs.find("/", { name: "*.txt" })),
          await all(vfs.glob("/**")),
          await all(vfs.glob("/*cret/*")),
        ];
        expect(await refusal(all(vfs.glob("/{secret,open}/**")))).toBe("EACCES");
        const text = asText(told);
        expect(text).toContain("notes.txt");
        for (const word of ["secret", "key.txt", "deep.txt"]) expect(text).not.toContain(word);
      }));

    it("is found by no search from above, and adds nothing to a sum", () =>
      scene(async ({ vfs }) => {
        expect(await all(vfs.grep("/", SECRET))).toEqual([]);
        expect(await all(vfs.grep("/", /SECRET-\w+/))).toEqual([]);
        expect((await all(vfs.grep("/", "notes"))).length).toBe(1);
        expect((await vfs.du("/")).bytes).toBe("notes".length);
      }));

    it("is not copied with a tree, nor to another store", () =>
      scene(async ({ vfs, owner }) => {
        await owner.mkdir("/open/box/secret", { recursive: true });
        await owner.rm("/open/box", { recursive: true });
        const other = emptyStore();
        await vfs.mount("/other", other);
        await vfs.cp("/open", "/other/open", { recursive: true });
        expect(await vfs.readFile("/other/open/notes.txt", "utf8")).toBe("notes");
        for (const to of ["/other/key", "/open/key"]) {
          expect(await refusal(vfs.cp("/secret/key.txt", to))).toBe("EACCES");
          expect(await refusal(vfs.cp("/secret", to, { recursive: true }))).toBe("EACCES");
          expect(await refusal(vfs.mv("/secret", to))).toBe("EACCES");
        }
        expect(asText(await vfs.readdir("/other", { recursive: true }))).not.toContain("key");
      }));

    it("stays when what is around it is moved, copied or removed", () =>
      scene(
        async ({ vfs, owner }) => {
          await owner.mkdir("/open/a/b", { recursive: true });
          await owner.rename("/secret", "/open/a/b/secret");
          await owner.writeFile("/open/a/b/free.txt", "free");
          await vfs.cp("/open/a", "/open/copy", { recursive: true });
          expect(await vfs.readdir("/open/copy/b")).toEqual(["free.txt"]);
          for (const path of ["/open/a", "/open/a/b"]) {
            expect(await refusal(vfs.rename(path, "/open/moved"))).toBe("EACCES");
            expect(await refusal(vfs.mv(path, "/open/moved"))).toBe("EACCES");
            expect(await refusal(vfs.rm(path, { recursive: true }))).not.toContain("let through");
            expect(await refusal(vfs.rm(path, { recursive: true, force: true }))).not.toContain(
              "let through",
            );
          }
        },
        ["/open/a/b/secret", "/open/copy/b/secret"],
        "/open/a/b/secret",
      ));

    it("gets nothing put into it, by no move, copy or link", () =>
      scene(async ({ vfs }) => {
        await vfs.writeFile("/open/mine", "mine");
        for (const action of [
          () => vfs.rename("/open/mine", "/secret/mine"),
          () => vfs.rename("/open/dir", "/secret/dir"),
          () => vfs.mv("/open/mine", "/secret/mine"),
          () => vfs.cp("/open", "/secret/open", { recursive: true }),
          () => vfs.link("/open/mine", "/secret/mine"),
          () => vfs.symlink("/open/mine", "/secret/mine"),
          () => vfs.rename("/open", "/secret"),
          () => vfs.mkdir("/secret/x/y", { recursive: true }),
          () => vfs.mkdtemp("/secret/x"),
        ])
          expect(await refusal(action())).toBe("EACCES");
      }));

    it("is refused to a file that was open before the rule", () =>
      scene(async ({ vfs, owner, policy }) => {
        await owner.writeFile("/open/later", "now a secret");
        const file = await vfs.open("/open/later", "r+");
        expect((await file.read(new Uint8Array(3), 0, 3, 0)).bytesRead).toBe(3);
        policy.setRules({ deny: ["/secret", "/open/later"] });
        for (const action of [
          () => file.read(new Uint8Array(3), 0, 3, 0),
          () => file.readFile(),
          () => file.write("x", 0),
          () => file.truncate(0),
          () => file.stat(),
          () => file.chmod(0o777),
          () => file.utimes(1, 1),
        ])
          expect(await refusal(action())).toBe("EACCES");
        await file.close();
        expect(await owner.readFile("/open/later", "utf8")).toBe("now a secret");
      }));

    it("is refused to a stream that has begun, from the rule on", () =>
      scene(async ({ vfs, owner, policy }) => {
        await owner.writeFile("/open/long", new Uint8Array(1 << 20).fill(65));
        const source = vfs.readStream("/open/long", { chunkSize: 1024 })[Symbol.asyncIterator]();
        await source.next();
        policy.setRules({ deny: ["/secret", "/open/long"] });
        expect(await refusal(vfs.readFile("/open/long"))).toBe("EACCES");
        await source.return?.();
      }));

    it("takes no file in that is open, which goes on where it was", () =>
      scene(async ({ vfs, owner }) => {
        await owner.writeFile("/open/f", "f");
        const file = await vfs.open("/open/f", "r+");
        expect(await refusal(vfs.rename("/open/f", "/secret/f"))).toBe("EACCES");
        expect((await file.readFile("utf8")).length).toBe(1);
        await file.close();
      }));

    it("is told of by no watch and no history", () =>
      scene(async ({ vfs, owner }) => {
        // A history is of the whole store: nobody is given it from whom a part is kept.
        expect(await refusal(vfs.changes())).toBe("ENOTSUP");
        for (const path of ["/", "/open"]) expect(await vfs.storeSnapshots(path)).toBeUndefined();
        const abort = new AbortController();
        const seen: unknown[] = [];
        const watching = (async () => {
          try {
            for await (const event of vfs.watch("/", { recursive: true, signal: abort.signal })) {
              seen.push(event);
              if (asText(event).includes("end")) break;
            }
          } catch (error) {
            if (!abort.signal.aborted) throw error;
          }
        })();
        // A watch begins when it is asked for its first event.
        await new Promise((done) => setTimeout(done, 50));
        await owner.writeFile("/secret/added.txt", "x");
        await owner.rename("/secret/added.txt", "/secret/again.txt");
        await owner.rm("/secret/again.txt");
        await owner.writeFile("/open/end", "x");
        await watching;
        abort.abort();
        expect(asText(seen)).toContain("end");
        for (const word of ["secret", "added", "again"]) expect(asText(seen)).not.toContain(word);
      }));

    it("is not reached by another mount of the same store", () =>
      scene(async ({ vfs, store }) => {
        await vfs.mount("/again", store, { keepOpen: true });
        for (const path of ["/again/secret/key.txt", "/again/open/../secret/key.txt"]) {
          expect(await refusal(vfs.readFile(path))).toBe("EACCES");
          expect(await refusal(vfs.writeFile(path, "x"))).toBe("EACCES");
        }
        expect(asText(await vfs.readdir("/again", { recursive: true }))).not.toContain("secret");
        expect(await all(vfs.grep("/again", SECRET))).toEqual([]);
      }));

    it("is denied in each place where a mount has the rule", () =>
      scene(async ({ store }) => {
        const whole = createVfs(emptyStore());
        for (const at of ["/one", "/two/deep"]) {
          await whole.mkdir(at, { recursive: true });
          await whole.mount(at, store, {
            layers: [secure("testing", { deny: ["/secret"] })],
            keepOpen: true,
          });
          expect(await refusal(whole.readFile(`${at}/secret/key.txt`))).toBe("EACCES");
          expect(await refusal(whole.writeFile(`${at}/secret/key.txt`, "x"))).toBe("EACCES");
          expect(await refusal(whole.cp(`${at}/secret`, "/out", { recursive: true }))).toBe("EACCES");
        }
        expect(await all(whole.grep("/", SECRET))).toEqual([]);
        await whole.close();
      }));

    it("is neither in a snapshot that is made under the rule nor changed by going back to one", () =>
      scene(async ({ vfs, owner, store }) => {
        // As somebody made it who may see everything.
        const kept = emptyStore();
        await snapshots(owner, { store: kept }).create("all");
        const states = snapshots(vfs, { store: emptyStore() });
        await states.create("before");
        await vfs.writeFile("/open/later", "x");
        await states.restore("before");
        expect(await vfs.exists("/open/later")).toBe(false);
        await expect(states.readAt("before", "/secret/key.txt")).rejects.toThrow("/secret/key.txt");
        const parts: Uint8Array[] = [];
        await states.export("before", new WritableStream({ write: (part) => void parts.push(part) }), {
          format: "json",
        });
        expect(Buffer.concat(parts).toString()).toContain("notes.txt");
        expect(Buffer.concat(parts).toString()).not.toContain("secret");
        const strange = createVfs(store, {
          layers: [secure("testing", { deny: ["/secret"] })],
          keepOpen: true,
        });
        await strange.writeFile("/open/notes.txt", "changed");
        await snapshots(strange, { store: kept })
          .restore("all")
          .catch(() => undefined);
        await strange.close();
      }));

    it("stays denied in a batch, item by item", () =>
      scene(async ({ vfs }) => {
        const results = await vfs.batch(
          [
            { op: "writeFile", path: "/open/one", data: "1" },
            { op: "readFile", path: "/secret/key.txt" },
            { op: "copyFile", path: "/secret/key.txt", to: "/open/two" },
            { op: "mv", path: "/open/one", to: "/secret/one" },
            { op: "cp", path: "/secret", to: "/open/three", recursive: true },
            { op: "rm", path: "/secret", recursive: true, force: true },
            { op: "symlink", path: "/secret/l", target: "/open" },
          ],
          { concurrency: 1 },
        );
        expect(results.map(({ ok }) => ok)).toEqual([true, false, false, false, false, false, false]);
      }));

    it("cannot be mounted over or looked under, without leave to mount", () =>
      scene(async ({ store }) => {
        const strict = createVfs(store, {
          layers: [secure("untrusted", { allowedPaths: ["/open"] })],
          keepOpen: true,
        });
        expect(await refusal(strict.mount("/open/m", emptyStore()))).toBe("EACCES");
        expect(await refusal(strict.mount("/open/m", store, { keepOpen: true }))).toBe("EACCES");
        expect(await refusal(strict.unmount("/"))).not.toContain("let through");
        expect(await refusal(strict.readFile("/secret/key.txt"))).toBe("EACCES");
        await strict.close();
      }));
  });
