import { expect, it } from "vitest";
import { javascript } from "../src/javascript/javascript.ts";
import { shell } from "../src/shell/shell.ts";
import { newSession, newVfs, valueOf } from "./helpers.ts";

it("checkpoint and restore › carry what JavaScript has defined, and tell what they cannot carry", async () => {
  const options = {
    vfs: newVfs(),
    engine: javascript(),
    callbacks: { add: (a: number, b: number) => a + b },
  };
  const session = await newSession(options);
  await valueOf(
    session,
    `
import os from "node:os";
const util = require("util");
let numbers = [1, , 3], same = numbers;
const table = { when: new Date(5), none: undefined, big: 2n ** 70n, odd: [NaN, -0, -Infinity], self: null };
table.self = table;
const kinds = new Map([[numbers, new Set([table])]]);
const bytes = Buffer.from("hé"), half = new Uint16Array(bytes.buffer, bytes.byteOffset & ~1, 1);
const pattern = /a(b)/gi, failed = new RangeError("far"), bare = Object.assign(Object.create(null), { a: 1 });
let deep = null; for (let i = 0; i < 3000; i++) deep = { deep };
const long = "x".repeat(1 << 20);
function square(n, by = 1) { return Math.floor(n ** 2) * by; }
function fact(n) { return n < 2 ? 1 : n * fact(n - 1); }
square.note = "kept";
const plus = (n) => square(n) + add(0, 1), alias = plus, list = { run: fact, log: console.log };
var total = add;
class Point {} const point = new Point(), points = [point];
const counter = (() => { let n = 0; return () => n++; })();
const running = (function* () { yield 1; })();
const later = Promise.resolve(1);
Object.defineProperty(globalThis, "watched", { get: () => 1, configurable: true });
const secret = Symbol("s"), frozen = Object.freeze({});
fs = { mine: true };
0`,
  );
  const checkpoint = await session.checkpoint();
  expect(checkpoint.engine).toBe("javascript");
  expect(checkpoint.bytes.length).toBeGreaterThan(1 << 20);
  expect(
    checkpoint.leftOut.map(({ name, type, reason }) => `${name}, ${type}: ${reason}`).toSorted(),
  ).toEqual([
    "Point, class: the class Point is defined in the session",
    "counter, function: a function that is not declared at the top of the code, by its name",
    "frozen, Object: an object that is frozen or sealed",
    "later, Promise: an instance of Promise",
    "point, Point: an instance of Point",
    "points, Array: an instance of Point",
    "running, Generator: an instance of Generator",
    "secret, symbol: a symbol",
    "watched, undefined: a getter",
  ]);
  // Nothing is lost by it.
  expect(await valueOf(session, "[square(2), typeof point, counter(), counter()]")).toEqual([
    4,
    "object",
    0,
    1,
  ]);

  const look = `
same.push(4);
let depth = 0; for (let at = deep; at; at = at.deep) depth++;
[numbers.length, 1 in numbers, numbers[3], table.when.getTime(), "none" in table, table.big === 2n ** 70n,
 table.odd.map((n) => Object.is(n, NaN) || 1 / n), table.self === table, kinds.get(numbers).has(table), bytes.toString(), half.buffer === bytes.buffer,
 pattern.flags, "xAB".replace(pattern, "$1"), failed instanceof RangeError && failed.message, Object.getPrototypeOf(bare), depth, long.length,
 square(3, 2), square.note, fact(5), plus(2), alias === plus, list.run === fact, list.log === console.log, total(1, 2), os.platform(), util === require("util"), fs.mine]`;
  const expected = [4, false, 4, 5, true, true, [true, null, 0], true, true, "hé", true]
    .concat(["gi", "xB", "far", null, 3000, 1 << 20] as never[])
    .concat([18, "kept", 120, 5, true, true, true, 3, "linux", true, true] as never[]);
  const inJson = `JSON.parse(JSON.stringify((() => { ${look.replace(/^\[/m, "return [")} })()))`;
  const other = await newSession(options);
  await valueOf(other, "var mine = 1");
  await other.restore(checkpoint);
  expect(await valueOf(other, inJson)).toEqual(expected);
  for (const name of ["mine", "point", "counter"])
    expect((await other.execute(name)).error?.type).toBe("ReferenceError");
  // A definition that is made anew is used by what was restored; and a checkpoint is as good as what it was made of.
  await valueOf(other, "function square(n) { return 0; } 0");
  await other.restore(await other.checkpoint());
  expect(await valueOf(other, "[plus(2), fact(4), square.note ?? 'none']")).toEqual([1, 24, "none"]);

  const { bytes, ...rest } = checkpoint;
  await expect(other.restore({ ...rest, bytes: bytes.subarray(0, 1000) })).rejects.toThrow(
    "could not be restored",
  );
  await expect(other.restore({ ...rest, bytes: new TextEncoder().encode("no") })).rejects.toThrow(
    "this is no checkpoint of this version of JavaScript",
  );
  // What failed has left nothing behind.
  expect((await other.execute("fact")).error?.type).toBe("ReferenceError");
});

it("checkpoint and restore › are refused by a shell, which loses nothing by it", async () => {
  const session = await newSession({ engine: shell() });
  await session.execute("kept=here");
  await expect(session.checkpoint()).rejects.toMatchObject({ code: "ENOTSUP" });
  const nothing = { engine: "shell", bytes: new Uint8Array(0), leftOut: [] };
  await expect(session.restore(nothing)).rejects.toMatchObject({ code: "ENOTSUP" });
  expect((await session.execute("echo $kept")).stdout).toBe("here\n");
});
