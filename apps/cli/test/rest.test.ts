import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

const CORE = fileURLToPath(new URL("../../../packages/core/src/error.ts", import.meta.url));

let folder: string;
let vfs: ReturnType<typeof typedIn>;

// `/d/closed` may not be listed, `/d/secret` not be read, and neither be removed.
beforeEach(() => {
  folder = newFolder();
  vfs = typedIn(folder);
  mkdirSync(join(folder, "in", "closed"), { recursive: true });
  mkdirSync(join(folder, "in", "open"));
  for (const name of ["closed/inner", "open/b", "secret", "z"])
    writeFileSync(join(folder, "in", name), "text");
  writeFileSync(
    join(folder, "vfs.config.mjs"),
    `import { VfsError } from ${JSON.stringify(CORE)};
const KEPT = new Set(["/closed", "/secret"]);
const REFUSED = new Set(["list", "read", "readStream", "open", "copy", "remove"]);
const layer = {
  name: "closed",
  slot: "policy",
  decidesBelow: (path) => path === "/",
  handle(call, next) {
    if (KEPT.has(call.path) && REFUSED.has(call.op)) throw new VfsError("EACCES");
    return next(call);
  },
};
export default { mounts: { "/d": { store: "file:./in", layers: [layer] } } };`,
  );
});

const run = (...args: string[]): ReturnType<typeof vfs> => vfs([...args, "--config", "vfs.config.mjs"]);
const DENIED = "vfs: /d/closed: permission denied\n";

describe("what cannot be read or removed", () => {
  it("is told of by find, du and tree, which go on", async () => {
    expect(await run("find", "/d", "--type", "f")).toEqual({
      code: 1,
      stdout: "/d/secret\n/d/z\n/d/open/b\n",
      stderr: DENIED,
    });
    for (const args of [["-s"], []]) {
      const { code, stdout, stderr } = await run("du", ...args, "/d");
      expect([code, stdout.trimEnd().split("\n").at(-1), stderr]).toEqual([1, "12      /d", DENIED]);
    }
    const { code, stdout, stderr } = await run("tree", "/d");
    expect([code, stdout, stderr]).toEqual([
      1,
      "/d\n├── closed/\n├── open/\n│   └── b\n├── secret\n└── z\n",
      DENIED,
    ]);
  });

  it("is left out of a copy, and all else is in it", async () => {
    expect(await run("cp", "-r", "/d", "file:out")).toEqual({
      code: 1,
      stdout: "",
      stderr: `${DENIED}vfs: /d/secret: permission denied\n`,
    });
    expect(readdirSync(join(folder, "out"), { recursive: true, encoding: "utf8" }).sort()).toEqual([
      "closed",
      "open",
      "open/b",
      "z",
    ]);
    expect(readFileSync(join(folder, "out", "open", "b"), "utf8")).toBe("text");
  });

  it("is left out by sync, which then removes nothing", async () => {
    mkdirSync(join(folder, "out"));
    writeFileSync(join(folder, "out", "old"), "");
    const { code, stdout, stderr } = await run("sync", "--delete", "/d", "file:out");
    expect([code, stderr.split("\n").length - 1]).toEqual([1, 2]);
    expect(stderr).toContain(DENIED);
    expect(stdout).toMatch(/2 copied .* 2 failed\n$/);
    expect(readdirSync(join(folder, "out")).sort()).toEqual(["closed", "old", "open", "z"]);
    // What is left out is nobody's failure.
    const rest = await run(
      "sync",
      "--exclude",
      "closed",
      "--exclude",
      "secret",
      "--delete",
      "/d",
      "file:out",
    );
    expect([rest.code, rest.stderr]).toEqual([0, ""]);
  });

  it("stays behind a removal of all else", async () => {
    const { code, stderr } = await run("rm", "-r", "/d/open", "/d/closed", "/d/secret");
    expect([code, stderr]).toEqual([1, `${DENIED}vfs: /d/secret: permission denied\n`]);
    expect(existsSync(join(folder, "in", "open"))).toBe(false);
  });

  it.runIf(process.platform === "linux")("may be a pipe, which no store takes", async () => {
    execFileSync("mkfifo", [join(folder, "in", "open", "a-pipe")]);
    const { code, stderr } = await vfs(["cp", "-r", "file:in/open", "sqlite:x.db:/open"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/a-pipe: invalid argument \(a pipe, a socket or a device cannot be copied\)\n$/),
    ]);
    expect((await vfs(["ls", "sqlite:x.db:/open"])).stdout).toBe("b\n");
  });
});
