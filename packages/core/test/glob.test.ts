import fc from "fast-check";
import { matchesGlob } from "node:path";
import { describe, expect, it } from "vitest";
import { nameMatcher, pathPatterns } from "../src/glob.ts";

describe("nameMatcher", () => {
  it("matches as find(1) does", () => {
    const cases: [string, string[], string[]][] = [
      ["*.txt", ["a.txt", ".txt", "a.b.txt", "日本.txt"], ["a.txt2", "atxt", "a.TXT"]],
      ["a?c", ["abc", "a\u{1f600}c", "a.c"], ["ac", "abbc"]],
      ["[a-c]x", ["ax", "cx"], ["dx", "x", "[a-c]x"]],
      ["[!a-c]x", ["dx", "-x"], ["ax"]],
      ["[]a]x", ["]x", "ax"], ["bx"]],
      ["[abc", ["[abc"], ["a"]],
      ["{a,b*}.ts", ["a.ts", "b.ts", "bcd.ts"], ["c.ts", "a,b.ts"]],
      ["{a}", ["{a}"], ["a"]],
      ["x{,y}", ["x", "xy"], ["xyy"]],
      ["{a,{b,c}d}", ["a", "bd", "cd"], ["b"]],
      ["\\*", ["*"], ["a", "\\*"]],
      ["a\\{b,c\\}", ["a{b,c}"], ["ab"]],
      ["", [""], ["a"]],
      ["100%_", ["100%_"], ["100ab"]],
      ["(a|b)+$", ["(a|b)+$"], ["a", "ab"]],
    ];
    for (const [pattern, yes, no] of cases) {
      const matches = nameMatcher(pattern);
      for (const name of yes) expect(matches(name), `${pattern} matches ${name}`).toBe(true);
      for (const name of no) expect(matches(name), `${pattern} does not match ${name}`).toBe(false);
    }
  });

  it("agrees with node's own for stars and question marks", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        fc.pre(name !== "" && !glob.includes("**"));
        expect(nameMatcher(glob)(name)).toBe(matchesGlob(name, glob));
      }),
      { numRuns: 3000 },
    );
  });

  it("takes no longer for a pattern that was made to be slow", () => {
    const name = "a".repeat(255);
    const matches = nameMatcher(`${"a*".repeat(120)}b`);
    const steps = performance.now();
    for (let i = 0; i < 100; i++) expect(matches(name)).toBe(false);
    expect(performance.now() - steps).toBeLessThan(5000);
  });

  it("refuses a pattern with too many alternatives", () => {
    expect(() => nameMatcher("{a,b}".repeat(20))).toThrow(expect.objectContaining({ code: "EINVAL" }));
  });
});

describe("pathPatterns", () => {
  it("splits at slashes, once for each alternative", () => {
    const kinds = pathPatterns("./src/**/{a,b*}.ts").map((pattern) => pattern.map(({ kind }) => kind));
    expect(kinds).toEqual([
      ["name", "deep", "name"],
      ["name", "deep", "match"],
    ]);
  });

  it("refuses to go up", () => {
    expect(() => pathPatterns("../*")).toThrow(expect.objectContaining({ code: "EINVAL" }));
  });
});
