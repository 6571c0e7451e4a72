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
});
