import { describe, expect, it } from "vitest";
import { newSession, newVfs, valueOf } from "./helpers.ts";

describe("checkpoint and restore", () => {
  it("carry what code has defined into another session, and tell what they cannot carry", async () => {
    const vfs = newVfs();
    const callbacks = { add: (a: number, b: number) => a + b };
    const session = await newSession({ vfs, callbacks });
    const define = `
import json as j, math, collections, datetime
numbers = list(range(5))
same = numbers
table = {'a': (1, b'2'), 'when': datetime.date(2026, 1, 2), 'count': collections.Counter('abca')}
def square(n, by=1): return math.floor(n ** 2) * by
def fact(n): return 1 if n < 2 else n * fact(n - 1)
def adder(n): return lambda x: square(x) + n + add(0, 1)
plus = adder(10)
square.note = 'kept'
big = bytes(3 << 20)
class Point: pass
point = Point()
points = [Point()]
generator = (x for x in numbers)
handle = open('/data/f', 'w')
def later():
    yield 1
running = later()
Exception_ = ValueError
total = add`;
    await valueOf(session, define);
    const checkpoint = await session.checkpoint();
    expect(checkpoint.engine).toBe("python");
    expect(checkpoint.bytes.length).toBeGreaterThan(3 << 20);
    expect(checkpoint.leftOut.map(({ name, type }) => [name, type])).toEqual([
      ["Point", "type"],
      ["point", "Point"],
      ["points", "list"],
      ["generator", "generator"],
      ["handle", "TextIOWrapper"],
      ["running", "generator"],
    ]);
    expect(checkpoint.leftOut[0]?.reason).toBe("the class Point is defined in the session");
    // Nothing is lost by it.
    expect(await valueOf(session, "[square(2), point.__class__.__name__]")).toEqual([4, "Point"]);

    const look = `
same.append(5)
[numbers, table['a'][0], str(table['when']), table['count']['a'], square(3, by=2), square.note, fact(5), plus(2), len(big), j.dumps([1]), Exception_.__name__, total(1, 2)]`;
    const expected = [
      [0, 1, 2, 3, 4, 5],
      1,
      "2026-01-02",
      2,
      18,
      "kept",
      120,
      15,
      3 << 20,
      "[1]",
      "ValueError",
      3,
    ];
    const other = await newSession({ vfs, callbacks });
    await valueOf(other, "mine = 1");
    await other.restore(checkpoint);
    expect(await valueOf(other, look)).toEqual(expected);
    expect((await other.execute("mine")).error?.type).toBe("NameError");
    expect((await other.execute("point")).error?.type).toBe("NameError");
    // A definition that is made anew is used by what was restored.
    expect(await valueOf(other, "def square(n, by=1): return 0\nplus(2)")).toBe(11);

    // The same once more: a checkpoint is as good as what it was made of.
    await other.restore(await other.checkpoint());
    expect(await valueOf(other, "[fact(5), plus(2)]")).toEqual([120, 11]);

    const { bytes, ...rest } = checkpoint;
    const broken = { ...rest, bytes: bytes.subarray(0, 1000) };
    await expect(other.restore(broken)).rejects.toThrow("could not be restored");
    await expect(other.restore({ ...rest, bytes: new TextEncoder().encode("no") })).rejects.toThrow(
      "this is no checkpoint of this version of Python",
    );
    // What failed has left nothing behind.
    expect((await other.execute("fact")).error?.type).toBe("NameError");
    await expect(other.restore({ ...checkpoint, engine: "javascript" })).rejects.toThrow(
      "the checkpoint is of javascript, and this is python",
    );
    await other.close();
    await expect(other.checkpoint()).rejects.toMatchObject({ code: "EBADF" });
  });
});
