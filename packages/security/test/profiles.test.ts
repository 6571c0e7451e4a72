import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { PROFILES, secure, type SecurityOverrides } from "../src/index.ts";
import { errorOf, guarded, refused } from "./helpers.ts";

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
      await expect(vfs.readFile(path)).rejects.toMatchObject(refused("EACCES"));
      await expect(vfs.writeFile(path, "x")).rejects.toMatchObject(refused("EACCES"));
      await expect(vfs.unlink(path)).rejects.toMatchObject(refused("EACCES"));
      await expect(vfs.stat(path)).rejects.toMatchObject(refused("EACCES"));
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
    await expect(vfs.stat("/other")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.stat("/top")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.writeFile("/f", "x")).rejects.toMatchObject(refused("EACCES"));
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
      expect([what, (await errorOf(change)).code]).toEqual([what, "EROFS"]);
    expect(new Set(policy.violations().map(({ reason, rule }) => `${reason} ${rule}`))).toEqual(
      new Set(["readonly read-only"]),
    );
    expect(policy.violations()).toHaveLength(changes.length);
    expect(await vfs.readFile("/f", "utf8")).toBe("f");
  });

  it("untrusted › has one directory and no mounts", async () => {
    const { vfs } = await guarded("untrusted", {}, { "/sandbox/f": "f", "/home/g": "g" });
    expect(await vfs.readFile("/sandbox/f", "utf8")).toBe("f");
    await expect(vfs.readFile("/home/g")).rejects.toMatchObject(refused("EACCES"));
    await expect(vfs.mount("/sandbox/m", memory())).rejects.toMatchObject(refused("EACCES"));
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
