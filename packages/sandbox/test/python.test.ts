import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSession, python, type Session } from "../src/index.ts";
import { valueOf } from "./helpers.ts";

const ASYNC_CODE = `
import asyncio, time
async def work(queue, n):
    await asyncio.sleep(0.02 * n)
    await queue.put(n)
    return n * n
async def numbers():
    for i in range(3):
        await asyncio.sleep(0)
        yield i
async def main():
    queue = asyncio.Queue()
    squares = await asyncio.gather(*(work(queue, n) for n in (3, 1, 2)))
    order = [await queue.get() for _ in range(3)]
    try:
        async with asyncio.timeout(0.02): await asyncio.sleep(60)
    except TimeoutError: order.append('timeout')
    async with asyncio.TaskGroup() as group: task = group.create_task(asyncio.sleep(0, 'done'))
    return [squares, order, [i async for i in numbers()], task.result()]
`;

describe("Python in a session", () => {
  let session: Session;
  beforeAll(async () => {
    const fail = (): never => {
      throw new Error("on purpose");
    };
    session = await createSession({ vfs: createVfs(memory()), engine: python(), callbacks: { fail } });
  });
  afterAll(() => session.close());

  it("asyncio.run › runs coroutines, again and again", async () => {
    const expected = [[9, 1, 4], [1, 2, 3, "timeout"], [0, 1, 2], "done"];
    expect(await valueOf(session, `${ASYNC_CODE}\nasyncio.run(main())`)).toEqual(expected);
    expect(await valueOf(session, "asyncio.run(main())")).toEqual(expected);
    expect(await valueOf(session, "with asyncio.Runner() as r: x = r.run(main())\nx")).toEqual(expected);
  });

  it("asyncio.run › is interrupted, also when nothing can ever happen", async () => {
    await valueOf(session, "import asyncio; kept = 1");
    for (const wait of ["asyncio.sleep(60)", "asyncio.Event().wait()"]) {
      const code = `async def main(): await ${wait}\nasyncio.run(main())`;
      const result = await session.execute(code, { timeoutMs: 300 });
      expect(result).toMatchObject({ restarted: false, error: { kind: "timeout" } });
    }
    expect(await valueOf(session, "kept")).toBe(1);
  });

  it("select and poll › wait as long as they are told, and can be interrupted", async () => {
    const code = `
import select, time
kept = 1
t = time.monotonic()
told = [select.select([], [], [], 0.05), select.poll().poll(50)]
[told, 0.09 < time.monotonic() - t < 5, select.select([], [], [], 0)]`;
    expect(await valueOf(session, code)).toEqual([[[[], [], []], []], true, [[], [], []]]);
    for (const wait of ["select.select([], [], [])", "select.poll().poll()", "select.poll().poll(60000)"]) {
      const result = await session.execute(wait, { timeoutMs: 300 });
      expect(result).toMatchObject({ restarted: false, error: { kind: "timeout" } });
    }
    expect(await valueOf(session, "kept")).toBe(1);
  });

  it("time.sleep › refuses what is no time", async () => {
    const { error } = await session.execute("import time; time.sleep(float('nan'))");
    expect(error).toMatchObject({ type: "ValueError" });
  });

  it("values › are told only where JSON has the same", async () => {
    const same = "[1, -2.5, 'a', None, True, {'k': [(1, 2)]}, 2**53 - 1, -(2**53 - 1)]";
    expect(await valueOf(session, same)).toEqual([
      1,
      -2.5,
      "a",
      null,
      true,
      { k: [[1, 2]] },
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ]);
    for (const other of [
      "10**400",
      "2**63",
      "{1: 'a', '1': 'b'}",
      "{None: 1}",
      "[[2**60]]",
      "float('nan')",
      "[float('inf')]",
      "{1, 2}",
    ]) {
      const { ok, value, repr } = await session.execute(other);
      expect([other, ok, value, typeof repr]).toEqual([other, true, undefined, "string"]);
    }
  });

  it("errors › are told with type and line, whatever their text does", async () => {
    const code = `
class Odd(Exception):
    def __str__(self): raise RuntimeError("no text")
raise Odd()`;
    const { error } = await session.execute(code);
    expect(error).toMatchObject({ type: "Odd", line: 4, message: "<exception str() failed>" });
  });

  it("errors › are told whole when telling them takes longer than one more interrupt", async () => {
    const code = `
import time
class Slow(KeyboardInterrupt):
    def __str__(self):
        end = time.monotonic() + 0.12
        while time.monotonic() < end: pass
        return 'after a while'
try:
    while True: pass
except KeyboardInterrupt: raise Slow`;
    const { error, restarted } = await session.execute(code, { timeoutMs: 200 });
    expect([error?.kind, error?.line, restarted]).toEqual(["timeout", 10, false]);
    expect(error?.traceback).toContain("Slow: after a while");
  });

  it("errors › show the frames of the code and of nobody else", async () => {
    const code = `
import time
def f():
    try: time.sleep(-1)
    except ValueError as error: fail()
f()`;
    const { error } = await session.execute(code);
    expect(error).toMatchObject({ type: "HostFunctionError", message: "on purpose", line: 5 });
    const files = [...(error?.traceback.matchAll(/File "([^"]+)", line (\d+)/g) ?? [])];
    expect(files.map(([, file, line]) => [file?.replace(/\d+/, "N"), line])).toEqual([
      ["<execute N>", "4"],
      ["<execute N>", "6"],
      ["<execute N>", "5"],
    ]);
    expect((await session.execute("1 +")).error?.traceback).not.toContain("ast.py");
  });
});
