import { createVfs, VfsError, type Layer, type Provider } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { apply, type Template } from "../src/index.ts";
import { everything, failure } from "./helpers.ts";

const PROJECT = `
description: A small project
variables:
  project: { default: app, description: its name }
  port: 8080
  owner: null
directories:
  - /src
  - { path: /bin, mode: "0700" }
files:
  - path: /README.md
    content: "# \${project} by \${owner}\\nPort \${port}, \${level:-quiet}, $\${literal}"
  - path: /src/\${project}.ts
    content: export {};
  - path: /bin/run
    content: "echo \${project}"
    expand: false
    mode: "0755"
  - { path: /data/one.bin, base64: AAH/ }
links:
  - { path: /src/current.ts, target: "\${project}.ts" }
  - { path: /LIESMICH.md, to: /README.md }
`;

describe("apply", () => {
  it("makes directories, files and links, with values in the place of variables", async () => {
    await using vfs = createVfs(memory());
    const report = await apply(vfs, PROJECT, {
      target: "/home/ada",
      variables: { owner: "Ada", port: 1, more: true },
    });
    expect(await everything(vfs, "/home/ada")).toEqual({
      "/home/ada/LIESMICH.md": "644 # app by Ada\nPort 1, quiet, ${literal}",
      "/home/ada/README.md": "644 # app by Ada\nPort 1, quiet, ${literal}",
      "/home/ada/bin": "700 directory",
      "/home/ada/bin/run": "755 echo ${project}",
      "/home/ada/data": "755 directory",
      "/home/ada/data/one.bin": "644 \0\u0001\u00ff",
      "/home/ada/src": "755 directory",
      "/home/ada/src/app.ts": "644 export {};",
      "/home/ada/src/current.ts": "-> app.ts",
    });
    expect((await vfs.stat("/home/ada/README.md")).nlink).toBe(2);
    expect(report.unusedVariables).toEqual(["more"]);
    expect(report.entries.every(({ action }) => action === "create")).toBe(true);
    expect(report.entries.map(({ path }) => path).toSorted()).toEqual(
      Object.keys(await everything(vfs, "/home/ada")).toSorted(),
    );
  });

  it("takes the templates of chuk-virtual-fs as they are", async () => {
    await using vfs = createVfs(memory());
    const template = {
      directories: ["/projects/app", "/projects/app/src"],
      files: [{ path: "/projects/app/README.md", content: "# ${project_name}" }],
    };
    await apply(vfs, template, { variables: { project_name: "My App" } });
    expect(await vfs.readFile("/projects/app/README.md", "utf8")).toBe("# My App");
  });

  it("never looks into what stands for a variable", async () => {
    await using vfs = createVfs(memory());
    const files = [{ path: "/f", content: "${a} ${b:-${}" }];
    await apply(vfs, { files }, { variables: { a: "${b} $${a} $& $1" } });
    expect(await vfs.readFile("/f", "utf8")).toBe("${b} $${a} $& $1 ${");
  });

  it("changes nothing when something is in the way, and names it", async () => {
    await using vfs = createVfs(memory());
    await vfs.writeFile("/b", "mine");
    const files = [
      { path: "/a/x", content: "1" },
      { path: "/b", content: "2" },
    ];
    const error = await failure(apply(vfs, { files }));
    expect([error.code, error.path]).toEqual(["EEXIST", "/b"]);
    expect(await everything(vfs)).toEqual({ "/b": "644 mine" });
    expect((await failure(apply(vfs, { files: [{ path: "/b/c" }] }))).code).toBe("ENOTDIR");
    await vfs.mkdir("/d");
    for (const onConflict of ["overwrite", "merge"] as const)
      expect((await failure(apply(vfs, { files: [{ path: "/d" }] }, { onConflict }))).code).toBe("EISDIR");
    for (const onConflict of ["overwrite", "merge", "skip"] as const)
      expect((await failure(apply(vfs, { directories: ["/b"] }, { onConflict }))).code).toBe("ENOTDIR");
    expect((await failure(apply(vfs, { directories: ["/d"] }))).code).toBe("EEXIST");
  });

  it("skips, overwrites or merges when told", async () => {
    await using vfs = createVfs(memory());
    const template: Template = {
      directories: ["/d"],
      files: [
        { path: "/d/f", content: "new" },
        { path: "/d/g", content: "g" },
      ],
      links: [
        { path: "/d/l", target: "f" },
        { path: "/d/h", to: "/d/g" },
      ],
    };
    const actions = async (onConflict: "skip" | "overwrite" | "merge"): Promise<string[]> =>
      (await apply(vfs, template, { onConflict })).entries.map(({ action }) => action);
    await vfs.mkdir("/d");
    await vfs.writeFile("/d/f", "old");
    expect(await actions("skip")).toEqual(["keep", "skip", "create", "create", "create"]);
    expect(await vfs.readFile("/d/f", "utf8")).toBe("old");
    expect((await failure(apply(vfs, template, { onConflict: "merge" }))).code).toBe("EEXIST");
    expect(await actions("overwrite")).toEqual(["keep", "replace", "replace", "replace", "replace"]);
    expect(await vfs.readFile("/d/f", "utf8")).toBe("new");
    expect(await actions("merge")).toEqual(["keep", "keep", "keep", "keep", "keep"]);
    expect(Object.keys(await everything(vfs))).toHaveLength(5);
  });

  it("takes everything back when something fails half-way", async () => {
    const store = memory();
    let writes = 0;
    // A file that cannot be written, and never as the first: others are there by then.
    const layer = {
      name: "full",
      slot: "policy",
      handle: (call, next) => {
        if (["write", "writeStream", "symlink", "setStat"].includes(call.op) && ++writes === failing)
          throw new VfsError("ENOSPC");
        return next(call);
      },
    } satisfies Layer;
    let failing = 0;
    await using vfs = createVfs(store, { layers: [layer] });
    const template: Template = {
      directories: [{ path: "/new/deep", mode: "0700" }],
      files: Array.from({ length: 12 }, (_, i) => ({ path: `/f${i}`, content: "new", mode: 0o600 })),
      links: [{ path: "/l", target: "f1" }],
    };
    await vfs.mkdir("/t");
    await vfs.writeFile("/t/f3", "old", { mode: 0o640 });
    await vfs.link("/t/f3", "/second");
    const before = await everything(vfs);
    const { ino } = await vfs.stat("/t/f3");
    let failures = 0;
    for (failing = 1; ; failing++) {
      writes = 0;
      const error = await apply(vfs, template, { target: "/t", onConflict: "overwrite" }).catch(
        (reason: unknown) => reason as VfsError,
      );
      if (!("code" in error)) break;
      failures++;
      expect(error.code).toBe("ENOSPC");
      expect(await everything(vfs), `after a failure of change ${failing}`).toEqual(before);
      expect((await vfs.stat("/t/f3")).ino).toBe(ino);
    }
    expect(failures).toBeGreaterThan(20);
    expect(await vfs.readFile("/t/f3", "utf8")).toBe("new");
    expect(await vfs.readFile("/second", "utf8")).toBe("old");
  });

  it("tells of what failed by the path that its caller knows", async () => {
    const contentFrom = memory();
    await using source = createVfs(contentFrom, { keepOpen: true });
    await source.writeFile("/big", new Uint8Array(9));
    const broken: Provider = Object.assign(contentFrom, {
      readStream: () => {
        throw new VfsError("EIO");
      },
    });
    await using vfs = createVfs(memory());
    const error = await failure(
      apply(vfs, { files: [{ path: "/f", contentFrom: "/big" }] }, { target: "/t", contentFrom: broken }),
    );
    expect([error.code, error.path, error.hint]).toEqual(["EIO", "/t/f", "contentFrom /big cannot be read"]);
    expect(await everything(vfs)).toEqual({});
    await vfs.mkdir("/t/f", { recursive: true });
    expect((await failure(apply(vfs, { files: [{ path: "/f" }] }, { target: "/t" }))).path).toBe("/t/f");
  });

  it("takes the target back too, and only that", async () => {
    await using vfs = createVfs(memory());
    await vfs.mkdir("/there");
    const abort = new AbortController();
    abort.abort(new Error("stop"));
    await expect(
      apply(vfs, { files: [{ path: "/f" }] }, { target: "/there/a/b", signal: abort.signal }),
    ).rejects.toThrow("stop");
    expect(await everything(vfs)).toEqual({ "/there": "755 directory" });
  });

  it("only tells, in a dry run", async () => {
    await using vfs = createVfs(memory());
    const { entries } = await apply(vfs, PROJECT, {
      target: "/none",
      dryRun: true,
      variables: { owner: "x" },
    });
    expect(entries).toContainEqual({ path: "/none/src/app.ts", type: "file", action: "create" });
    expect(await everything(vfs)).toEqual({});
  });

  it("reads contentFrom from the provider for it, and from nowhere else", async () => {
    await using vfs = createVfs(memory());
    const contentFrom = memory();
    await using source = createVfs(contentFrom, { keepOpen: true });
    await source.writeFile("/licence", "MIT, ${owner}");
    await vfs.writeFile("/secret", "s");
    await source.symlink("/secret", "/out");
    const files = [
      { path: "/a", contentFrom: "/licence" },
      { path: "/b", contentFrom: "/licence", expand: true },
    ];
    await apply(vfs, { files }, { contentFrom, variables: { owner: "Ada" } });
    expect([await vfs.readFile("/a", "utf8"), await vfs.readFile("/b", "utf8")]).toEqual([
      "MIT, ${owner}",
      "MIT, Ada",
    ]);
    for (const path of ["/secret", "/../secret", "/out"]) {
      const error = await failure(
        apply(vfs, { files: [{ path: "/c", contentFrom: path }] }, { contentFrom }),
      );
      expect([error.code, await vfs.exists("/c")]).toEqual(["ENOENT", false]);
    }
    const files2 = [{ path: "/c", contentFrom: "/licence", expand: true }];
    expect((await failure(apply(vfs, { files: files2 }, { contentFrom }))).message).toContain(
      "`owner` has no value",
    );
    expect((await failure(apply(vfs, { files: files2 }))).message).toContain("{ contentFrom: provider }");
  });

  it("never leaves its target, by paths, values or links", async () => {
    await using vfs = createVfs(memory());
    await vfs.mkdir("/t/in", { recursive: true });
    await vfs.mkdir("/out");
    await vfs.writeFile("/out/f", "kept");
    await vfs.symlink("/out", "/t/door");
    await vfs.symlink("../../out", "/t/in/door");
    const before = await everything(vfs);
    const attempts: [Template, Record<string, string>?][] = [
      [{ files: [{ path: "../out/f" }] }],
      [{ files: [{ path: "/a/../../out/f" }] }],
      [{ files: [{ path: "/${v}/f" }] }, { v: "../out" }],
      [{ files: [{ path: "/${v}" }] }, { v: ".." }],
      [{ files: [{ path: "/door/f", content: "x" }] }],
      [{ files: [{ path: "/in/door/f", content: "x" }] }],
      [{ directories: ["/door/new"] }],
      [{ links: [{ path: "/l", target: "/out" }] }],
      [{ links: [{ path: "/l", target: "../out" }] }],
      [{ links: [{ path: "/in/l", target: "../../out" }] }],
      [{ links: [{ path: "/in/l", target: "door/../../.." }] }],
      [{ links: [{ path: "/l", target: "${v}" }] }, { v: "../out" }],
      [{ links: [{ path: "/l", to: "/../out/f" }] }],
    ];
    for (const [template, variables = {}] of attempts)
      for (const onConflict of ["fail", "skip", "overwrite", "merge"] as const) {
        const error = await failure(apply(vfs, template, { target: "/t", variables, onConflict }));
        expect(["EINVAL", "ENOTDIR"], JSON.stringify(template)).toContain(error.code);
        expect(await everything(vfs), JSON.stringify(template)).toEqual(before);
      }
  });

  it("keeps the modes that a template says, whatever the umask", async () => {
    await using vfs = createVfs(memory());
    const view = vfs.view({ umask: 0o077 });
    const template: Template = {
      directories: [{ path: "/d", mode: "0555" }],
      files: [{ path: "/d/f", mode: 0o777 }, { path: "/d/g" }],
    };
    await apply(view, template);
    expect(await everything(vfs)).toEqual({ "/d": "555 directory", "/d/f": "777 ", "/d/g": "600 " });
  });
});
