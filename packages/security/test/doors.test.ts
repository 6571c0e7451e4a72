import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { secure } from "../src/index.ts";
import { all, errorOf, guarded, refused, withoutCase } from "./helpers.ts";

describe("doors", () => {
  const files = { "/data/secret/f": "the secret", "/data/open": "open" };
  const deny = ["/data/secret"];

  it("links › are seen where they lead", async () => {
    const { vfs, inner } = await guarded("testing", { deny }, files);
    await inner.symlink("/data/secret/f", "/last");
    await inner.symlink("secret", "/data/middle");
    await inner.symlink("/", "/data/top");
    for (const path of ["/last", "/data/middle/f", "/data/top/data/secret/f"]) {
      await expect(vfs.readFile(path)).rejects.toMatchObject(refused("EACCES"));
      await expect(vfs.appendFile(path, "x")).rejects.toMatchObject(refused("EACCES"));
      await expect(vfs.copyFile(path, "/copy")).rejects.toMatchObject(refused("EACCES"));
    }
    expect(await inner.exists("/copy")).toBe(false);
  });

  it("hard links › give no second name to what may not be read, written or changed under the first", async () => {
    for (const operation of ["read", "write", "meta", "link"] as const) {
      const { vfs, inner } = await guarded(
        "testing",
        { deny: [{ path: "/data/secret", operations: [operation] }] },
        files,
      );
      await expect(vfs.link("/data/secret/f", "/mine")).rejects.toMatchObject(refused("EACCES"));
      expect(await inner.exists("/mine")).toBe(false);
    }
  });

  it("rename › takes nothing out that could not be read, and puts nothing in", async () => {
    const { vfs, inner } = await guarded(
      "testing",
      { deny: [{ path: "/data/secret", operations: ["read", "write"] }] },
      files,
    );
    await expect(vfs.rename("/data/secret/f", "/mine")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.rename("/data/open", "/data/secret/f")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.rename("/data", "/mine")).rejects.toMatchObject(refused("EACCES"));
    expect(await inner.readFile("/data/secret/f", "utf8")).toBe("the secret");
  });

  it("rename › of a directory goes on where rules reach into it and nothing in it is meant", async () => {
    const { vfs } = await guarded("default", {}, { "/work/src/a.ts": "a", "/other/.env": "secret" });
    await vfs.rename("/work", "/moved");
    expect(await vfs.readFile("/moved/src/a.ts", "utf8")).toBe("a");
    await expect(vfs.rename("/other", "/elsewhere")).rejects.toMatchObject(refused("EACCES"));
    expect(vfs.sync.readdir("/")).toEqual(["other", "moved"]);
    // Nor into where its files would be others.
    const strict = await guarded(
      "testing",
      { deny: [{ glob: "/vault/**/*.ts", operations: ["create"] }] },
      { "/w/s/a.ts": "a" },
    );
    await expect(strict.vfs.rename("/w", "/vault")).rejects.toMatchObject(refused("EACCES"));
    await strict.vfs.rename("/w", "/fine");
  });

  it("handles › are asked at each call, where the file lies by then and what the rules say by then", async () => {
    const { vfs, inner, policy } = await guarded("testing", { deny }, files);
    const handle = await vfs.open("/data/open", "r+");
    expect(await handle.readFile("utf8")).toBe("open");
    policy.setRules({ deny: [...deny, "/data/open"] });
    const into = new Uint8Array(4);
    await expect(handle.read(into, 0, 4, 0)).rejects.toMatchObject(refused("EACCES"));
    await expect(handle.write("x", 0)).rejects.toMatchObject(refused("EACCES"));
    await expect(handle.stat()).rejects.toMatchObject(refused("EACCES"));
    await expect(handle.truncate(0)).rejects.toMatchObject(refused("EACCES"));
    await expect(handle.chmod(0o600)).rejects.toMatchObject(refused("EACCES"));
    await expect(handle.sync()).rejects.toMatchObject(refused("EACCES"));
    policy.setRules({ deny });
    // Moved by somebody who may.
    await inner.rename("/data/open", "/data/secret/open");
    await expect(handle.read(into, 0, 4, 0)).rejects.toMatchObject(refused("EACCES"));
    await handle.close();
  });

  it("a handle › that has made its file may fill it where only new files are allowed", async () => {
    const { vfs } = await guarded(
      "testing",
      { deny: [{ path: "/in", operations: ["write", "read"] }] },
      { "/in/old": "old" },
    );
    const handle = await vfs.open("/in/new", "wx");
    await handle.writeFile("new");
    await handle.close();
    await expect(vfs.appendFile("/in/new", "more")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.open("/in/old", "r+")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.writeFile("/in/other", "x")).rejects.toMatchObject(refused("EACCES"));
    await vfs.writeFile("/in/other", "x", { flag: "wx" });
  });

  it("searches from above › pass over what is kept back", async () => {
    const { vfs } = await guarded("testing", { deny }, files);
    expect((await vfs.readdir("/", { recursive: true })).sort()).toEqual(["data", "data/open"]);
    expect((await all(vfs.find("/"))).map(({ name }) => name)).toEqual(["data", "open"]);
    expect(await all(vfs.grep("/", /secret/))).toEqual([]);
    await vfs.cp("/data", "/copy", { recursive: true });
    expect(await vfs.readdir("/copy")).toEqual(["open"]);
    const [item] = await vfs.batch([{ op: "readFile", path: "/data/secret/f" }]);
    expect(item).toMatchObject({ ok: false, error: { code: "EACCES" } });
  });

  it("rm › of a directory that holds something hidden says that a rule keeps it", async () => {
    const { vfs, inner } = await guarded("testing", { deny }, files);
    const error = await errorOf(() => vfs.rm("/data", { recursive: true }));
    expect(error.message).toContain('rule "rules below"');
    expect(await inner.readFile("/data/secret/f", "utf8")).toBe("the secret");
  });

  it("watch › tells nothing of what is kept back, by rules that came later either", async () => {
    const { vfs, inner, policy } = await guarded("testing", {}, files);
    const watcher = vfs.watch("/data", { recursive: true });
    await watcher.ready;
    policy.setRules({ deny });
    await inner.writeFile("/data/secret/g", "x");
    await inner.rename("/data/secret/f", "/data/out");
    await inner.rename("/data/open", "/data/secret/open");
    await inner.writeFile("/data/last", "x");
    const told: string[] = [];
    for await (const { kind, path } of watcher) {
      told.push(`${kind} ${path}`);
      if (path === "/data/last") break;
    }
    expect(told).toEqual(["created /data/out", "removed /data/open", "created /data/last"]);
    await expect(vfs.changes()).rejects.toMatchObject({ code: "ENOTSUP" });
  });

  it("aliases › one store at two places has its rules at both", async () => {
    const { vfs, store } = await guarded("testing", { deny }, files);
    await vfs.mount("/alias", store, { keepOpen: true });
    await expect(vfs.readFile("/alias/data/secret/f")).rejects.toMatchObject(refused("EACCES"));
    expect(await vfs.readdir("/alias/data")).toEqual(["open"]);
    expect((await all(vfs.find("/alias", { name: "f" }))).length).toBe(0);
    await vfs.unmount("/alias");
    await vfs.mount("/alias", memory());
    await vfs.mkdir("/alias/data/secret", { recursive: true });
    await vfs.writeFile("/alias/data/secret/f", "another store");
  });

  it("the layers of a mount › have their own paths, and tell both", async () => {
    const policy = secure("testing", { deny: ["/secret"] });
    await using vfs = createVfs(memory());
    await vfs.mount("/m", memory(), { layers: [policy] });
    await vfs.mkdir("/secret");
    await expect(vfs.mkdir("/m/secret")).rejects.toMatchObject(refused("EACCES"));
    expect(policy.violations()).toMatchObject([{ operation: "mkdir", path: "/m/secret", mountPath: "/m" }]);
  });

  it("names › that a store takes for one are one to the rules", async () => {
    const { vfs } = await guarded("testing", { deny: ["/Déjà/Straße", "*.PEM"], allowedPaths: ["/"] });
    // Two names where the store has case.
    await vfs.mkdir("/déjà/strasse", { recursive: true });
    const blind = withoutCase(memory());
    await using other = createVfs(blind, {
      layers: [secure("testing", { deny: ["/Déjà/Straße", "*.PEM"] })],
    });
    await other.mkdir("/déjà");
    for (const name of ["/déjà/STRASSE", "/DE\u0301JA\u0300/straße", "/Déjà/Straße"])
      await expect(other.mkdir(name)).rejects.toMatchObject(refused("EACCES"));
    await expect(other.writeFile("/Key.pEm", "x")).rejects.toMatchObject(refused("EACCES"));
  });

  it("paths › have one form, and percent signs are characters", async () => {
    const { vfs } = await guarded("testing", { deny }, files);
    for (const path of [
      "//data//secret/f",
      "/data/./secret/f",
      "/data/x/../secret/f",
      "/data/secret/f/",
      "/../data/secret/f",
    ])
      await expect(vfs.readFile(path)).rejects.toMatchObject(refused("EACCES"));
    const view: Vfs = vfs.view({ root: "/data" });
    await expect(view.readFile("/secret/f")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.view({ cwd: "/data/secret" }).readFile("f")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.readFile("/data/%73ecret/f")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("ways › show directories alone: a file that is not allowed looks like one that is not there", async () => {
    const { vfs } = await guarded(
      "testing",
      { allowedPaths: [], allow: ["/src/**/*.ts"] },
      { "/src/lib/a.ts": "a", "/src/lib/a.js": "b" },
    );
    expect((await vfs.stat("/src/lib")).isDirectory()).toBe(true);
    expect(await vfs.readdir("/src/lib")).toEqual(["a.ts"]);
    const found = await errorOf(() => vfs.stat("/src/lib/a.js"));
    const missing = await errorOf(() => vfs.stat("/src/lib/b.js"));
    expect(found.message).toBe(missing.message.replace("b.js", "a.js"));
    expect(found).toMatchObject(refused("EACCES"));
    expect((await all(vfs.grep("/", /./))).map(({ path }) => path)).toEqual(["/src/lib/a.ts"]);
  });

  it("actors › have rules of their own", async () => {
    const { vfs } = await guarded(
      "testing",
      {
        allowedPaths: [],
        allow: [{ path: "/shared" }, { path: "/ada", actors: ["ada"] }],
        deny: [{ path: "/shared", operations: ["write"], actors: ["bob"] }],
      },
      { "/shared/f": "f", "/ada/g": "g" },
    );
    const ada = vfs.view({ actor: "ada" });
    const bob = vfs.view({ actor: "bob" });
    expect(await ada.readFile("/ada/g", "utf8")).toBe("g");
    await expect(bob.readFile("/ada/g")).rejects.toMatchObject(refused("EACCES"));
    expect(await ada.readdir("/")).toEqual(["shared", "ada"]);
    expect(await bob.readdir("/")).toEqual(["shared"]);
    await ada.writeFile("/shared/f", "new");
    await expect(bob.writeFile("/shared/f", "x")).rejects.toMatchObject(refused("EACCES"));
    expect(await bob.readFile("/shared/f", "utf8")).toBe("new");
  });
});
