import { createVfs, nameMatcher, type Layer, type Vfs } from "@vfs/core";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { globsOf } from "../src/globs.ts";
import { sqlite } from "../src/index.ts";

const DIRECTORIES = 20;
const FILES = 1000;

interface Counted {
  readonly found: number;
  /** Statements that gave rows. */
  readonly statements: number;
  readonly rows: number;
}

/** Counts what crosses from SQLite into JavaScript. */
async function counted(found: AsyncIterable<unknown>): Promise<Counted> {
  const database = new Database(":memory:");
  const prototype = Object.getPrototypeOf(database.prepare("SELECT 1")) as Record<string, unknown>;
  database.close();
  let statements = 0;
  let rows = 0;
  const { all, get } = prototype as Record<string, (...args: unknown[]) => unknown>;
  prototype["all"] = function (this: unknown, ...args: unknown[]) {
    const result = all?.apply(this, args) as unknown[];
    statements++;
    rows += result.length;
    return result;
  };
  prototype["get"] = function (this: unknown, ...args: unknown[]) {
    statements++;
    rows++;
    return get?.apply(this, args);
  };
  try {
    let number = 0;
    for await (const _ of found) number++;
    return { found: number, statements, rows };
  } finally {
    prototype["all"] = all;
    prototype["get"] = get;
  }
}

/** One file in a hundred has another ending and a text in it. */
async function filled(): Promise<{ readonly vfs: Vfs; readonly apart: Vfs }> {
  const provider = sqlite({ file: ":memory:" });
  const vfs = createVfs(provider);
  onTestFinished(() => vfs.close());
  for (let i = 0; i < DIRECTORIES; i++) await vfs.mkdir(`/${i}`);
  const write = (i: number): Promise<void> =>
    vfs.writeFile(
      `/${i % DIRECTORIES}/f${i}.${i % 100 === 0 ? "ts" : "txt"}`,
      i % 100 === 0 ? "needle" : "hay",
    );
  await Promise.all(Array.from({ length: FILES }, (_, i) => write(i)));
  const layer: Layer = {
    name: "apart",
    slot: "policy",
    decidesBelow: () => true,
    handle: (call, next) => next(call),
  };
  return { vfs, apart: createVfs(provider, { layers: [layer], keepOpen: true }) };
}

describe("sqlite › search", () => {
  it("find › gives JavaScript no row of what does not fit", async () => {
    const { vfs, apart } = await filled();
    const whole = await counted(vfs.find("/", { name: "*.ts" }));
    expect(whole.found).toBe(FILES / 100);
    // The directories, the files, and what it takes to begin.
    expect(whole.rows).toBeLessThan(DIRECTORIES + FILES / 100 + 10);
    expect(whole.statements).toBeLessThan(DIRECTORIES + 10);
    const sized = await counted(vfs.find("/", { minBytes: 4, type: "file" }));
    expect(sized.found).toBe(FILES / 100);
    expect(sized.rows).toBeLessThan(DIRECTORIES + FILES / 100 + 10);
    const parts = await counted(apart.find("/", { minBytes: 4, type: "file" }));
    expect(parts.found).toBe(FILES / 100);
    expect(parts.rows).toBeGreaterThan(FILES);
  });

  it("glob › of ** and one name searches as find does", async () => {
    const { vfs } = await filled();
    const { found, rows } = await counted(vfs.glob("**/*.ts"));
    expect(found).toBe(FILES / 100);
    expect(rows).toBeLessThan(DIRECTORIES + FILES / 100 + 10);
  });

  it("grep › reads many files by one statement, and those only that have the text", async () => {
    const { vfs, apart } = await filled();
    const text = await counted(vfs.grep("/", "needle"));
    expect(text.found).toBe(FILES / 100);
    expect(text.rows).toBeLessThan(DIRECTORIES + FILES / 100 + 10);
    expect(text.statements).toBeLessThan(DIRECTORIES + 10);
    const expression = await counted(vfs.grep("/", /[n]eedle/));
    expect(expression.found).toBe(FILES / 100);
    expect(expression.statements).toBeLessThan(2 * DIRECTORIES + 10);
    const parts = await counted(apart.grep("/", "needle"));
    expect(parts.found).toBe(FILES / 100);
    expect(parts.statements).toBeGreaterThan(FILES);
  });

  it("find › lets SQLite leave out nothing that fits, whatever the pattern", () => {
    const database = new Database(":memory:");
    const matches = database.prepare<[string, string], number>("SELECT ? GLOB ?").pluck();
    const letters = ["a", "b", "*", "?", "[", "]", "\\", "-", "!", "^", "{", "}", ",", "😀"];
    let state = 1;
    const any = (length: number): string =>
      Array.from({ length }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return letters[(state >>> 8) % letters.length];
      }).join("");
    let fitting = 0;
    for (let i = 0; i < 20_000; i++) {
      const pattern = any(1 + (i % 9));
      const fits = nameMatcher(pattern);
      const globs = globsOf([pattern]);
      for (const name of [any(1), any(3), pattern]) {
        if (!fits(name)) continue;
        fitting++;
        const found = globs.length === 0 || globs.some((glob) => matches.get(name, glob) === 1);
        expect(found, `${name} by ${pattern}`).toBe(true);
      }
    }
    expect(fitting).toBeGreaterThan(5000);
    database.close();
  });

  it("find › gives SQLite no pattern that keeps it busy", () => {
    for (const glob of globsOf([`${"*a".repeat(100)}b`, "{*a,?*b*c*d}"]))
      expect(glob.split("*").length - 1).toBeLessThanOrEqual(2);
    expect(globsOf(["{a,b,c,d,e}{f,g}"])).toEqual([]);
  });
});
