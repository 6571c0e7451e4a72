import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { createVfs } from "@vfs/core";
import { Sandbox } from "e2b";
import { afterAll, describe, expect, it } from "vitest";
import { e2b } from "../src/index.ts";
import { E2bServer } from "./server/server.ts";
import { reach } from "./stores.ts";

/** Why there is no bubblewrap to be had here; empty where there is. */
function missing(): string {
  try {
    execFileSync("bwrap", ["--dev-bind", "/", "/", "--tmpfs", "/home", "--", "true"], { stdio: "pipe" });
    return "";
  } catch (error) {
    return `no test of a real /home/user: bubblewrap cannot be run here (${(error as Error).message.trim()})`;
  }
}

const why = missing();
if (why !== "") console.warn(`e2b › a real home › SKIPPED: ${why}`);

describe.skipIf(why !== "")("e2b › a real home", async () => {
  const server = await E2bServer.start({ hasRealHomes: why === "" });
  afterAll(() => server.close());
  const sandbox = await Sandbox.create({ ...reach(server.url), timeoutMs: 3_600_000 });
  const { home } = server.sandbox(sandbox.sandboxId);

  // No text of a command is replaced on its way: `/home/user` is put together in the sandbox, or stands in a file.
  it("the default rootDir › is where commands, scripts and the files of the machine have it", async () => {
    const box = e2b({ sandbox });
    await using vfs = createVfs(box);
    await vfs.mkdir("/project/out", { recursive: true });
    await vfs.writeFile(
      "/project/main.sh",
      'cd /home/user/project && cat in.txt > "$HOME/project/out/o"; pwd',
    );
    await vfs.writeFile("/project/in.txt", "hello");
    expect(await box.run("/bin/bash main.sh", { cwd: "/project" })).toEqual({
      exitCode: 0,
      stdout: "/home/user/project\n",
      stderr: "",
    });
    expect(await vfs.readFile("/project/out/o", "utf8")).toBe("hello");
    expect(readFileSync(`${home}/project/out/o`, "utf8")).toBe("hello");
    const seen = await box.run('printf "%s " ~ "$PWD"; shopt -q login_shell && echo login');
    expect(seen.stdout).toBe("/home/user /home/user login\n");
  });

  it("absolute links › are those of the mount, and lead there in the sandbox too", async () => {
    const box = e2b({ sandbox, rootDir: "/home/user/links" });
    await using vfs = createVfs(box);
    await vfs.writeFile("/f", "target");
    await vfs.symlink("/f", "/made");
    expect((await box.run("cat made; readlink made")).stdout).toBe("target/home/user/links/f\n");
    await box.run("d=/home; ln -s $d/user/links/f theirs");
    expect(await vfs.readlink("/theirs")).toBe("/f");
    expect(await vfs.readFile("/theirs", "utf8")).toBe("target");
    expect(realpathSync(`${home}/links`)).toBe(`${home}/links`);
  });

  // Who is not root has a namespace of users for each shell: none sees the open files of another.
  it.runIf(process.getuid?.() === 0)("open files › are those of the process that is meant", async () => {
    const box = e2b({ sandbox, rootDir: "/home/user/held" });
    await using vfs = createVfs(box);
    const file = await vfs.open("/f", "w+");
    await file.write("held");
    await vfs.unlink("/f");
    expect((await file.read(new Uint8Array(9), 0, 9, 0)).bytesRead).toBe(4);
    const held = [...server.sandbox(sandbox.sandboxId).processes.values()];
    expect(held.length).toBe(1);
    await file.close();
    await expect.poll(() => server.sandbox(sandbox.sandboxId).processes.size).toBe(0);
  });

  it("signals and time limits › are those of the process that is meant", async () => {
    const box = e2b({ sandbox, rootDir: "/home/user/signals" });
    await using vfs = createVfs(box);
    await vfs.readdir("/");
    expect((await box.run("kill -9 $PPID")).exitCode).toBe(-1);
    expect((await box.run("kill -9 $$")).exitCode).toBe(-1);
    expect((await box.run("exit 137")).exitCode).toBe(137);
    expect((await box.run("exit 7")).exitCode).toBe(7);
    await expect(box.run("exec sleep 60", { timeoutMs: 100 })).rejects.toMatchObject({ code: "ETIMEDOUT" });
    expect(await box.run("echo $FOO", { envs: { FOO: "it's" } })).toMatchObject({ stdout: "it's\n" });
  });

  it("standard input › reaches the command that waits for it", async () => {
    const handle = await sandbox.commands.run("cat; echo $HOME", { background: true, stdin: true });
    await sandbox.commands.sendStdin(handle.pid, "typed\n");
    await sandbox.commands.closeStdin(handle.pid);
    expect((await handle.wait()).stdout).toBe("typed\n/home/user\n");
  });
});
