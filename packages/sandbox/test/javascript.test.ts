import { describe, expect, it } from "vitest";
import type { Session, SessionOptions } from "../src/index.ts";
import { javascript } from "../src/javascript/javascript.ts";
import { newSession, valueOf } from "./helpers.ts";

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
