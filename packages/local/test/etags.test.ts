import { describe, expect, it } from "vitest";
import { Etags } from "../src/unfinished/etags.ts";

describe("local › etags where the clock is coarse", () => {
  it("give each of many versions in one tick a time of its own", () => {
    const etags = new Etags();
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const stats = { ino: 7 + (i % 2), mtimeMs: 1_700_000_000_004 };
      seen.add(`${stats.ino} ${etags.timeFor(stats) ?? stats.mtimeMs}`);
    }
    expect(seen.size).toBe(100);
  });

  it("leave a time alone that no file of this number has", () => {
    const etags = new Etags();
    const file = { ino: 7, mtimeMs: 1_700_000_000_004 };
    expect(etags.timeFor(file)).toBe(undefined);
    expect(etags.timeFor({ ...file, ino: 8 })).toBe(undefined);
    expect(etags.timeFor({ ...file, mtimeMs: file.mtimeMs + 4 })).toBe(undefined);
    expect(etags.timeFor({ ...file, mtimeMs: file.mtimeMs + 4 })).toBeCloseTo(file.mtimeMs + 4.001, 3);
    // The clock was set back: that is no tick.
    expect(etags.timeFor({ ...file, mtimeMs: file.mtimeMs - 3_600_000 })).toBe(undefined);
  });

  it("remember the files of the last while, and not all that ever were", () => {
    const etags = new Etags();
    const file = { ino: 7, mtimeMs: 1_700_000_000_004 };
    const others = (count: number): void => {
      for (let i = 0; i < count; i++) etags.timeFor({ ...file, ino: 100 + i });
    };
    etags.timeFor(file);
    others(4000);
    expect(etags.timeFor(file)).toBeCloseTo(file.mtimeMs + 0.001, 3);
    others(20_000);
    expect(etags.timeFor(file)).toBe(undefined);
  });
});
