import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeepAlive } from "../src/remote/keep-alive.ts";
import { Retry, retryAfterOf } from "../src/remote/retry.ts";

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) }));
afterEach(() => void vi.useRealTimers());

describe("e2b › keepAliveMs", () => {
  it("puts off the end while an operation runs, and no more when all are done", async () => {
    const asked: number[] = [];
    const extend = (timeoutMs: number): Promise<void> => {
      asked.push(timeoutMs);
      return Promise.resolve();
    };
    const keepAlive = new KeepAlive(100_000, extend);
    const [long, short] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const all = [keepAlive.during(() => long.promise), keepAlive.during(() => short.promise)];
    expect(asked).toEqual([100_000]);
    short.resolve();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(asked.length).toBe(13);
    long.resolve();
    await Promise.all(all);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(asked.length).toBe(13);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is asked for again by the next use where it failed", async () => {
    const extend = vi.fn<() => Promise<void>>(() => Promise.reject(new Error("busy")));
    const keepAlive = new KeepAlive(100_000, extend);
    for (let use = 1; use <= 3; use++) {
      await keepAlive.during(() => Promise.resolve());
      await vi.advanceTimersByTimeAsync(0);
      expect(extend).toHaveBeenCalledTimes(use);
    }
  });
});

describe("e2b › retry", () => {
  it("waits as long as Retry-After asks for, in seconds or until a time", async () => {
    const after = (value: string): number | undefined => retryAfterOf(new Headers({ "retry-after": value }));
    expect(after("7")).toBe(7000);
    expect(after(new Date(Date.now() + 9000).toUTCString())).toBe(9000);
    expect(after(new Date(Date.now() - 9000).toUTCString())).toBe(0);
    expect([after("soon"), retryAfterOf(new Headers())]).toEqual([undefined, undefined]);
    const waits = async (attempt: number, askedMs: number | undefined): Promise<number> => {
      const from = Date.now();
      const pause = new Retry({ baseMs: 100, mostMs: 1000 }).pause(attempt, askedMs, undefined);
      await vi.advanceTimersToNextTimerAsync();
      await pause;
      return Date.now() - from;
    };
    // Longer than its own longest pause.
    expect(await waits(1, 7000)).toBe(7000);
    // Its own pauses double, less a part by chance, up to the longest.
    for (const [attempt, most] of [
      [1, 100],
      [3, 400],
      [9, 1000],
    ] as const) {
      const waited = await waits(attempt, undefined);
      expect(waited).toBeGreaterThanOrEqual(most / 2);
      expect(waited).toBeLessThanOrEqual(most + 1);
    }
  });
});
