import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { newFolder, type Answer } from "./helpers.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The command in a process of its own. `taken` reads no more than the first chunk of its output. */
async function vfs(args: string[], cwd: string, taken = false): Promise<Answer> {
  const child = spawn(process.execPath, ["--conditions=@vfs/source", MAIN, ...args], { cwd });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    if (taken) child.stdout.destroy();
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}

function newTree(folder: string = newFolder()): string {
  mkdirSync(join(folder, "src", "lib"), { recursive: true });
  writeFileSync(join(folder, "src", "lib", "one.ts"), "export const one = 1;\n".repeat(10));
  writeFileSync(join(folder, "src", "two.py"), "two = 2  # TODO three\n");
  return folder;
}

let tour: Promise<Answer & { readonly folder: string }> | undefined;

afterAll(async () => {
  if (tour !== undefined) rmSync((await tour).folder, { recursive: true });
});

/** One tour, for all that look at what it says and leaves. */
function theTour(): Promise<Answer & { readonly folder: string }> {
  const go = async (): Promise<Answer & { readonly folder: string }> => {
    const folder = newTree(mkdtempSync(join(tmpdir(), "vfs-cli-")));
    return { folder, ...(await vfs(["tour", "src", "--db", "a tour's.db"], folder)) };
  };
  return (tour ??= go());
}

describe("the vfs process", () => {
  it("tells its exit code", async () => {
    const folder = newTree();
    expect(await vfs(["ls", "file:src"], folder)).toEqual({ code: 0, stdout: "lib/\ntwo.py\n", stderr: "" });
    expect((await vfs(["ls", "file:none"], folder)).code).toBe(1);
    expect((await vfs(["frobnicate"], folder)).code).toBe(2);
  });

  it("loads only what the command needs", async () => {
    const folder = newTree();
    const told =
      'import { registerHooks } from "node:module"; registerHooks({ load(url, context, next) { console.error(url); return next(url, context); } });';
    const hooks = `--import=data:text/javascript,${encodeURIComponent(told)}`;
    const child = spawn(process.execPath, [hooks, "--conditions=@vfs/source", MAIN, "ls", "file:src"], {
      cwd: folder,
    });
    const loaded = (await text(child.stderr)).split("\n");
    const packages = loaded.flatMap(
      (url) =>
        /\/(?:packages|node_modules)\/((?:@[^/]+\/)?[^/.][^/]*)\/(?!.*node_modules)/.exec(url)?.[1] ?? [],
    );
    expect([...new Set(packages)].sort()).toEqual(["commander", "core", "local", "memory"]);
  });

  it("ends quietly when nobody reads on", async () => {
    const folder = newTree();
    for (let i = 0; i < 3000; i++) writeFileSync(join(folder, "src", `a-file-with-a-long-name-${i}`), "");
    const { code, stderr } = await vfs(["find", "file:src"], folder, true);
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("shows the tour on a folder, which it leaves as it is", async () => {
    const { folder, code, stdout, stderr } = await theTour();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^ {3}\/src +local +src {2}\(read-only\)$/m);
    expect(stdout).toMatch(/^ {3}2 files, 242 B, in /m);
    expect(stdout).toMatch(/^ {3}\.ts +1 +10 +220 {2}lib\/one\.ts$/m);
    expect(stdout).toContain("open('/data/src/intruder.txt', 'w'): Read-only file system");
    expect(stdout).toContain("2 kinds of files, 2 files, 11 lines; integrity: ok");
    expect(readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" }).sort()).toEqual([
      "lib",
      "lib/one.ts",
      "two.py",
    ]);
    expect((await vfs(["cat", "sqlite:a tour's.db:/hello.txt"], folder)).stdout).toBe("only in memory\n");
    expect((await vfs(["cat", "sqlite:a tour's.db:/src/two.py"], folder)).stdout).toBe(
      "two = 2  # TODO three\n",
    );
  });

  it.skipIf(process.platform === "win32")("suggests what works, as it is typed", async () => {
    const { folder, stdout } = await theTour();
    const hints = stdout.split("\n").flatMap((line) => /^ {3}(vfs .*|npm start -- .*)/.exec(line)?.[1] ?? []);
    expect(hints.length).toBe(4);
    const shell = `vfs() { "$NODE" --conditions=@vfs/source "$MAIN" "$@"; }\n`;
    for (const hint of hints) {
      const typed = shell + hint.replace(/^npm start --/, "vfs");
      const env = { ...process.env, NODE: process.execPath, MAIN };
      const ran = spawnSync("sh", ["-c", typed], { cwd: folder, env, encoding: "utf8" });
      expect([ran.status, ran.stderr], hint).toEqual([0, ""]);
      expect(ran.stdout, hint).toMatch(/only in memory|TODO three|report\.db|Usage: vfs/);
    }
  });

  it("replaces the database of an earlier tour, and nothing else", async () => {
    const folder = newTree();
    writeFileSync(join(folder, "thesis.txt"), "years of work");
    writeFileSync(join(folder, "empty"), "");
    await vfs(["cp", "-r", "file:src", "sqlite:backup.db:/src"], folder);
    mkdirSync(join(folder, "directory"));
    for (const name of ["thesis.txt", "empty", "backup.db", "directory"]) {
      const { code, stderr } = await vfs(["tour", "src", "--db", name], folder);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(`vfs: ${name}: file already exists (it was`),
      ]);
    }
    expect(readFileSync(join(folder, "thesis.txt"), "utf8")).toBe("years of work");
    expect(readFileSync(join(folder, "empty"), "utf8")).toBe("");
    expect((await vfs(["cat", "sqlite:backup.db:/src/two.py"], folder)).code).toBe(0);
    expect((await vfs(["tour", "src", "--db", "a:b.db"], folder)).code).toBe(2);
    const { folder: earlier } = await theTour();
    expect((await vfs(["tour", "src", "--db", "a tour's.db"], earlier)).stderr).toBe("");
  });

  it("fails loudly when a step of the tour is not as it says", async () => {
    const folder = newTree();
    mkdirSync(join(folder, "empty"));
    const { code, stderr } = await vfs(["tour", "empty", "--db", "tour.db"], folder);
    expect(code).toBe(1);
    expect(stderr).toContain("step 2 of the tour went wrong; expected that there are files in");
    expect((await vfs(["tour", "none", "--db", "tour.db"], folder)).code).toBe(1);
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});
