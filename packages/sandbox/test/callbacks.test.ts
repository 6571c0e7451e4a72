import { isVfsError } from "@vfs/core";
import { describe, expect, it } from "vitest";
import { newSession, newVfs, valueOf } from "./helpers.ts";

describe("callbacks", () => {
  it("are functions for the code", async () => {
    const seen: unknown[] = [];
    const session = await newSession({
      callbacks: {
        add: (a: number, b: number) => a + b,
        later: async (value: unknown) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return { got: value };
        },
        note: (...args: unknown[]) => void seen.push(args),
        broken: () => {
          throw new Error("the host says no");
        },
      },
    });
    expect(await valueOf(session, "[add(2, 3), later([1, 'ü', None]), note('x', key=1)]")).toEqual([
      5,
      { got: [1, "ü", null] },
      null,
    ]);
    expect(seen).toEqual([["x", { key: 1 }]]);
    const { error } = await session.execute("broken()");
    expect(error).toMatchObject({
      kind: "exception",
      type: "HostFunctionError",
      message: "the host says no",
      line: 1,
    });
    expect((await session.execute("add(object())")).error).toMatchObject({ type: "TypeError" });
    expect(await valueOf(session, "[add.__name__, 'JSON' in add.__doc__]")).toEqual(["add", true]);
  });

  it("may answer and fail with anything", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const session = await newSession({
      callbacks: {
        big: () => 10n,
        round: () => circle,
        nothing: () => undefined,
        code: () => () => 1,
        when: () => new Date(0),
        text: () => {
          // oxlint-disable-next-line no-throw-literal, only-throw-error -- whatever a host does
          throw "only a text";
        },
        refuses: () => Promise.reject(undefined),
        bare: () => {
          throw Object.create(null);
        },
        jsonless: () => ({
          toJSON: () => {
            throw new Error("not told");
          },
        }),
        huge: () => "x".repeat(40 << 20),
      },
    });
    expect(await valueOf(session, "[nothing(), code(), when()]")).toEqual([
      null,
      null,
      "1970-01-01T00:00:00.000Z",
    ]);
    for (const name of ["big", "round", "text", "refuses", "bare", "jsonless", "huge"]) {
      const { error } = await session.execute(`${name}()`);
      expect([name, error?.type]).toEqual([name, "HostFunctionError"]);
    }
    expect((await session.execute("text()")).error?.message).toBe("only a text");
    expect(await valueOf(session, "1")).toBe(1);
  });

  it("work on the same files meanwhile", async () => {
    const vfs = newVfs();
    const session = await newSession({
      vfs,
      callbacks: { save: (text: string) => vfs.writeFile("/saved", text) },
    });
    expect(await valueOf(session, "save('by the host'); open('/data/saved').read()")).toBe("by the host");
  });

  it("cannot wait for their own session", async () => {
    const failed: unknown[] = [];
    const other = await newSession();
    const session = await newSession({
      callbacks: {
        again: async () => {
          await session.execute("1").catch((error: unknown) => failed.push(error));
          await session.reset().catch((error: unknown) => failed.push(error));
          return valueOf(other, "'another session is fine'");
        },
      },
    });
    expect(await valueOf(session, "again()")).toBe("another session is fine");
    expect(failed.map((error) => isVfsError(error, "EDEADLK"))).toEqual([true, true]);
  });

  it("are awaited where an event loop runs, many at once, and take and give bytes", async () => {
    let running = 0;
    let most = 0;
    const everybody = Promise.withResolvers<void>();
    const session = await newSession({
      callbacks: {
        echo: (value: unknown) => value,
        meet: async (who: number) => {
          most = Math.max(most, ++running);
          if (running === 5) everybody.resolve();
          await everybody.promise;
          return who;
        },
        never: () => new Promise(() => undefined),
        sizes: (a: Uint8Array, b: { deep: Uint8Array[] }) => [
          a.length,
          b.deep[0]?.[0],
          a instanceof Uint8Array,
        ],
        bytes: () => ({
          view: new Uint16Array([1]),
          buffer: new Uint8Array([5]).buffer,
          node: Buffer.from("n"),
        }),
        broken: () => {
          throw Object.assign(new RangeError("too far"), { code: "EFAR" });
        },
        price: {
          run: (sku: string, days: number, more: unknown) => [sku, days, more ?? null],
          signature: "(sku: str, days: int = 1, *, note: str | None = None) -> list",
          doc: "The price of an article.",
        },
      },
    });
    const together = "import asyncio\nawait asyncio.gather(*(meet(i) for i in range(5)))";
    expect(await valueOf(session, together)).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(5);
    const both = `
async def main():
    task = asyncio.create_task(asyncio.sleep(0, 'task'))
    return [await echo(1), echo.sync(2), await task, (await asyncio.gather(broken(), return_exceptions=True))[0].name]
[asyncio.run(main()), echo(3)]`;
    expect(await valueOf(session, both)).toEqual([[1, 2, "task", "RangeError"], 3]);
    const kinds = `
thing = {'~key': [b'\\x00\\xff', {'~bytes': 'no bytes'}], 'plain': ('a', None)}
told = bytes()
[echo(thing) == {**thing, 'plain': ['a', None]}, echo(bytearray(b'x')), sizes(b'abc', {'deep': [b'\\x07']}), [told['view'], told['buffer'], told['node']]]`;
    const reprOf = async (code: string): Promise<unknown> => (await session.execute(code)).repr;
    expect(await reprOf(kinds)).toBe("[True, b'x', [3, 7, True], [b'\\x01\\x00', b'\\x05', b'n']]");
    expect((await session.execute("echo(float('nan'))")).error?.type).toBe("ValueError");
    const failing = `
try: broken()
except HostFunctionError as error: told = [str(error), error.name, error.code]
told`;
    expect(await valueOf(session, failing)).toEqual(["too far", "RangeError", "EFAR"]);
    const forgotten = "await asyncio.sleep(0)\necho({'a': 1})['a']";
    expect((await session.execute(forgotten)).error?.message).toBe(
      'echo was not awaited: write "await echo(...)" where an event loop runs, or "echo.sync(...)"',
    );

    expect(await valueOf(session, "[price('a'), price(days=2, sku='b'), price('c', note='n')]")).toEqual([
      ["a", 1, { note: null }],
      ["b", 2, { note: null }],
      ["c", 1, { note: "n" }],
    ]);
    expect((await session.execute("price()")).error).toMatchObject({
      type: "TypeError",
      message: expect.stringContaining("sku") as string,
    });
    const { stdout } = await session.execute("help(price)");
    expect(stdout).toContain("price(sku: str, days: int = 1, *, note: str | None = None) -> list\n");
    expect(stdout).toContain("The price of an article.");

    // What a function never answers is waited for no longer than the code may take, and the session goes on.
    for (const code of ["never()", "await never()", "await asyncio.gather(never(), echo(1))"])
      expect(await session.execute(code, { timeoutMs: 200 })).toMatchObject({
        restarted: false,
        error: { kind: "timeout" },
      });
    const given = "try: await asyncio.wait_for(never(), 0.05)\nexcept TimeoutError: told = 'given up'\ntold";
    expect(await valueOf(session, given)).toBe("given up");
    expect(await valueOf(session, "[echo(1), await echo(2)]".replace("echo(1)", "echo.sync(1)"))).toEqual([
      1, 2,
    ]);
  });

  it("that are described wrongly are refused", async () => {
    const make = (callback: object): Promise<unknown> => newSession({ callbacks: { f: callback as never } });
    await expect(make({})).rejects.toThrow("the callback f must be a function");
    await expect(make({ run: () => 1, signature: "a, b" })).rejects.toThrow('must begin with "("');
    const failure = await make({ run: () => 1, signature: "(a, a)" }).catch((error: Error) => error.cause);
    expect(String(failure)).toContain("the signature of f is not one of Python: (a, a)");
  });
});
