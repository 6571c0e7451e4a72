import { capabilities, createVfs, isVfsError, type Provider, type Vfs, type VfsError } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { PROFILES, secure, type ProfileName, type SecurityOverrides } from "../src/index.ts";

/** A store with files, and a Vfs over it behind a policy. */
async function guarded(
  profile: ProfileName,
  overrides: SecurityOverrides,
  files: Readonly<Record<string, string>> = {},
) {
  const store = memory();
  const inner = createVfs(store, { keepOpen: true });
  for (const [path, text] of Object.entries(files)) {
    await inner.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
    await inner.writeFile(path, text);
  }
  const policy = secure(profile, overrides);
  const vfs = createVfs(store, { layers: [policy] });
  return { vfs, inner, policy, store };
}

async function refused(code: string, action: () => Promise<unknown>): Promise<VfsError> {
  try {
    await action();
  } catch (error) {
    if (!isVfsError(error)) throw error;
    expect(error.code).toBe(code);
    expect(error.reason).toBe("policy");
    return error;
  }
  throw new Error(`expected ${code}, but it passed`);
}

/** A store that keeps names as macOS does: in whatever case and form they are given. */
function withoutCase(store: Provider): Provider {
  const caps = capabilities({ ...store.caps, caseSensitive: false });
  const same = (given: unknown): unknown =>
    typeof given === "string" && given.startsWith("/") ? given.normalize("NFC").toLowerCase() : given;
  return new Proxy(store, {
    get: (target, key) => {
      const value: unknown = key === "caps" ? caps : Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => Reflect.apply(value, target, given.map(same)) as unknown;
    },
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("profiles", () => {
  it("default › keeps secrets back, wherever they lie, and leaves the rest alone", async () => {
    const secrets = [
      "/etc/passwd",
      "/home/ada/.ssh/id",
      "/work/.env",
      "/work/deep/tls.pem",
      "/home/.aws/config",
    ];
    const { vfs } = await guarded(
      "default",
      {},
      { ...Object.fromEntries(secrets.map((path) => [path, "s"])), "/work/a.txt": "a" },
    );
    for (const path of secrets) {
      await refused("EACCES", () => vfs.readFile(path));
      await refused("EACCES", () => vfs.writeFile(path, "x"));
      await refused("EACCES", () => vfs.unlink(path));
      await refused("EACCES", () => vfs.stat(path));
    }
    expect((await vfs.readdir("/", { recursive: true })).sort()).toEqual([
      "etc",
      "home",
      "home/ada",
      "work",
      "work/a.txt",
      "work/deep",
    ]);
    expect(await vfs.readFile("/work/a.txt", "utf8")).toBe("a");
    await vfs.rename("/work/a.txt", "/work/b.txt");
  });

  it("strict › shows the way to what is allowed and nothing beside it", async () => {
    const { vfs } = await guarded("strict", {}, { "/home/f": "f", "/other/g": "g", "/top": "t" });
    expect(await vfs.readdir("/")).toEqual(["home"]);
    expect((await vfs.stat("/")).isDirectory()).toBe(true);
    await refused("EACCES", () => vfs.stat("/other"));
    await refused("EACCES", () => vfs.stat("/top"));
    await refused("EACCES", () => vfs.writeFile("/f", "x"));
    await vfs.mkdir("/tmp/a", { recursive: true });
    await vfs.writeFile("/tmp/a/f", "x");
    expect(await vfs.find("/", { name: "?" })[Symbol.asyncIterator]().next()).toMatchObject({ done: false });
  });

  it("readonly › refuses every change with EROFS", async () => {
    const { vfs, policy } = await guarded("readonly", {}, { "/f": "f" });
    expect(await vfs.readFile("/f", "utf8")).toBe("f");
    const changes: [string, () => Promise<unknown>][] = [
      ["writeFile", () => vfs.writeFile("/f", "x")],
      ["appendFile", () => vfs.appendFile("/f", "x")],
      ["truncate", () => vfs.truncate("/f")],
      ["mkdir", () => vfs.mkdir("/d")],
      ["rm", () => vfs.rm("/f")],
      ["rename", () => vfs.rename("/f", "/g")],
      ["copyFile", () => vfs.copyFile("/f", "/g")],
      ["link", () => vfs.link("/f", "/g")],
      ["symlink", () => vfs.symlink("/f", "/g")],
      ["chmod", () => vfs.chmod("/f", 0o600)],
      ["open", () => vfs.open("/f", "r+")],
      ["writeStream", () => vfs.writeStream("/f", ["x"])],
      ["mount", () => vfs.mount("/m", memory())],
    ];
    for (const [what, change] of changes)
      expect([what, (await refused("EROFS", change)).code]).toEqual([what, "EROFS"]);
    expect(new Set(policy.violations().map(({ reason, rule }) => `${reason} ${rule}`))).toEqual(
      new Set(["readonly read-only"]),
    );
    expect(policy.violations()).toHaveLength(changes.length);
    expect(await vfs.readFile("/f", "utf8")).toBe("f");
  });

  it("untrusted › has one directory and no mounts", async () => {
    const { vfs } = await guarded("untrusted", {}, { "/sandbox/f": "f", "/home/g": "g" });
    expect(await vfs.readFile("/sandbox/f", "utf8")).toBe("f");
    await refused("EACCES", () => vfs.readFile("/home/g"));
    await refused("EACCES", () => vfs.mount("/sandbox/m", memory()));
  });

  it("differ by the lines of the table", () => {
    const MIB = 1 << 20;
    const rows = Object.entries(PROFILES).map(([name, { limits, allowedPaths }]) => [
      name,
      limits.maxFileBytes / MIB,
      limits.maxTotalBytes / MIB,
      limits.maxFiles,
      limits.maxDepth,
      allowedPaths.join(),
    ]);
    expect(rows).toEqual([
      ["default", 10, 100, 1000, 10, "/"],
      ["strict", 1, 20, 100, 5, "/home,/tmp"],
      ["readonly", 10, 100, 5000, 15, "/"],
      ["untrusted", 0.5, 5, 50, 3, "/sandbox"],
      ["testing", 100, 1024, 10_000, 20, "/"],
    ]);
  });

  it("that do not exist, and overrides and rules that make no sense, are a TypeError", () => {
    const wrong: [string, () => unknown][] = [
      ["a profile is one of", () => secure("stric" as "strict")],
      ['no override "allowPaths"', () => secure("strict", { allowPaths: ["/"] } as SecurityOverrides)],
      ["maxViolations", () => secure("strict", { maxViolations: -1 })],
      ['begins with "/"', () => secure("strict", { allowedPaths: ["home"] })],
      ['begins with "/"', () => secure("strict", { deny: ["/a/../b"] })],
      [
        "an operation class is one of",
        () => secure("strict", { deny: [{ path: "/", operations: ["execute" as "read"] }] }),
      ],
      ['unknown condition "paths"', () => secure("strict", { deny: [{ paths: ["/"] } as never] })],
      ["empty list", () => secure("strict", { allow: [{ path: [] }] })],
      ["a path and a glob", () => secure("strict", { deny: [{ path: "/a", glob: "*.x" }] })],
      ["content is for deny rules", () => secure("strict", { allow: [{ path: "/a", content: ["png"] }] })],
      ["a kind of content is one of", () => secure("strict", { deny: [{ content: ["exe" as "pe"] }] })],
      ["an extension is", () => secure("strict", { deny: [{ extensions: ["."] }] })],
      ["must be a list", () => secure("strict", { deny: "/a" as never })],
    ];
    for (const [text, action] of wrong) expect(action, text).toThrow(text);
    // What could run away is refused before anything is asked.
    expect(() => secure("strict", { deny: [{ regex: /(a)\1/ }] })).toThrow(
      expect.objectContaining({ code: "EINVAL" }),
    );
  });
});

describe("doors", () => {
  const files = { "/data/secret/f": "the secret", "/data/open": "open" };
  const deny = ["/data/secret"];

  it("links › are seen where they lead", async () => {
    const { vfs, inner } = await guarded("testing", { deny }, files);
    await inner.symlink("/data/secret/f", "/last");
    await inner.symlink("secret", "/data/middle");
    await inner.symlink("/", "/data/top");
    for (const path of ["/last", "/data/middle/f", "/data/top/data/secret/f"]) {
      await refused("EACCES", () => vfs.readFile(path));
      await refused("EACCES", () => vfs.appendFile(path, "x"));
      await refused("EACCES", () => vfs.copyFile(path, "/copy"));
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
      await refused("EACCES", () => vfs.link("/data/secret/f", "/mine"));
      expect(await inner.exists("/mine")).toBe(false);
    }
  });

  it("rename › takes nothing out that could not be read, and puts nothing in", async () => {
    const { vfs, inner } = await guarded(
      "testing",
      { deny: [{ path: "/data/secret", operations: ["read", "write"] }] },
      files,
    );
    await refused("EACCES", () => vfs.rename("/data/secret/f", "/mine"));
    await refused("EACCES", () => vfs.rename("/data/open", "/data/secret/f"));
    await refused("EACCES", () => vfs.rename("/data", "/mine"));
    expect(await inner.readFile("/data/secret/f", "utf8")).toBe("the secret");
  });

  it("rename › of a directory goes on where rules reach into it and nothing in it is meant", async () => {
    const { vfs } = await guarded("default", {}, { "/work/src/a.ts": "a", "/other/.env": "secret" });
    await vfs.rename("/work", "/moved");
    expect(await vfs.readFile("/moved/src/a.ts", "utf8")).toBe("a");
    await refused("EACCES", () => vfs.rename("/other", "/elsewhere"));
    expect(vfs.sync.readdir("/")).toEqual(["other", "moved"]);
    // Nor into where its files would be others.
    const strict = await guarded(
      "testing",
      { deny: [{ glob: "/vault/**/*.ts", operations: ["create"] }] },
      { "/w/s/a.ts": "a" },
    );
    await refused("EACCES", () => strict.vfs.rename("/w", "/vault"));
    await strict.vfs.rename("/w", "/fine");
  });

  it("handles › are asked at each call, where the file lies by then and what the rules say by then", async () => {
    const { vfs, inner, policy } = await guarded("testing", { deny }, files);
    const handle = await vfs.open("/data/open", "r+");
    expect(await handle.readFile("utf8")).toBe("open");
    policy.setRules({ deny: [...deny, "/data/open"] });
    const into = new Uint8Array(4);
    await refused("EACCES", () => handle.read(into, 0, 4, 0));
    await refused("EACCES", () => handle.write("x", 0));
    await refused("EACCES", () => handle.stat());
    await refused("EACCES", () => handle.truncate(0));
    await refused("EACCES", () => handle.chmod(0o600));
    await refused("EACCES", () => handle.sync());
    policy.setRules({ deny });
    // Moved by somebody who may.
    await inner.rename("/data/open", "/data/secret/open");
    await refused("EACCES", () => handle.read(into, 0, 4, 0));
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
    await refused("EACCES", () => vfs.appendFile("/in/new", "more"));
    await refused("EACCES", () => vfs.open("/in/old", "r+"));
    await refused("EACCES", () => vfs.writeFile("/in/other", "x"));
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
    const error = await refused("EACCES", () => vfs.rm("/data", { recursive: true }));
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
    await refused("EACCES", () => vfs.readFile("/alias/data/secret/f"));
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
    await refused("EACCES", () => vfs.mkdir("/m/secret"));
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
      await refused("EACCES", () => other.mkdir(name));
    await refused("EACCES", () => other.writeFile("/Key.pEm", "x"));
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
      await refused("EACCES", () => vfs.readFile(path));
    const view: Vfs = vfs.view({ root: "/data" });
    await refused("EACCES", () => view.readFile("/secret/f"));
    await refused("EACCES", () => vfs.view({ cwd: "/data/secret" }).readFile("f"));
    await expect(vfs.readFile("/data/%73ecret/f")).rejects.toMatchObject({ code: "ENOENT" });
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
    await refused("EACCES", () => bob.readFile("/ada/g"));
    expect(await ada.readdir("/")).toEqual(["shared", "ada"]);
    expect(await bob.readdir("/")).toEqual(["shared"]);
    await ada.writeFile("/shared/f", "new");
    await refused("EACCES", () => bob.writeFile("/shared/f", "x"));
    expect(await bob.readFile("/shared/f", "utf8")).toBe("new");
  });
});

describe("violations", () => {
  it("tell what was refused, to whom and by which rule, and no pattern", async () => {
    const told: unknown[] = [];
    const { vfs, policy } = await guarded(
      "testing",
      {
        deny: [{ name: "no keys", glob: "**/id_rsa*" }, "/vault/*.x"],
        onViolation: (violation) => told.push(violation),
      },
      { "/a": "a" },
    );
    const before = Date.now();
    const error = await refused("EACCES", () => vfs.view({ actor: "ada" }).copyFile("/a", "/id_rsa.pub"));
    expect(error.message).toBe(
      `EACCES: permission denied, copyfile '/a' -> '/id_rsa.pub' (refused by rule "no keys")`,
    );
    const second = await refused("EACCES", () => vfs.mkdir("/vault/b.x"));
    expect(second.message).toBe(`EACCES: permission denied, mkdir '/vault/b.x' (refused by rule "deny 2")`);
    expect(policy.violations()).toEqual(told);
    const [first] = policy.violations();
    expect(first).toEqual({
      operation: "copy",
      path: "/a",
      to: "/id_rsa.pub",
      reason: "policy",
      rule: "no keys",
      actor: "ada",
      timeMs: first?.timeMs,
    });
    expect(first?.timeMs).toBeGreaterThanOrEqual(before);
    policy.clearViolations();
    expect(policy.violations()).toEqual([]);
  });

  it("are kept up to a number, the last ones", async () => {
    const { vfs, policy } = await guarded("testing", { deny: ["/x"], maxViolations: 3 });
    for (let i = 0; i < 5; i++) await refused("EACCES", () => vfs.mkdir(`/x/${i}`));
    expect(policy.violations().map(({ path }) => path)).toEqual(["/x/2", "/x/3", "/x/4"]);
  });
});
