import { execFileSync } from "node:child_process";
import { createVfs, type Vfs } from "@vfs/core";
import { afterAll, describe, expect, it } from "vitest";
import { e2b } from "../src/index.ts";
import { API_KEY, E2bServer } from "./server/server.ts";
import { newSandbox, reach, Stores } from "./stores.ts";

const server = await E2bServer.start();
afterAll(() => server.close());
const stores = await Stores.on(server.url);

/** A store with its folder on this machine, to look behind it. */
function fresh(): { vfs: Vfs; folder: string } {
  const folder = stores.folder();
  return { folder, vfs: createVfs(stores.make({ rootDir: folder })) };
}

const sh = (command: string): string => execFileSync("/bin/bash", ["-c", command], { encoding: "utf8" });

describe("e2b", () => {
  it("the example of the seed › makes a project, writes a script and runs it there", async () => {
    const box = e2b({ ...reach(server.url), rootDir: "/home/user/sandbox" });
    await using vfs = createVfs(box);
    await vfs.mkdir("/projects");
    await vfs.mkdir("/projects/python");
    // What every machine that runs tests has; in a sandbox it would be Python.
    await vfs.writeFile("/projects/python/hello.sh", 'echo "Hello from E2B sandbox!"');
    expect(await vfs.readdir("/projects/python")).toEqual(["hello.sh"]);
    const heard: string[] = [];
    const result = await box.run("bash hello.sh", {
      cwd: "/projects/python",
      onStdout: (text) => void heard.push(text),
    });
    expect(result).toEqual({ exitCode: 0, stdout: "Hello from E2B sandbox!\n", stderr: "" });
    expect(heard.join("")).toBe(result.stdout);
    // The sandbox itself, for all else.
    const { stdout } = await (
      await box.sandbox
    ).commands.run(await vfs.readFile("/projects/python/hello.sh", "utf8"));
    expect(stdout).toBe(result.stdout);
  });

  it("run › tells of a command that fails, is killed, takes too long, or has nowhere to run", async () => {
    const box = stores.make();
    await using vfs = createVfs(box);
    expect(await box.run("echo out; echo err >&2; exit 3")).toEqual({
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect((await box.run("kill -9 $$")).exitCode).toBe(-1);
    expect(await box.run("echo $FOO", { envs: { FOO: "bar" } })).toMatchObject({ stdout: "bar\n" });
    await expect(box.run("exec sleep 60", { timeoutMs: 50 })).rejects.toMatchObject({ code: "ETIMEDOUT" });
    await expect(box.run("pwd", { cwd: "/none" })).rejects.toMatchObject({ code: "ENOENT", path: "/none" });
    await expect(box.run("pwd", { cwd: "none" })).rejects.toThrow(TypeError);
    expect(await vfs.readdir("/")).toEqual([]);
  });

  it("a profile that prints › spoils nothing", async () => {
    const sandbox = await newSandbox(server.url, { metadata: {} });
    const { home } = server.sandbox(sandbox.sandboxId);
    sh(`echo 'echo noise; echo more >&2; printf "x\\0y"' > ${home}/.profile`);
    await using vfs = createVfs(e2b({ sandbox, rootDir: `${home}/below` }));
    await vfs.writeFile("/f", "content");
    expect(await vfs.readFile("/f", "utf8")).toBe("content");
    expect((await vfs.stat("/f")).size).toBe(7);
    await expect(vfs.readFile("/none")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("names › of any kind are kept, at one command each and in a tree", async () => {
    const { vfs, folder } = fresh();
    const names = [
      "it's",
      '"quoted"',
      "$(touch bad)",
      "`id`",
      "${HOME}",
      "a\nb\n",
      "-rf",
      "--",
      "!",
      "(",
      "*",
      "\\",
      " ",
      "tab\t",
      "é😀",
      "=",
      "%s%n",
      "x".repeat(255),
      "é".repeat(127),
    ];
    await vfs.mkdir("/odd");
    for (const name of names) await vfs.writeFile(`/odd/${name}`, `of ${name}`);
    expect((await vfs.readdir("/odd")).sort()).toEqual([...names].sort());
    expect((await vfs.readdir("/", { recursive: true })).length).toBe(names.length + 1);
    for (const name of names.slice(0, 8)) {
      expect(await vfs.readFile(`/odd/${name}`, "utf8")).toBe(`of ${name}`);
      await vfs.rename(`/odd/${name}`, `/odd/${name.slice(0, 200)}.new`);
      await vfs.copyFile(`/odd/${name}.new`, `/odd/${name}`);
      await vfs.unlink(`/odd/${name}.new`);
    }
    await expect(vfs.writeFile(`/odd/${"x".repeat(256)}`, "")).rejects.toMatchObject({
      code: "ENAMETOOLONG",
    });
    expect(sh(`ls -A ${folder} | wc -l`).trim()).toBe("1");
    await vfs.close();
  });

  it("stat › tells of links, dangling links and pipes as they are, where the SDK does not", async () => {
    const { vfs, folder } = fresh();
    sh(`cd ${folder} && echo abc > f && ln -s f l && ln -s nowhere gone && mkfifo pipe && mkdir d && ln -s ${folder}/d abs
      ln -s /usr/bin/env out; ln -s loop loop; chmod 640 f; chmod 777 d; touch -d @1.5 f`);
    const types = Object.fromEntries(
      (await vfs.readdir("/", { withFileTypes: true })).map((entry) => [
        entry.name,
        entry.isFile() ? "file" : entry.isDirectory() ? "dir" : entry.isSymbolicLink() ? "link" : "other",
      ]),
    );
    expect(types).toEqual({
      f: "file",
      l: "link",
      gone: "link",
      pipe: "other",
      d: "dir",
      abs: "link",
      out: "link",
      loop: "link",
    });
    expect(await vfs.readlink("/abs")).toBe("/d");
    expect((await vfs.lstat("/abs")).size).toBe(2);
    expect(await vfs.readlink("/out")).toBe("/usr/bin/env");
    expect((await vfs.stat("/f")).mode & 0o777).toBe(0o640);
    expect((await vfs.stat("/f")).mtimeMs).toBe(1500);
    await expect(vfs.stat("/gone")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(vfs.stat("/out")).rejects.toMatchObject({ code: "ENOENT" });
    await expect(vfs.stat("/loop")).rejects.toMatchObject({ code: "ELOOP" });
    await vfs.writeFile("/src", "x");
    for (const waitsForNobody of [
      () => vfs.readFile("/pipe"),
      () => vfs.writeFile("/pipe", "x"),
      () => vfs.appendFile("/pipe", "x"),
      () => vfs.truncate("/pipe", 0),
      () => vfs.open("/pipe", "r"),
      () => vfs.open("/pipe", "w"),
      () => vfs.copyFile("/pipe", "/copy"),
      () => vfs.copyFile("/src", "/pipe"),
    ])
      await expect(waitsForNobody()).rejects.toMatchObject({ code: "ENXIO" });
    await vfs.symlink("/d", "/made");
    expect(sh(`readlink ${folder}/made`).trim()).toBe(`${folder}/d`);
    await vfs.writeFile("/made/x", "through");
    expect(sh(`cat ${folder}/d/x`)).toBe("through");
    await vfs.close();
  });

  it("readdir › gives what can be read when one folder cannot", async () => {
    const { vfs } = fresh();
    await vfs.mkdir("/t/secret", { recursive: true });
    await vfs.writeFile("/t/secret/f", "x");
    await vfs.writeFile("/t/g", "x");
    await vfs.chmod("/t/secret", 0);
    expect((await vfs.readdir("/t", { recursive: true })).sort()).toEqual(["g", "secret"]);
    await expect(vfs.readdir("/t/secret")).rejects.toMatchObject({ code: "EACCES" });
    await expect(vfs.readFile("/t/secret/f")).rejects.toMatchObject({ code: "EACCES" });
    await vfs.chmod("/t/secret", 0o755);
    await vfs.close();
  });

  it("unfinished files › are in no listing, and keep no directory from being removed", async () => {
    const { vfs, folder } = fresh();
    await vfs.mkdir("/d");
    sh(`touch ${folder}/d/.vfs-tmp-left`);
    expect(await vfs.readdir("/", { recursive: true })).toEqual(["d"]);
    expect(await vfs.usage("/")).toMatchObject({ files: 1 });
    for await (const entry of vfs.find("/")) expect(entry.name).toBe("d");
    await expect(vfs.writeFile("/d/.vfs-tmp-left", "x")).rejects.toMatchObject({ code: "ENOENT" });
    await vfs.rmdir("/d");
    expect(sh(`ls -A ${folder}`)).toBe("");
    await vfs.close();
  });

  it("readdir › gives all of 1,500 entries", async () => {
    const { vfs, folder } = fresh();
    sh(`cd ${folder} && mkdir many && cd many && touch f{0001..1500}`);
    expect(new Set(await vfs.readdir("/many")).size).toBe(1500);
    let count = 0;
    for await (const { name } of vfs.find("/many", { name: "f1*" })) if (name !== "") count++;
    expect(count).toBe(501);
    await vfs.close();
  });

  it("close › leaves, kills or pauses as asked, and ends what is open", async () => {
    const mine = await newSandbox(server.url);
    const state = (id: string): string => server.sandbox(id).state;
    const left = createVfs(e2b({ sandbox: mine }));
    const file = await left.open("/open", "w");
    expect(server.sandbox(mine.sandboxId).processes.size).toBe(1);
    await file.write(new Uint8Array(3));
    await left.close();
    await expect.poll(() => server.sandbox(mine.sandboxId).processes.size).toBe(0);
    expect(state(mine.sandboxId)).toBe("running");

    const paused = createVfs(e2b({ sandbox: mine, onClose: "pause" }));
    await paused.close();
    expect(state(mine.sandboxId)).toBe("paused");

    const connected = createVfs(e2b({ ...reach(server.url), sandboxId: mine.sandboxId, onClose: "kill" }));
    expect((await connected.stat("/open")).size).toBe(3);
    await connected.close();
    expect(state(mine.sandboxId)).toBe("killed");

    server.log.clear();
    await createVfs(e2b(reach(server.url))).close();
    expect(server.log.counts()).toEqual({});
    const own = e2b({ ...reach(server.url), timeoutMs: 5_000 });
    const made = createVfs(own);
    await made.exists("/x");
    await made.close();
    expect(state((await own.sandbox).sandboxId)).toBe("killed");
    expect(server.log.counts()).toEqual({ CreateSandbox: 1, Start: 1, KillSandbox: 1 });
  });

  it("keepAliveMs › puts off the end while the sandbox is used, at a request a quarter of it", async () => {
    let now = Date.now();
    server.now = () => now;
    const sandbox = await newSandbox(server.url, { timeoutMs: 10_000 });
    await using kept = createVfs(e2b({ sandbox, rootDir: "/", keepAliveMs: 100_000 }));
    server.log.clear();
    for (let i = 0; i < 5; i++) await kept.exists("/x");
    await expect.poll(() => server.log.counts()["SetTimeout"]).toBe(1);
    now += 90_000;
    expect((await kept.stat("/tmp")).isDirectory()).toBe(true);
    now += 20_000;
    await expect(kept.stat("/tmp")).rejects.toMatchObject({ code: "ENXIO" });
    server.now = Date.now;
  });

  it("an unknown key, user or template › is told at the first call", async () => {
    await using none = createVfs(e2b({ ...reach(server.url), apiKey: "" }));
    await expect(none.readdir("/")).rejects.toMatchObject({
      code: "EACCES",
      hint: "there is no API key: give apiKey, or set E2B_API_KEY",
    });
    await using wrong = createVfs(e2b({ ...reach(server.url), apiKey: API_KEY.replace("0", "1") }));
    await expect(wrong.stat("/")).rejects.toMatchObject({ code: "EACCES" });
    await using nobody = createVfs(stores.make({ user: "nobody-at-all" }));
    await expect(nobody.stat("/")).rejects.toMatchObject({ code: "EACCES" });
  });

  it("options › that make no sense are refused at once", () => {
    const { sandbox } = stores;
    expect(() => e2b({ sandbox, sandboxId: "x" })).toThrow(/not two of them/);
    expect(() => e2b({ sandbox, template: "x" })).toThrow(TypeError);
    expect(() => e2b({ rootDir: "home" })).toThrow(/absolute/);
    expect(() => e2b({ keepAliveMs: 10 })).toThrow(/keepAliveMs/);
    expect(() => e2b({ concurrency: 0 })).toThrow(/concurrency/);
    expect(() => e2b({ retry: { attempts: 0 } })).toThrow(/attempts/);
  });
});
