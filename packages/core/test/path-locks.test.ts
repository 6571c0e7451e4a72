import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PathLocks } from "../src/path-locks.ts";
import { isWithin, type VPath } from "../src/path.ts";

const p = (path: string): VPath => path as VPath;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("PathLocks", () => {
  it("never lets two work on the same path, or on one below the other, and loses nobody", async () => {
    const path = fc.constantFrom("/a", "/a/b", "/a/b/c", "/ab", "/d", "/").map(p);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(path, { minLength: 1, maxLength: 2 }), { maxLength: 12 }),
        async (jobs) => {
          const locks = new PathLocks();
          const running = new Set<readonly VPath[]>();
          const started: number[] = [];
          const work = async (paths: readonly VPath[], index: number): Promise<number> => {
            for (const other of running)
              for (const x of other)
                for (const y of paths) expect(isWithin(x, y) || isWithin(y, x)).toBe(false);
            running.add(paths);
            started.push(index);
            await turn();
            running.delete(paths);
            if (index % 3 === 0) throw new Error("a job that fails");
            return index;
          };
          const all = jobs.map(async (paths, index) => locks.run(paths, false, () => work(paths, index)));
          const settled = await Promise.allSettled(all);
          expect(settled.map(({ status }) => status)).toEqual(
            jobs.map((_, i) => (i % 3 === 0 ? "rejected" : "fulfilled")),
          );
          const same = jobs.flatMap((paths, i) => (paths.includes(p("/a")) ? [i] : []));
          expect(started.filter((i) => same.includes(i))).toEqual(same);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("costs nothing when nobody waits", () => {
    expect(new PathLocks().run([p("/a")], true, () => "at once")).toBe("at once");
  });

  it("tells a caller that cannot wait", async () => {
    const locks = new PathLocks();
    const held = locks.run([p("/a")], false, turn);
    expect(() => locks.run([p("/a/b")], true, () => 1)).toThrow(
      expect.objectContaining({ code: "EAGAIN", retryable: true }),
    );
    expect(locks.run([p("/b")], true, () => 1)).toBe(1);
    await held;
    await turn();
    expect(locks.run([p("/a/b")], true, () => 1)).toBe(1);
  });
});
