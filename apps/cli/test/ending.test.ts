import { execFileSync, spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { newFolder, typedIn } from "./helpers.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

let folder: string;

beforeEach(() => {
  folder = newFolder();
});

/** The command, as the leader of a group of its own, as a shell starts it. */
function start(...args: string[]): Child {
  const argv = ["--conditions=@vfs/source", MAIN, ...args];
  const child = spawn(process.execPath, argv, { cwd: folder, detached: true });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** The processes that a process has started. */
function childrenOf({ pid }: Child): number[] {
  return execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition() && Date.now() < end) await pause(10);
  expect(condition()).toBe(true);
}

/** The exit code, and what was said of it. */
async function ended(child: Child): Promise<[code: number | null, stderr: string]> {
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return [code, stderr];
}

const FOREVER = "print('begun', flush=True)\nwhile True: pass";

describe.skipIf(process.platform === "win32")("a command that is ended from outside", () => {
  it("run › takes its interpreter with it", async () => {
    const child = start("run", "-c", FOREVER);
    await once(child.stdout, "data");
    const inside = childrenOf(child);
    child.kill("SIGINT");
    expect(await ended(child)).toEqual([130, ""]);
    expect([inside.length, inside.filter(isAlive)]).toEqual([1, []]);
  });

  it("run › ends with 130 when the terminal sends Ctrl-C to its interpreter as well", async () => {
    const child = start("run", "-c", FOREVER);
    await once(child.stdout, "data");
    const inside = childrenOf(child);
    process.kill(-(child.pid as number), "SIGINT");
    expect(await ended(child)).toEqual([130, ""]);
    expect(inside.filter(isAlive)).toEqual([]);
  });

  it("run › lets the code finish what it must", async () => {
    const code = `try:\n  print('begun', flush=True)\n  while True: pass\nfinally: open('/data/d/left', 'w').write('done')`;
    const child = start("run", "--mount", "/d=file:.", "-c", code);
    await once(child.stdout, "data");
    const inside = childrenOf(child);
    child.kill("SIGTERM");
    expect((await ended(child))[0]).toBe(143);
    expect([inside.length, inside.filter(isAlive)]).toEqual([1, []]);
    expect(existsSync(join(folder, "left"))).toBe(true);
  });

  it("run › ends while it waits for its script, or is only starting", async () => {
    const waiting = start("run", "-");
    waiting.stdin.on("error", () => undefined);
    // More than a pipe holds: what is taken shows that it waits for the rest.
    await new Promise<void>((resolve) => waiting.stdin.write(" ".repeat(1 << 20), () => resolve()));
    const starting = start("run", "-c", FOREVER);
    await until(() => {
      try {
        return childrenOf(starting).length > 0;
      } catch {
        return false;
      }
    });
    const inside = childrenOf(starting);
    waiting.kill("SIGINT");
    starting.kill("SIGINT");
    expect((await Promise.all([ended(waiting), ended(starting)])).map(([code]) => code)).toEqual([130, 130]);
    expect(inside.filter(isAlive)).toEqual([]);
  });

  it("run › takes its interpreter with it when nobody reads on", async () => {
    const child = start(
      "run",
      "-c",
      "import time\nwhile True:\n  print('x' * 999, flush=True)\n  time.sleep(0.01)",
    );
    await once(child.stdout, "data");
    const inside = childrenOf(child);
    child.stdout.destroy();
    expect(await ended(child)).toEqual([0, ""]);
    expect([inside.length, inside.filter(isAlive)]).toEqual([1, []]);
  });

  it("run › goes on when nobody reads what it complains of", async () => {
    const child = start("run", "-c", "import sys\nprint('x', file=sys.stderr, flush=True)\nsys.exit(3)");
    child.stderr.destroy();
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(3);
  });

  it.runIf(existsSync("/dev/full"))("ls › fails when its output cannot be written", async () => {
    writeFileSync(join(folder, "a"), "");
    const argv = ["--conditions=@vfs/source", MAIN, "ls", "file:."];
    const ran = spawnSync(process.execPath, argv, {
      cwd: folder,
      stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
      encoding: "utf8",
    });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/^vfs: the standard output: ENOSPC/);
  });

  it("cp › leaves nothing that is half a file", async () => {
    const child = start("cp", "-", "file:out");
    child.stdin.on("error", () => undefined);
    child.stdin.write(new Uint8Array(1 << 20));
    await until(() => readdirSync(folder).length > 0);
    child.kill("SIGINT");
    expect(await ended(child)).toEqual([130, ""]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("mv › keeps the original, and leaves nothing at the destination", async () => {
    writeFileSync(join(folder, "large"), "");
    truncateSync(join(folder, "large"), 4 * 2 ** 30);
    const child = start("mv", "file:large", "sqlite:x.db:/large");
    const log = join(folder, "x.db-wal");
    await until(() => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 1 << 20);
    child.kill("SIGINT");
    expect(await ended(child)).toEqual([130, ""]);
    expect(statSync(join(folder, "large")).size).toBe(4 * 2 ** 30);
    expect(await typedIn(folder)(["ls", "-a", "sqlite:x.db"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("find › ends too", async () => {
    const child = start("find", "file:/");
    await once(child.stdout, "data");
    child.kill("SIGINT");
    child.stdout.resume();
    expect(await ended(child)).toEqual([130, ""]);
  });

  it("sync › leaves nothing that is half a file, and copies it whole the next time", async () => {
    mkdirSync(join(folder, "from"));
    writeFileSync(join(folder, "from", "small"), "small");
    writeFileSync(join(folder, "from", "z-large"), "");
    truncateSync(join(folder, "from", "z-large"), 4 * 2 ** 30);
    const child = start("sync", "file:from", "sqlite:x.db:/to");
    const log = join(folder, "x.db-wal");
    await until(() => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 1 << 20);
    child.kill("SIGINT");
    expect(await ended(child)).toEqual([130, ""]);
    const vfs = typedIn(folder);
    expect((await vfs(["ls", "-a", "sqlite:x.db:/to"])).stdout).toBe("small\n");
    truncateSync(join(folder, "from", "z-large"), 3);
    expect((await vfs(["sync", "file:from", "sqlite:x.db:/to"])).stdout).toMatch(/z-large\n1 copied/);
  });

  it("watch › ends, and says nothing of it", async () => {
    const child = start("watch", "--json", "file:.");
    const write = setInterval(() => writeFileSync(join(folder, `${Date.now()}`), ""), 50);
    await once(child.stdout, "data");
    clearInterval(write);
    child.kill("SIGINT");
    child.stdout.resume();
    expect(await ended(child)).toEqual([130, ""]);
  });

  it.runIf(existsSync("/usr/bin/script"))(
    "shell › stays on a terminal when Ctrl-C ends a command",
    async () => {
      const line = [process.execPath, "--conditions=@vfs/source", MAIN, "shell"].join(" ");
      const child = spawn("/usr/bin/script", ["-qefc", line, "/dev/null"], {
        cwd: folder,
        env: { ...process.env, VFS_HISTORY: "", TERM: "xterm" },
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      let shown = "";
      child.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString()));
      const shows = (text: string): Promise<void> => until(() => shown.includes(text));
      await shows("vfs:/> ");
      child.stdin.write("watch /cwd\n");
      await shows("vfs: watching /cwd");
      shown = "";
      child.stdin.write("\u0003");
      await shows("vfs:/> ");
      child.stdin.write("cd cwd\n");
      await shows("vfs:/cwd> ");
      child.stdin.write("exit 5\n");
      const [code] = (await once(child, "close")) as [number];
      expect(code).toBe(5);
    },
  );
});
