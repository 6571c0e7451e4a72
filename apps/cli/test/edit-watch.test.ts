import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi, onTestFinished } from "vitest";
import { Ended } from "../src/ending.ts";
import { newFolder, started, typedIn } from "./helpers.ts";

let folder: string;
let vfs: ReturnType<typeof typedIn>;

beforeEach(() => {
  folder = newFolder();
  vfs = typedIn(folder);
  writeFileSync(join(folder, "a.txt"), "alpha\n");
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** An editor: a script that is given the copy as its first argument. */
function editor(script: string): string {
  const file = join(folder, `editor-${Math.random()}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe.skipIf(process.platform === "win32")("edit", () => {
  it("writes back what the editor saved, whatever store it is in, and keeps the mode", async () => {
    await vfs(["cp", "file:a.txt", "sqlite:x.db:/a.md"]);
    chmodSync(join(folder, "a.txt"), 0o640);
    const append = `${editor('printf "%s\\n" "$1" >> "$2"; echo "${2##*/}" > name')} "two words"`;
    vi.stubEnv("VISUAL", "");
    vi.stubEnv("EDITOR", append);
    for (const location of ["sqlite:x.db:/a.md", "file:a.txt"])
      expect(await vfs(["edit", location])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await vfs(["cat", "sqlite:x.db:/a.md"])).stdout).toBe("alpha\ntwo words\n");
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("alpha\ntwo words\n");
    expect((await vfs(["ls", "-l", "file:a.txt"])).stdout).toMatch(/^-rw-r-----/);
    rmSync("name", { force: true });
  });

  it("makes a file that was not there, and leaves alone what nobody changed", async () => {
    const same = await vfs(["edit", "--editor", "true", "file:a.txt"]);
    expect(same).toEqual({ code: 0, stdout: "nothing was changed\n", stderr: "" });
    await vfs(["edit", "--editor", "true", "file:none"]);
    await vfs(["edit", "--editor", editor("echo new > $1"), "file:new"]);
    expect(readdirSync(folder).filter((name) => !name.startsWith("editor"))).toEqual(["a.txt", "new"]);
    const failed = await vfs(["edit", "--editor", "false", "file:a.txt"]);
    expect([failed.code, failed.stderr]).toEqual([1, "vfs: false: ended with 1; nothing was written\n"]);
  });

  for (const [location, other] of [
    ["file:a.txt", "a.txt"],
    ["file:new", "new"],
  ] as const)
    it(`does not write over what somebody else wrote meanwhile, and loses neither: ${location}`, async () => {
      const { code, stderr } = await vfs([
        "edit",
        "--editor",
        editor(`echo mine > $1; echo theirs > ${join(folder, other)}`),
        location,
      ]);
      expect(code).toBe(1);
      const [, copy = ""] = /somebody else has changed it; what you wrote is in (\S+)\)/.exec(stderr) ?? [];
      expect(readFileSync(copy, "utf8")).toBe("mine\n");
      expect(readFileSync(join(folder, other), "utf8")).toBe("theirs\n");
      rmSync(dirname(copy), { recursive: true });
    });

  it("ends its editor on Ctrl-C, and takes its copy away", async () => {
    const { answer, ending } = started(folder, [
      "edit",
      "--editor",
      editor(`echo "$1" > ${join(folder, "began")}; echo $$ > ${join(folder, "pid")}; exec sleep 600`),
      "file:a.txt",
    ]);
    const copy = await vi.waitFor(() => readFileSync(join(folder, "began"), "utf8").trim(), {
      timeout: 20_000,
      interval: 10,
    });
    ending.abort(new Ended("SIGINT", 130));
    expect(await answer).toEqual({ code: 130, stdout: "", stderr: "" });
    expect(() => readFileSync(copy)).toThrow("ENOENT");
    expect(() => process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), 0)).toThrow("ESRCH");
  });
});

describe("watch", () => {
  it("prints what happens, in several stores, until there were enough events", async () => {
    mkdirSync(join(folder, "in"));
    await vfs(["mkdir", "sqlite:x.db:/box"]);
    const { answer, stderr } = started(folder, ["watch", "file:in", "--max-events", "1"]);
    await vi.waitFor(() => expect(stderr()).toContain("vfs: watching file:in\n"), {
      timeout: 20_000,
      interval: 5,
    });
    writeFileSync(join(folder, "in", "new"), "");
    expect(await answer).toMatchObject({ code: 0, stdout: "created    file:in/new\n" });
  });

  it("prints JSON, and goes on until Ctrl-C", async () => {
    const { answer, ending, stdout } = started(folder, [
      "watch",
      "--json",
      "--interval",
      "20",
      "--no-recursive",
      "file:a.txt",
    ]);
    const append = setInterval(() => appendFileSync(join(folder, "a.txt"), "."), 20);
    await vi.waitFor(() => expect(stdout()).toContain("\n"), { timeout: 20_000, interval: 5 });
    clearInterval(append);
    ending.abort(new Ended("SIGINT", 130));
    const { code, stdout: all, stderr } = await answer;
    expect([code, stderr]).toEqual([130, ""]);
    expect(JSON.parse(all.split("\n")[0] ?? "")).toMatchObject({ kind: "changed", path: "file:a.txt" });
  });

  it("fails for what is not there", async () => {
    expect((await vfs(["watch", "file:none", "--max-events", "1"])).stderr).toContain("none: no such file");
  });
});
