import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import type { Session, SessionOptions } from "../src/index.ts";
import { javascript } from "../src/javascript/javascript.ts";
import { newSession, newVfs, valueOf } from "./helpers.ts";

function newScript(options: Partial<SessionOptions> = {}): Promise<Session> {
  return newSession({ engine: javascript(), ...options });
}

describe("javascript › execute", () => {
  it("gives back the last value, as JSON has it and as it is shown", async () => {
    const session = await newScript();
    const cases: [code: string, value: unknown, repr: string | undefined][] = [
      ["1 + 1", 2, "2"],
      ["'text'", "text", "'text'"],
      [
        "({ a: [1, 'b', null], c: { d: true } })",
        { a: [1, "b", null], c: { d: true } },
        "{ a: [ 1, 'b', null ], c: { d: true } }",
      ],
      ["undefined", undefined, undefined],
      ["let x = 1", undefined, undefined],
      ["NaN", undefined, "NaN"],
      ["10n ** 20n", undefined, "100000000000000000000n"],
      ["new Map([[1, { a: 2 }]])", undefined, "Map(1) { 1 => { a: 2 } }"],
      ["const ring = {}; ring.self = ring; ring", undefined, "{ self: [Circular *1] }"],
      ["(class A { b = 1 })", undefined, "[class A]"],
      ["Buffer.from('hi')", undefined, "<Buffer 68 69>"],
      ["Promise.resolve([1])", [1], "[ 1 ]"],
      ["await new Promise((done) => setTimeout(done, 5, 'later'))", "later", "'later'"],
      ["", undefined, undefined],
      ["if (true) { 5 }", 5, "5"],
    ];
    for (const [code, value, repr] of cases) {
      const { ok, value: got, repr: shown, error } = await session.execute(code);
      expect({ code, ok, got, shown, error }).toEqual({
        code,
        ok: true,
        got: value,
        shown: repr,
        error: undefined,
      });
    }
  });

  it("keeps names from call to call, lets them be declared anew, and forgets them at a reset", async () => {
    const session = await newScript();
    await valueOf(
      session,
      "const kept = 1; let other = 2, bare = 3; class Shape { sides = 4 } function twice(n) { return 2 * n }",
    );
    expect(await valueOf(session, "[kept, other, new Shape().sides, twice(4)]")).toEqual([1, 2, 4, 8]);
    await valueOf(
      session,
      "const kept = 'again', { length } = 'four'; let bare; class Shape { sides = 3 }\nimport { join } from 'node:path'",
    );
    expect(
      await valueOf(session, "[kept, length, bare === undefined, new Shape().sides, join('a', 'b')]"),
    ).toEqual(["again", 4, true, 3, "a/b"]);
    await session.reset();
    expect(await valueOf(session, "typeof kept + typeof Shape")).toBe("undefinedundefined");
  });

  it("gives back exactly what was printed, in order, as it is printed", async () => {
    const session = await newScript();
    const heard: string[] = [];
    const code = `
console.log("a\\0b", { deep: [1, { two: 2 }] }, [undefined, null]);
process.stdout.write("no newline");
process.stderr.write("err ");
console.error("%s is %d", "it", 42, new Set([1]));
fs.writeSync(1, Buffer.from([0xff, 0x0a]));
await null;
console.log("日本", "it's", ["it's"]);`;
    const result = await session.execute(code, { onStdout: (text) => heard.push(text) });
    expect(result.stdout).toBe(
      "a\0b { deep: [ 1, { two: 2 } ] } [ undefined, null ]\nno newline\ufffd\n日本 it's [ \"it's\" ]\n",
    );
    expect(result.stderr).toBe("err it is 42 Set(1) { 1 }\n");
    expect(heard.join("")).toBe(result.stdout);
    expect(heard.length).toBeGreaterThan(2);
  });

  it("tells of an exception with its line and stack, and goes on", async () => {
    const session = await newScript();
    const thrown = await session.execute("let a = 1\nfunction f() {\n  return a.b.c\n}\nf()");
    expect(thrown).toMatchObject({
      ok: false,
      exitCode: 1,
      value: undefined,
      error: { kind: "exception", type: "TypeError", line: 3 },
    });
    expect(thrown.error?.traceback).toMatch(
      /^TypeError: .*\n +at f \(<execute 1>:3:\d+\)\n +at <eval> \(<execute 1>:5/,
    );
    const syntax = await session.execute("let ok = 1\nlet = = 2");
    expect(syntax.error).toMatchObject({ type: "SyntaxError", line: 2 });
    const caused = await session.execute("throw new RangeError('outer', { cause: new Error('inner') })");
    expect(caused.error).toMatchObject({
      type: "RangeError",
      message: "outer",
      traceback: expect.stringContaining("[cause]: Error: inner") as string,
    });
    expect((await session.execute("throw { code: 5 }")).error?.message).toBe("{ code: 5 }");
    expect((await session.execute("await new Promise(() => {})")).error?.message).toMatch(
      /nothing is left to settle/,
    );
    expect(
      (await session.execute("setTimeout(() => { throw new Error('from a timer') })")).error?.message,
    ).toBe("from a timer");
    expect(await valueOf(session, "a")).toBe(1);
  });

  it("runs timers and promises to their end, in Node's order", async () => {
    const session = await newScript();
    const code = `
const order = [];
setTimeout(() => order.push("timeout"), 2);
const every = setInterval(() => { order.push("interval"); if (order.length > 6) clearInterval(every); }, 5);
Promise.resolve().then(() => order.push("promise"));
queueMicrotask(() => order.push("microtask"));
process.nextTick(() => order.push("tick"));
clearTimeout(setTimeout(() => order.push("never"), 1));
order.push("sync"); undefined`;
    await valueOf(session, code);
    expect(await valueOf(session, "order")).toEqual([
      "sync",
      "promise",
      "microtask",
      "tick",
      "timeout",
      "interval",
      "interval",
    ]);
  });

  it("ends with the exit code that it is given", async () => {
    const session = await newScript();
    expect(await session.execute("try { process.exit(3) } finally { console.log('no') }")).toMatchObject({
      ok: true,
      exitCode: 3,
      stdout: "",
    });
    expect(await session.execute("process.exitCode = 4; 'done'")).toMatchObject({
      ok: true,
      exitCode: 4,
      value: "done",
    });
    expect(await session.execute("1")).toMatchObject({ ok: true, exitCode: 0 });
  });

  it("is given arguments, an environment and an input", async () => {
    const session = await newScript();
    const { value } = await session.execute(
      "[process.argv, process.env.WHO, fs.readFileSync(0, 'utf8'), fs.readFileSync('/dev/stdin', 'utf8')]",
      { argv: ["job.js", "--fast"], env: { WHO: "Ada" }, stdin: "line\n" },
    );
    expect(value).toEqual([["node", "job.js", "--fast"], "Ada", "line\n", ""]);
    expect(
      await valueOf(
        session,
        "[process.argv.length, process.env.WHO === undefined, fs.readFileSync(0).length]",
      ),
    ).toEqual([1, true, 0]);
  });

  it("calls functions of the host, awaited or not", async () => {
    const session = await newScript({
      callbacks: {
        price: async (sku: string, { days = 1 }: { days?: number } = {}) => ({ sku, days }),
        fail: () => {
          throw new Error("the host says no");
        },
      },
    });
    expect(
      await valueOf(session, "[price('tea').sku, (await price('cake', { days: 2 })).days, price.name]"),
    ).toEqual(["tea", 2, "price"]);
    expect(
      await valueOf(
        session,
        "Promise.all(['a', 'b'].map((sku) => price(sku))).then((all) => all.map(({ sku }) => sku))",
      ),
    ).toEqual(["a", "b"]);
    expect((await session.execute("fail()")).error).toMatchObject({
      type: "HostFunctionError",
      message: "the host says no",
    });
    expect(await valueOf(session, "try { fail() } catch (error) { error.message }")).toBe("the host says no");
  });
});

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
      ...[5, "--Jello-", 6, false, "EBADF", "ENOENT", "EEXIST", "EEXIST", "ENOENT", "ENOTDIR"],
      ...[
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
      ],
      ...["ENOENT", "ENOTEMPTY", "ERR_INVALID_ARG_VALUE"],
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
      ...["aMOpbGxv", "hi", "ab", "6364", "abab", 515, 2, "日本", "x", 36, 4],
      ...["b", "/y", "../c/d", ".gz", "b", "/a", [1], "number", 42, "{ a: 1 }"],
    ]);
  });
});
