import { casesFor, runCase } from "@vfs/conformance";
import { createVfs, type Provider } from "@vfs/core";
import { encrypt, overlay } from "@vfs/layers";
import { local } from "@vfs/local";
import { memory } from "@vfs/memory";
import { sqlite } from "@vfs/sqlite";
import fs from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { makeTemporary } from "./kernel.ts";

const roots: string[] = [];

function temporary(): string {
  const root = makeTemporary();
  fs.chmodSync(root, 0o755);
  roots.push(root);
  return root;
}

afterAll(() => {
  for (const root of roots) fs.rmSync(root, { recursive: true, force: true });
});

/** A base on disk. */
function base(): string {
  const root = temporary();
  fs.mkdirSync(`${root}/d/e`, { recursive: true });
  fs.writeFileSync(`${root}/d/f`, "base");
  fs.writeFileSync(`${root}/d/e/deep`, "deep");
  fs.linkSync(`${root}/d/f`, `${root}/other`);
  fs.symlinkSync("d/f", `${root}/link`);
  return root;
}

/** Everything on disk: names, kinds, contents, modes and times. */
function onDisk(root: string): unknown[] {
  return (fs.readdirSync(root, { recursive: true }) as string[]).sort().map((name) => {
    const stat = fs.lstatSync(`${root}/${name}`);
    const held = stat.isFile() ? fs.readFileSync(`${root}/${name}`, "utf8") : "";
    return [name, stat.ino, stat.mode, stat.nlink, stat.mtimeMs, stat.ctimeMs, held];
  });
}

const PAIRS: Readonly<Record<string, () => Provider>> = {
  "memory over local": () => overlay(local({ root: temporary() }), memory()),
  "local over memory": () => overlay(memory(), local({ root: temporary() })),
  "sqlite over local": () => overlay(local({ root: temporary() }), sqlite({ file: ":memory:" })),
  "an overlay over an overlay": () => overlay(overlay(memory(), memory()), memory()),
};

for (const [pair, make] of Object.entries(PAIRS))
  describe(`overlay › ${pair}`, () => {
    const first = make();
    const { caps } = first;
    void first.close?.();
    for (const one of casesFor(caps))
      it(`kit: ${one.name}`, async () => {
        await expect(runCase(one, { make, caps })).resolves.toBeUndefined();
      });
  });

describe("encrypt › of a directory", () => {
  it("goes on where it was, with the same passphrase", async () => {
    const root = temporary();
    const layers = (): ReturnType<typeof encrypt>[] => [
      encrypt({ passphrase: "correct horse", iterations: 1000, names: true }),
    ];
    for (const round of [0, 1]) {
      await using vfs = createVfs(memory());
      await vfs.mount("/e", local({ root }), { layers: layers() });
      if (round === 0) await vfs.mkdir("/e/secret");
      await vfs.appendFile("/e/secret/f", `secret ${round} `);
      await vfs.copyFile("/e/secret/f", `/e/copy ${round}`);
      await vfs.rename(`/e/copy ${round}`, `/e/secret/moved ${round}`);
      expect(await vfs.readFile(`/e/secret/moved ${round}`, "utf8")).toContain(`secret ${round}`);
    }
    expect(JSON.stringify(onDisk(root))).not.toContain("secret");
  });
});

describe("overlay › on disk", () => {
  it("changes nothing of a directory that is its lower, and goes on after it was closed", async () => {
    const root = base();
    const before = onDisk(root);
    const upper = temporary();
    const file = `${temporary()}/upper.db`;
    for (const open of [() => local({ root: upper }), () => sqlite({ file })]) {
      {
        await using vfs = createVfs(overlay(local({ root }), open()));
        await vfs.appendFile("/d/f", " and more");
        await vfs.rename("/d", "/moved");
        await vfs.unlink("/link");
        await vfs.chmod("/moved/e", 0o700);
        await vfs.writeStream("/moved/new", ["streamed"]);
      }
      await using vfs = createVfs(overlay(local({ root }), open()));
      expect((await vfs.readdir("/", { recursive: true })).sort()).toEqual([
        "moved",
        "moved/e",
        "moved/e/deep",
        "moved/f",
        "moved/new",
        "other",
      ]);
      expect(await vfs.readFile("/other", "utf8")).toBe("base and more");
      expect((await vfs.stat("/moved/f")).ino).toBe((await vfs.stat("/other")).ino);
      expect((await vfs.stat("/moved/e")).mode & 0o777).toBe(0o700);
    }
    expect(onDisk(root)).toEqual(before);
  });

  it("commit › makes the directory what the overlay was", async () => {
    const root = base();
    const over = overlay(local({ root }), memory());
    await using vfs = createVfs(over);
    await vfs.appendFile("/d/f", " and more");
    await vfs.rename("/d/e", "/e");
    await vfs.symlink("e", "/d/l");
    await vfs.chmod("/e/deep", 0o600);
    await over.commit();
    expect(fs.readFileSync(`${root}/other`, "utf8")).toBe("base and more");
    expect(fs.statSync(`${root}/d/f`).ino).toBe(fs.statSync(`${root}/other`).ino);
    expect(fs.readFileSync(`${root}/e/deep`, "utf8")).toBe("deep");
    expect(fs.statSync(`${root}/e/deep`).mode & 0o777).toBe(0o600);
    expect(fs.readlinkSync(`${root}/d/l`)).toBe("e");
    expect(fs.existsSync(`${root}/d/e`)).toBe(false);
    expect(await vfs.readFile("/d/f", "utf8")).toBe("base and more");
    for await (const change of over.diff()) expect(change).toBeUndefined();
  });
});
