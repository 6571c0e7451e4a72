import { createVfs, isVfsError } from "@vfs/core";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { local } from "../src/index.ts";
import { freshForEach, root, vfs } from "./fresh.ts";

freshForEach();

const descriptors = (): number => fs.readdirSync("/proc/self/fd").length;

describe("local › a tree that is deeper than a process may have open files", () => {
  const DEPTH = 1900;
  const bottom = "/d".repeat(DEPTH);

  beforeEach(() => {
    let fd = fs.openSync(root, fs.constants.O_DIRECTORY);
    for (let i = 0; i < DEPTH; i++) {
      fs.mkdirSync(`/proc/self/fd/${fd}/d`);
      const below = fs.openSync(`/proc/self/fd/${fd}/d`, fs.constants.O_DIRECTORY);
      fs.closeSync(fd);
      fd = below;
    }
    fs.closeSync(fd);
  });

  it("is read and written at its bottom, copied and removed", async () => {
    const before = descriptors();
    await vfs.writeFile(`${bottom}/f`, "content");
    expect(vfs.sync.readFile(`${bottom}/f`, "utf8")).toBe("content");
    expect(await vfs.readdir(bottom)).toEqual(["f"]);
    await vfs.cp("/d", "/copy", { recursive: true });
    expect(await vfs.readFile(`/copy${"/d".repeat(DEPTH - 1)}/f`, "utf8")).toBe("content");
    await vfs.rm("/copy", { recursive: true });
    vfs.sync.rm("/d", { recursive: true });
    expect(fs.readdirSync(root)).toEqual([]);
    expect(descriptors() - before).toBeLessThan(300);
  }, 60_000);

  it("is left as it is, with nothing open, when it cannot be copied", async () => {
    await vfs.mkdir(`${bottom.slice(2)}/x`);
    execFileSync("mkfifo", ["p"], { cwd: root });
    await vfs.rename("/p", `${bottom}/p`);
    await vfs.close();
    const before = descriptors();
    const again = createVfs(local({ root }));
    const failure: unknown = await again
      .cp("/d", "/copy", { recursive: true })
      .catch((reason: unknown) => reason);
    expect(isVfsError(failure, "ENXIO")).toBe(true);
    expect(fs.readdirSync(root)).toEqual(["d"]);
    await again.rm("/d", { recursive: true });
    await again.close();
    expect(descriptors()).toBe(before);
  }, 60_000);
});

describe("local › with few descriptors", () => {
  it("several stores, deep copies and deep removals get along", () => {
    const script = fileURLToPath(new URL("children/few-descriptors.ts", import.meta.url));
    const command = 'ulimit -n 90; exec "$0" --conditions=@vfs/source "$1" "$2"';
    const answer = execFileSync("bash", ["-c", command, process.execPath, script, root], {
      encoding: "utf8",
    });
    expect(answer.trim().split("\n")).toEqual(["content", "a c wide"]);
  }, 60_000);

  it("all stores of a process together keep no more directories open than one", async () => {
    const before = descriptors();
    const stores = Array.from({ length: 4 }, () => createVfs(local({ root })));
    for (let i = 0; i < 120; i++) fs.mkdirSync(join(root, `d${i}`));
    for (const store of stores) for (let i = 0; i < 120; i++) await store.writeFile(`/d${i}/f`, "x");
    expect(descriptors() - before).toBeLessThan(300);
    for (const store of stores) await store.close();
    expect(descriptors()).toBe(before);
  });
});
