import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { buffer as collected } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { delayed } from "@vfs/conformance";
import { createVfs, type Vfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { syncBridge, toVirtualProvider } from "@vfs/node";

const { promises } = fs;

/** What is tried: a Vfs with mounts, and where Node has it. */
interface Ground {
  readonly vfs: Vfs;
  /** The root, as a path of `node:fs`. */
  readonly at: string;
}

type Check = (ground: Ground) => Promise<void>;

interface MountedVfs extends Disposable {
  mount(): string;
  readonly readonly: boolean;
}

/** Tries something on a Vfs of its own: `/` and `/m` never wait, `/late` does. */
export async function tryOut(check: Check): Promise<void> {
  const { create } = await import("node:vfs");
  const vfs = createVfs(memory());
  await vfs.mount("/m", memory());
  await vfs.mount("/late", delayed(memory(), 7));
  await vfs.mount("/fixed", memory(), { readOnly: true });
  using virtual = create(await toVirtualProvider(vfs), {
    emitExperimentalWarning: false,
  }) as unknown as MountedVfs;
  await check({ vfs, at: virtual.mount() });
}

/** What must hold with the real `node:fs`, by what it is about. */
export const CHECKS: Readonly<Record<string, Check>> = {
  "readFile, writeFile › bytes of any kind, text and encodings": async ({ vfs, at }) => {
    fs.writeFileSync(`${at}/m/a`, new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
    assert.deepEqual(await vfs.readFile("/m/a"), Uint8Array.of(2, 3));
    assert.deepEqual(fs.readFileSync(`${at}/m/a`), Buffer.of(2, 3));
    fs.writeFileSync(`${at}/m/a`, new DataView(new ArrayBuffer(3)));
    assert.equal(fs.readFileSync(`${at}/m/a`, "hex"), "000000");
    fs.writeFileSync(`${at}/m/a`, "aGV5", "base64");
    assert.equal(await promises.readFile(`${at}/m/a`, "utf8"), "hey");
    await promises.writeFile(`${at}/m/a`, new Uint8Array([104, 111]), { flag: "a" });
    assert.equal(fs.readFileSync(`${at}/m/a`, { encoding: "latin1" }), "heyho");
    assert.throws(() => fs.writeFileSync(`${at}/m/a`, "", { flag: "wx" }), {
      code: "EEXIST",
      syscall: "open",
    });
  },
  "appendFile › 50 at once all arrive": async ({ at }) => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => promises.appendFile(`${at}/m/log`, `${i}\n`)));
    await Promise.all(Array.from({ length: 50 }, (_, i) => promises.appendFile(`${at}/late/log`, `${i}\n`)));
    for (const mount of ["m", "late"]) {
      const lines = (await promises.readFile(`${at}/${mount}/log`, "utf8")).trim().split("\n");
      assert.deepEqual(
        lines.map(Number).toSorted((a, b) => a - b),
        Array.from({ length: 50 }, (_, i) => i),
      );
    }
    fs.appendFileSync(`${at}/m/log`, "end");
    assert.ok(fs.readFileSync(`${at}/m/log`, "utf8").endsWith("\nend"));
  },
  "stat › Node's own class, types, times and bigints": async ({ vfs, at }) => {
    await vfs.writeFile("/m/a", "12345", { mode: 0o640 });
    await vfs.utimes("/m/a", 1, 2.5);
    const stats = fs.statSync(`${at}/m/a`);
    assert.ok(stats instanceof fs.Stats && stats.isFile() && !stats.isDirectory());
    assert.equal(stats.size, 5);
    assert.equal(stats.mode, 0o100640);
    assert.deepEqual(stats.mtime, new Date(2500));
    const wide = await promises.stat(`${at}/m/a`, { bigint: true });
    assert.equal(wide.mtimeNs, 2_500_000_000n);
    assert.ok(wide.isFile());
    assert.equal(fs.statSync(`${at}/m/nope`, { throwIfNoEntry: false }), undefined);
    assert.ok((await promises.stat(`${at}/late`)).isDirectory());
    fs.chmodSync(`${at}/m/a`, 0o600);
    fs.utimesSync(`${at}/m/a`, 3, 4);
    assert.deepEqual([fs.statSync(`${at}/m/a`).mode, fs.statSync(`${at}/m/a`).mtimeMs], [0o100600, 4000]);
    assert.equal(fs.existsSync(`${at}/m/a`), true);
    assert.equal(fs.existsSync(`${at}/m/b`), false);
    assert.throws(() => fs.accessSync(`${at}/m/b`), { code: "ENOENT" });
  },
  "errors › the codes and numbers of Node": async ({ at }) => {
    fs.mkdirSync(`${at}/m/d/e`, { recursive: true });
    fs.writeFileSync(`${at}/m/f`, "");
    const failures: [string, () => unknown, number][] = [
      ["ENOENT", () => fs.readFileSync(`${at}/m/nope`), -2],
      ["EISDIR", () => fs.readFileSync(`${at}/m/d`), -21],
      ["ENOTDIR", () => fs.readdirSync(`${at}/m/f`), -20],
      ["EEXIST", () => fs.mkdirSync(`${at}/m/d`), -17],
      ["ENOTEMPTY", () => fs.rmdirSync(`${at}/m/d`), -39],
      ["EROFS", () => fs.writeFileSync(`${at}/fixed/a`, ""), -30],
      ["EXDEV", () => fs.renameSync(`${at}/m/f`, `${at}/f`), -18],
      ["EXDEV", () => fs.renameSync(`${at}/m/f`, "/tmp/elsewhere"), -18],
      ["EINVAL", () => fs.renameSync(`${at}/m/d`, `${at}/m/d/e/d`), -22],
      ["EINVAL", () => fs.readlinkSync(`${at}/m/f`), -22],
    ];
    for (const [code, action, errno] of failures) assert.throws(action, { code, errno }, code);
    await assert.rejects(promises.readFile(`${at}/late/nope`), {
      code: "ENOENT",
      errno: -2,
      syscall: "open",
    });
    await assert.rejects(promises.mkdir(`${at}/fixed/d`), { code: "EROFS" });
  },
  "directories › made, listed with types, opened, copied and removed": async ({ vfs, at }) => {
    assert.equal(fs.mkdirSync(`${at}/m/x/y/z`, { recursive: true }), `${at}/m/x`);
    fs.writeFileSync(`${at}/m/x/y/f.txt`, "f");
    fs.symlinkSync("y/f.txt", `${at}/m/x/soft`);
    fs.linkSync(`${at}/m/x/y/f.txt`, `${at}/m/x/hard`);
    assert.deepEqual(fs.readdirSync(`${at}/m/x`).toSorted(), ["hard", "soft", "y"]);
    const entries = fs.readdirSync(`${at}/m/x`, { withFileTypes: true });
    assert.deepEqual(
      entries.map((entry) => `${entry.name} ${entry.isFile()} ${entry.isSymbolicLink()}`).toSorted(),
      ["hard true false", "soft false true", "y false false"],
    );
    assert.ok(entries.every((entry) => entry instanceof fs.Dirent && entry.parentPath === `${at}/m/x`));
    const deep = fs.readdirSync(`${at}/m`, { withFileTypes: true, recursive: true });
    const file = deep.find(({ name }) => name === "f.txt");
    assert.equal(file?.parentPath, `${at}/m/x/y`);
    assert.deepEqual((await promises.readdir(`${at}/m`, { recursive: true })).toSorted().slice(0, 3), [
      "x",
      "x/hard",
      "x/soft",
    ]);
    const later = await promises.readdir(`${at}/m`, { withFileTypes: true, recursive: true });
    assert.equal(later.find(({ name }) => name === "f.txt")?.parentPath, "/m/x/y");
    const names: string[] = [];
    for await (const { name } of await promises.opendir(`${at}/m/x`)) names.push(name);
    assert.deepEqual(names.toSorted(), ["hard", "soft", "y"]);
    assert.equal(fs.readFileSync(`${at}/m/x/soft`, "utf8"), "f");
    assert.equal(fs.readlinkSync(`${at}/m/x/soft`), "y/f.txt");
    assert.equal(fs.realpathSync(`${at}/m/x/soft`), `${at}/m/x/y/f.txt`);
    assert.ok(fs.lstatSync(`${at}/m/x/soft`).isSymbolicLink());
    assert.equal(fs.statSync(`${at}/m/x/hard`).ino, fs.statSync(`${at}/m/x/soft`).ino);
    fs.copyFileSync(`${at}/m/x/hard`, `${at}/copy`);
    assert.throws(() => fs.copyFileSync(`${at}/m/x/hard`, `${at}/copy`, fs.constants.COPYFILE_EXCL), {
      code: "EEXIST",
    });
    fs.renameSync(`${at}/m/x`, `${at}/m/w`);
    assert.equal(basename(fs.mkdtempSync(`${at}/m/tmp-`)).length, "tmp-".length + 6);
    fs.rmSync(`${at}/m/w`, { recursive: true });
    assert.deepEqual(
      (await vfs.readdir("/m")).map((name) => name.slice(0, 4)),
      ["tmp-"],
    );
  },
  "handles › have identity, positions, and both kinds of calls": async ({ at }) => {
    const fd = fs.openSync(`${at}/m/a`, "w+");
    assert.equal(fs.writeSync(fd, "hello world"), 11);
    fs.renameSync(`${at}/m/a`, `${at}/m/b`);
    fs.unlinkSync(`${at}/m/b`);
    const into = Buffer.alloc(8, "-");
    assert.equal(fs.readSync(fd, into, 1, 5, 6), 5);
    assert.equal(into.toString(), "-world--");
    fs.ftruncateSync(fd, 5);
    assert.equal(fs.fstatSync(fd).size, 5);
    assert.equal(fs.fstatSync(fd).nlink, 0);
    fs.closeSync(fd);
    assert.throws(() => fs.readSync(fd, into, 0, 1, 0), { code: "EBADF" });
    for (const mount of ["m", "late"]) {
      const file = await promises.open(`${at}/${mount}/h`, "w+");
      await file.write(new Uint8Array([97, 98, 99]));
      await file.write("def", 3);
      await file.writev([Buffer.from("g"), Buffer.from("h")]);
      await file.appendFile("i");
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(4), position: 2 });
      assert.equal(buffer.toString("latin1", 0, bytesRead), "cghi", mount);
      assert.equal((await file.stat()).size, 6);
      await file.sync();
      await file.truncate(3);
      await file.close();
      assert.equal(await promises.readFile(`${at}/${mount}/h`, "utf8"), "abc");
      const again = await promises.open(`${at}/${mount}/h`);
      assert.equal(await again.readFile("utf8"), "abc");
      await again.close();
      const piecewise = await promises.open(`${at}/${mount}/h`, "w");
      await piecewise.writeFile(["p", "i", "eces"]);
      await piecewise.close();
      assert.equal(await promises.readFile(`${at}/${mount}/h`, "utf8"), "pieces");
    }
    const missing = await promises.open(`${at}/late/nope`);
    await assert.rejects(missing.stat(), { code: "ENOENT" });
  },
  "streams › read and write, with a start and an end": async ({ at }) => {
    const data = Buffer.alloc(300_000, "abc");
    await pipeline([data.subarray(0, 100), data.subarray(100)], fs.createWriteStream(`${at}/m/s`));
    assert.deepEqual(await collected(fs.createReadStream(`${at}/m/s`)), data);
    assert.equal(
      (await collected(fs.createReadStream(`${at}/m/s`, { start: 3, end: 7 }))).toString(),
      "abcab",
    );
    await pipeline(["XY", "Z"], fs.createWriteStream(`${at}/m/s`, { flags: "r+", start: 3 }));
    assert.equal(fs.readFileSync(`${at}/m/s`, "latin1").slice(0, 9), "abcXYZabc");
  },
  "watch › tells of changes on mounts that do not wait": async ({ vfs, at }) => {
    await vfs.mkdir("/m/w");
    const controller = new AbortController();
    const events = promises.watch(`${at}/m/w`, { signal: controller.signal })[Symbol.asyncIterator]();
    const first = events.next();
    await vfs.writeFile("/m/w/new", "1");
    assert.deepEqual((await first).value, { eventType: "rename", filename: "new" });
    await events.return?.();
    const seen = new Promise<number>((resolve) => {
      fs.watchFile(`${at}/m/w/new`, { interval: 10 }, ({ size }) => resolve(size));
    });
    await vfs.writeFile("/m/w/new", "12345");
    assert.equal(await seen, 5);
    fs.unwatchFile(`${at}/m/w/new`);
  },
  "callbacks › answer, and fail": async ({ at }) => {
    const read = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        fs.readFile(path, "utf8", (error, text) => (error === null ? resolve(text) : reject(error)));
      });
    await promises.writeFile(`${at}/late/a`, "late");
    assert.equal(await read(`${at}/late/a`), "late");
    await assert.rejects(read(`${at}/late/b`), { code: "ENOENT" });
  },
  "promises › all of it works on a mount that must wait": async ({ vfs, at }) => {
    const dir = `${at}/late/d`;
    assert.equal(await promises.mkdir(`${dir}/e`, { recursive: true }), dir);
    await promises.writeFile(`${dir}/f`, "12", { mode: 0o600 });
    await promises.symlink("f", `${dir}/soft`);
    await promises.link(`${dir}/f`, `${dir}/hard`);
    await promises.copyFile(`${dir}/f`, `${dir}/copy`);
    await promises.rename(`${dir}/copy`, `${dir}/moved`);
    await promises.truncate(`${dir}/moved`, 1);
    await promises.access(`${dir}/moved`);
    assert.deepEqual((await promises.readdir(dir)).toSorted(), ["e", "f", "hard", "moved", "soft"]);
    assert.equal(await promises.realpath(`${dir}/soft`), `${dir}/f`);
    assert.equal(await promises.readlink(`${dir}/soft`), "f");
    assert.ok((await promises.lstat(`${dir}/soft`)).isSymbolicLink());
    await promises.unlink(`${dir}/soft`);
    await promises.rm(dir, { recursive: true });
    assert.deepEqual(await vfs.readdir("/late"), []);
    assert.throws(() => fs.readdirSync(`${at}/late`), { code: "ENOENT" });
    await assert.rejects(promises.chmod(`${at}/late`, 0o700), { code: "ENOTSUP" });
  },
  "require › CommonJS, JSON and packages": async ({ vfs, at }) => {
    await vfs.mkdir("/m/node_modules/pkg", { recursive: true });
    await vfs.writeFile("/m/node_modules/pkg/package.json", '{ "main": "lib.js" }');
    await vfs.writeFile("/m/node_modules/pkg/lib.js", "exports.name = 'pkg';");
    await vfs.writeFile("/m/data.json", '{ "n": 7 }');
    await vfs.writeFile(
      "/m/app.cjs",
      "module.exports = [require('pkg').name, require('./data.json').n, __filename];",
    );
    const require = createRequire(`${at}/`);
    assert.deepEqual(require(`${at}/m/app.cjs`), ["pkg", 7, `${at}/m/app.cjs`]);
    assert.throws(() => require(`${at}/m/nope.cjs`), { code: "MODULE_NOT_FOUND" });
  },
  "import › ECMAScript modules and JSON": async ({ vfs, at }) => {
    await vfs.writeFile("/m/data.json", '{ "n": 8 }');
    await vfs.writeFile("/m/part.mjs", "export const part = 'part';");
    await vfs.writeFile(
      "/m/app.mjs",
      "import { part } from './part.mjs'; import data from './data.json' with { type: 'json' }; export default [part, data.n, import.meta.url];",
    );
    const url = pathToFileURL(`${at}/m/app.mjs`).href;
    const { default: told } = (await import(url)) as { default: unknown };
    assert.deepEqual(told, ["part", 8, url]);
  },
  "syncBridge › what must wait can be required and read at once": async ({ vfs, at }) => {
    await using bridge = await syncBridge(new URL("../stores/delayed-memory.ts", import.meta.url));
    await vfs.mount("/s3", bridge.provider);
    fs.writeFileSync(`${at}/s3/lib.cjs`, "module.exports = 'from a store that waits';");
    assert.equal(createRequire(`${at}/`)(`${at}/s3/lib.cjs`), "from a store that waits");
    assert.equal(fs.statSync(`${at}/s3/lib.cjs`).isFile(), true);
    await vfs.unmount("/s3");
  },
  "create › tells of links, and of mounts that cannot be written": async ({ vfs }) => {
    const { create } = await import("node:vfs");
    const options = { emitExperimentalWarning: false };
    assert.equal(create(await toVirtualProvider(vfs), options).readonly, false);
    const fixed = createVfs(memory());
    const provider = await toVirtualProvider(fixed.view({ readOnly: true }));
    assert.equal(provider.supportsSymlinks, true);
    assert.throws(() => create(provider, options).writeFileSync("/a", ""), { code: "EROFS" });
  },
};
