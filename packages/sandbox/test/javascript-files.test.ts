import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import type { Session, SessionOptions } from "../src/index.ts";
import { javascript } from "../src/javascript/javascript.ts";
import { newSession, newVfs, valueOf } from "./helpers.ts";

function newScript(options: Partial<SessionOptions> = {}): Promise<Session> {
  return newSession({ engine: javascript(), ...options });
}

describe("javascript › files", () => {
  it("are the host's, at once, both ways", async () => {
    const vfs = newVfs();
    await vfs.writeFile("/in.txt", "from the host");
    const [session, other] = [await newScript({ vfs }), await newScript({ vfs })];
    expect(
      await valueOf(session, "[fs.readFileSync('/data/in.txt', 'utf8'), fs.statSync('in.txt').size]"),
    ).toEqual(["from the host", 13]);
    await vfs.writeFile("/in.txt", "changed");
    expect(await valueOf(session, "[fs.readFileSync('in.txt', 'utf8'), fs.statSync('in.txt').size]")).toEqual(
      ["changed", 7],
    );
    await valueOf(
      session,
      "fs.mkdirSync('a/b', { recursive: true }); fs.writeFileSync('a/b/out', Buffer.from([0, 1, 255])); fs.appendFileSync('a/b/out', 'x')",
    );
    expect(Array.from(await vfs.readFile("/a/b/out"))).toEqual([0, 1, 255, 120]);
    expect(await valueOf(other, "fs.readFileSync('a/b/out').toString('hex')")).toBe("0001ff78");
    await vfs.rm("/a", { recursive: true });
    expect(await valueOf(session, "fs.existsSync('a/b/out')")).toBe(false);
  });

  it("do what they do in Node", async () => {
    const session = await newScript();
    const code = `
const seen = [];
const failing = (action) => { try { action(); return "did not fail" } catch (error) { return error.code } };
const fd = fs.openSync("f", "w+");
fs.writeSync(fd, "hello"); fs.writeSync(fd, "J", 0);
const part = Buffer.alloc(8, "-");
seen.push(fs.readSync(fd, part, 2, 5, 0), part.toString());
fs.unlinkSync("f");
fs.writeSync(fd, "!", 5);
seen.push(fs.fstatSync(fd).size, fs.existsSync("f"));
fs.closeSync(fd);
seen.push(failing(() => fs.closeSync(fd)), failing(() => fs.readFileSync("f")), failing(() => fs.mkdirSync(".")));
fs.writeFileSync("x", "1", { flag: "wx" });
seen.push(failing(() => fs.writeFileSync("x", "2", { flag: "wx" })), failing(() => fs.rmSync("none")), failing(() => fs.rmdirSync("x")));
fs.mkdirSync("d/e", { recursive: true });
fs.writeFileSync("d/e/g", "deep");
fs.symlinkSync("d/e", "link"); fs.symlinkSync("/data/x", "absolute");
seen.push(fs.readFileSync("link/g", "utf8"), fs.realpathSync("link/g"), fs.readlinkSync("absolute"), fs.lstatSync("link").isSymbolicLink(), fs.statSync("link").isDirectory());
fs.linkSync("x", "hard");
seen.push(fs.statSync("x").nlink, fs.statSync("hard").ino === fs.statSync("x").ino);
seen.push(fs.readdirSync(".", { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name), fs.readdirSync("d", { recursive: true }));
fs.renameSync("d/e/g", "moved"); fs.copyFileSync("moved", "copy"); fs.cpSync("d", "d2", { recursive: true });
seen.push(fs.readFileSync("copy", "utf8"), fs.readdirSync("d2"));
fs.truncateSync("copy", 2); fs.chmodSync("copy", 0o600); fs.utimesSync("copy", 1, 2);
const { size, mode, mtimeMs } = fs.statSync("copy");
seen.push(size, (mode & 0o777).toString(8), mtimeMs);
fs.rmSync("d", { recursive: true }); fs.rmSync("gone", { force: true });
seen.push(failing(() => fs.accessSync("d")), failing(() => fs.rmdirSync("d2")), failing(() => fs.openSync("a\\0b")));
seen`;
    expect(await valueOf(session, code)).toEqual([
      5,
      "--Jello-",
      6,
      false,
      "EBADF",
      "ENOENT",
      "EEXIST",
      "EEXIST",
      "ENOENT",
      "ENOTDIR",
      "deep",
      "/data/d/e/g",
      "/data/x",
      true,
      true,
      2,
      true,
      ["d"],
      ["e", "e/g"],
      "deep",
      ["e"],
      2,
      "600",
      2000,
      "ENOENT",
      "ENOTEMPTY",
      "ERR_INVALID_ARG_VALUE",
    ]);
    const { error } = await session.execute("fs.readFileSync('none/f')");
    expect(error?.message).toBe("ENOENT: no such file or directory, open 'none/f'");
    const modern = `
await fs.promises.writeFile("p", "by promise");
const called = await new Promise((done) => fs.readFile("p", "utf8", (error, text) => done([error, text])));
const missing = await fs.promises.readFile("none").catch(({ code, errno, syscall, path }) => [code, errno, syscall, path]);
[called, missing]`;
    expect(await valueOf(session, modern)).toEqual([
      [null, "by promise"],
      ["ENOENT", -2, "open", "none"],
    ]);
  });

  it("may be of several mounts, and no others are there", async () => {
    const reference = newVfs();
    await reference.writeFile("/r", "reference");
    const vfs = newVfs();
    const session = await newScript({ vfs, mounts: { "/ref": { vfs: reference, readOnly: true } } });
    expect(
      await valueOf(
        session,
        "[fs.readdirSync('/'), fs.readFileSync('/ref/r', 'utf8'), fs.realpathSync('/ref/../ref/r')]",
      ),
    ).toEqual([["data", "ref"], "reference", "/ref/r"]);
    const { error } = await session.execute("fs.writeFileSync('/ref/r', 'x')");
    expect(error?.message).toMatch(/^EROFS/);
    expect(
      await valueOf(
        session,
        "fs.copyFileSync('/ref/r', 'copy'); fs.symlinkSync('../../..', 'up'); [fs.readdirSync('up'), fs.existsSync('/etc')]",
      ),
    ).toEqual([["copy", "up"], false]);
    expect((await session.execute("fs.symlinkSync('/ref/r', '/data/over')")).error?.message).toMatch(
      /^EXDEV/,
    );
  });

  it("are read by require and import", async () => {
    const vfs = createVfs(memory());
    const files: Record<string, string> = {
      "/lib/math.js": "exports.add = (a, b) => a + b; exports.where = [__filename, __dirname];",
      "/lib/esm.mjs":
        "export default class Maker {}\nexport const url = import.meta.url; export { add } from './math.js'; import data from './data.json'; export { data };",
      "/lib/data.json": '{ "a": [1] }',
      "/lib/index.js": "module.exports = require('./math').add(1, 2)",
      "/node_modules/pkg/package.json":
        '{ "exports": { ".": { "import": "./m.mjs", "require": "./c.cjs" }, "./sub/*": "./subs/*.mjs" } }',
      "/node_modules/pkg/m.mjs": "export default 'as a module'",
      "/node_modules/pkg/c.cjs": "module.exports = 'as a script'",
      "/node_modules/pkg/subs/a.mjs": "export default 'a part'",
      "/broken.js": "\n\nthrow new Error('while it was run')",
    };
    for (const [path, text] of Object.entries(files)) {
      await vfs.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
      await vfs.writeFile(path, text);
    }
    const session = await newScript({ vfs });
    expect(
      await valueOf(
        session,
        "const { add, where } = require('./lib/math'); [add(1, 2), where, require('./lib'), require('/data/lib/data')]",
      ),
    ).toEqual([3, ["/data/lib/math.js", "/data/lib"], 3, { a: [1] }]);
    expect(
      await valueOf(
        session,
        "import Maker, { url, add as plus, data } from './lib/esm.mjs';\n[Maker.name, url, plus(2, 2), data.a]",
      ),
    ).toEqual(["Maker", "file:///data/lib/esm.mjs", 4, [1]]);
    expect(
      await valueOf(
        session,
        "[require('pkg'), (await import('pkg')).default, (await import('pkg/sub/a')).default]",
      ),
    ).toEqual(["as a script", "as a module", "a part"]);
    expect(
      await valueOf(
        session,
        "import { readFileSync as read } from 'node:fs'; read === require('fs').readFileSync",
      ),
    ).toBe(true);
    for (const code of ["require('./broken')", "await import('./broken.js')"])
      expect((await session.execute(code)).error?.traceback).toMatch(
        /while it was run\n.*\/data\/broken\.js:3/,
      );
    expect((await session.execute("require('./none')")).error?.message).toBe("Cannot find module './none'");
    expect((await session.execute("await import('node:http')")).error?.message).toMatch(
      /^Cannot find module 'node:http': a session has files/,
    );
    expect((await session.execute("require('./lib/esm.mjs')")).error?.message).toMatch(
      /is a module: await import\(\) runs it/,
    );
  });
});

describe("javascript › globals", () => {
  it("are those that are told of, and work", async () => {
    const session = await newScript();
    expect(
      await valueOf(
        session,
        "['fetch', 'URL', 'WebAssembly', 'Atomics', 'Worker', '__host', '__session'].filter((name) => name in globalThis)",
      ),
    ).toEqual([]);
    const code = `
const assert = require("assert"); const { inspect, promisify } = require("util"); const EventEmitter = require("events");
assert.deepStrictEqual({ a: [1, new Map([[1, 2]])] }, { a: [1, new Map([[1, 2]])] });
assert.throws(() => assert.strictEqual(1, 2), { code: "ERR_ASSERTION" });
const heard = []; const emitter = new EventEmitter();
emitter.once("a", (value) => heard.push(value)); emitter.emit("a", 1); emitter.emit("a", 2);
const path = require("path");
[
  Buffer.from("héllo").toString("base64"), Buffer.from("aGk=", "base64").toString(), Buffer.concat([Buffer.from("a"), Buffer.from([98])]).toString(),
  Buffer.from("abcdef").subarray(2, 4).toString("hex"), Buffer.alloc(4, "ab").toString(), Buffer.from([1, 2, 3, 4]).readUInt16BE(1), Buffer.byteLength("é"),
  new TextDecoder().decode(new TextEncoder().encode("日本")), atob(btoa("x")), crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(4)).length,
  path.join("a", "..", "b"), path.resolve("/x", "../y"), path.relative("/a/b", "/a/c/d"), path.extname("a.tar.gz"), path.basename("/a/b.txt", ".txt"), path.dirname("/a/b"),
  heard, typeof performance.now(), await promisify((x, done) => done(null, x * 2))(21), inspect({ a: 1 }, { depth: 0 }),
]`;
    expect(await valueOf(session, code)).toEqual([
      "aMOpbGxv",
      "hi",
      "ab",
      "6364",
      "abab",
      515,
      2,
      "日本",
      "x",
      36,
      4,
      "b",
      "/y",
      "../c/d",
      ".gz",
      "b",
      "/a",
      [1],
      "number",
      42,
      "{ a: 1 }",
    ]);
  });
});
