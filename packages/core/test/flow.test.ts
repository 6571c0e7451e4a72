import { describe, expect, it } from "vitest";
import { attempt, chain, isPromiseLike } from "../src/awaitable.ts";
import {
  collectAll,
  emit,
  iterate,
  iterateSync,
  Pull,
  run,
  wait,
  type Emitter,
  type Flow,
} from "../src/flow.ts";

const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)));

function* numbers(give: (n: number) => number | Promise<number>, log: string[] = []): Emitter<number> {
  try {
    for (let i = 1; i <= 3; i++) yield emit(yield* wait(give(i)));
  } finally {
    log.push("ended");
    yield* wait(give(0));
    log.push("cleaned up");
  }
}

const never = (): never => {
  throw new Error("it waited");
};

describe("chain", () => {
  it("makes no promise of plain values", () => {
    expect(chain(1, (n) => n + 1)).toBe(2);
    expect(isPromiseLike(chain(later(1), (n) => n + 1))).toBe(true);
  });

  it("hands a rejection, and nothing else, to its last argument", async () => {
    await expect(chain(Promise.reject(new Error("x")), never, () => "caught")).resolves.toBe("caught");
    await expect(
      chain(
        later(1),
        () => never(),
        () => "caught",
      ),
    ).rejects.toThrow("it waited");
  });
});

describe("attempt", () => {
  it("catches what is thrown and what rejects", async () => {
    expect(attempt<unknown>(never, () => "caught")).toBe("caught");
    await expect(
      attempt<unknown>(
        () => Promise.reject(new Error("x")),
        () => "caught",
      ),
    ).resolves.toBe("caught");
  });
});

describe("run", () => {
  it("answers at once when nothing waits, and later when something does", async () => {
    function* sum(give: (n: number) => number | Promise<number>): Flow<number> {
      let total = 0;
      for (let i = 1; i <= 3; i++) total += yield* wait(give(i));
      return total;
    }
    expect(run(sum((n) => n))).toBe(6);
    await expect(run(sum(later))).resolves.toBe(6);
  });

  it("throws a rejection into the flow, where it can be caught", async () => {
    function* careful(): Flow<string> {
      try {
        yield* wait(Promise.reject(new Error("lost")));
      } catch (error) {
        return `caught ${(error as Error).message}`;
      }
      return "nothing";
    }
    await expect(run(careful())).resolves.toBe("caught lost");
  });
});

describe("iterate", () => {
  it("gives values as they come, on both faces", async () => {
    const found: number[] = [];
    for await (const n of iterate(numbers(later))) found.push(n);
    expect(found).toEqual([1, 2, 3]);
    expect([
      ...iterateSync(
        numbers((n) => n),
        never,
      ),
    ]).toEqual([1, 2, 3]);
    expect(() => [...iterateSync(numbers(later), never)]).toThrow("it waited");
  });

  it("runs the cleanup when it is left early, and waits for it", async () => {
    const log: string[] = [];
    for await (const n of iterate(numbers(later, log))) if (n === 2) break;
    expect(log).toEqual(["ended", "cleaned up"]);
    const now: string[] = [];
    for (const n of iterateSync(
      numbers((value) => value, now),
      never,
    ))
      if (n === 1) break;
    expect(now).toEqual(["ended", "cleaned up"]);
  });

  it("passes a failure on, after the cleanup", async () => {
    const log: string[] = [];
    const failing = (n: number): Promise<number> => (n === 2 ? Promise.reject(new Error("two")) : later(n));
    const found: number[] = [];
    const all = async (): Promise<void> => {
      for await (const n of iterate(numbers(failing, log))) found.push(n);
    };
    await expect(all()).rejects.toThrow("two");
    expect([found, log]).toEqual([[1], ["ended", "cleaned up"]]);
  });
});

describe("Pull", () => {
  it("takes values inside another flow, and can end early", async () => {
    const log: string[] = [];
    function* firstTwo(): Flow<number[]> {
      const pull = new Pull(numbers(later, log));
      const taken = [yield* pull.next(), yield* pull.next()];
      yield* pull.end();
      yield* pull.end();
      return taken as number[];
    }
    await expect(run(firstTwo())).resolves.toEqual([1, 2]);
    expect(log).toEqual(["ended", "cleaned up"]);
    await expect(run(collectAll(numbers(later)))).resolves.toEqual([1, 2, 3]);
  });
});

describe("the package", () => {
  it("can be imported dynamically: no export makes the module a thenable", async () => {
    const core = await import("../src/index.ts");
    expect(typeof core.createVfs).toBe("function");
    expect("then" in core).toBe(false);
  });
});
