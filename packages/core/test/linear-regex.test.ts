import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isVfsError } from "../src/index.ts";
import { linearRegex } from "../src/linear-regex.ts";

const RUNS = Number(process.env["VFS_REGEX_RUNS"] ?? 3000);

/** What JavaScript finds: the matches from each place on. */
function expected(source: string, flags: string, text: string, from: number): [number, number] | undefined {
  const expression = new RegExp(source, `${flags}g`);
  expression.lastIndex = from;
  const match = expression.exec(text);
  return match === null ? undefined : [match.index, match.index + match[0].length];
}

const PARTS = String.raw`a b c A _ 1 - é 😀 . \w \d \s \W [ab] [^a] [a-c1] \b \B ^ $ \. \x61 \u0061 \n [\w-] [] [^] \t (?:)`;
const part = fc.constantFrom(" ", ...PARTS.split(" "));
const letter = fc.constantFrom("a", "a", "b", "b", "c", "A", "B", "_", " ", "1", "-", ".", "é", "\n", "😀");
const quantifier = fc.constantFrom(
  "",
  "",
  "",
  "*",
  "+",
  "?",
  "*?",
  "+?",
  "??",
  "{2}",
  "{0,2}",
  "{1,}",
  "{1,2}?",
);

const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    part,
    fc
      .tuple(fc.constantFrom("(", "(?:", "(?<n>"), tie("pattern"))
      .map(([opening, inner]) => `${opening}${inner})`),
  ),
  pattern: fc
    .array(fc.tuple(tie("piece"), quantifier, fc.constantFrom("", "", "", "|")), { maxLength: 4 })
    .map((pieces) => pieces.map((piece) => piece.join("")).join("")),
}));

const CATASTROPHIC: readonly [source: string, line: string][] = [
  ["(a+)+$", `${"a".repeat(99_999)}!`],
  ["(a|aa)+$", `${"a".repeat(99_999)}!`],
  ["(.*a){25}", "b".repeat(100_000)],
  ["(.*a){25}$", `${"a".repeat(99_999)}!`],
  ["([a-zA-Z]+)*[0-9]", "a".repeat(100_000)],
  ["(a|a?)+$", `${"a".repeat(99_999)}!`],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(100_000)],
  ["([[\\]a-z]|[a-z\\d]|\\w)*!", "a".repeat(100_000)],
  ["(\\w+\\s?)+$", `${"a ".repeat(49_999)}!`],
  ["(x+x+)+y", "x".repeat(100_000)],
  ["^(.*?,){11}P", "1,".repeat(50_000)],
  ["a*a*a*a*a*a*a*a*b", "a".repeat(100_000)],
  ["(?:a?){30}a{30}", "a".repeat(29)],
  ["\\s+$", `${" ".repeat(99_999)}!`],
];

describe("linearRegex", () => {
  it("search › finds what JavaScript finds", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        pattern,
        fc.constantFrom("", "i", "m", "s", "u", "iu", "imsu"),
        fc.array(letter, { maxLength: 12 }),
        fc.nat(3),
        (source, flags, letters, from) => {
          const text = letters.join("");
          let want: [number, number] | undefined;
          try {
            want = expected(source, flags, text, from);
          } catch {
            // No pattern at all: `^*` with the flag u, or two groups of one name.
            fc.pre(false);
          }
          // With the flag u V8 finds `\B` between the halves of a pair, where nothing is, and begins in front of one.
          const splits = [from, want?.[0] ?? 0].some((at) => /[\udc00-\udfff]/.test(text.charAt(at)));
          if (flags.includes("u") && splits) return;
          try {
            expect(linearRegex(source, flags).search(text, from)).toEqual(want);
            compared++;
          } catch (error) {
            if (!isVfsError(error, "EINVAL")) throw error;
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(compared).toBeGreaterThan(RUNS / 2);
  });

  it.each(CATASTROPHIC)("search › takes steps in proportion to the line for %s", (source, line) => {
    const whole = linearRegex(source);
    whole.search(line, 0);
    expect(whole.steps).toBeLessThanOrEqual(whole.size * (line.length + 1));
    const half = linearRegex(source);
    half.search(line.slice(line.length / 2), 0);
    expect(whole.steps).toBeLessThan(half.steps * 2.1 + whole.size * 10);
  });

  it.each(["(a)\\1", "(?<n>a)\\k<n>", "a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", "(?i:a)", "(a??)?"])(
    "refuses what has no linear time: %s",
    (source) => {
      expect(() => linearRegex(source)).toThrow(/EINVAL.*linear time/);
    },
  );

  it("refuses what is too large when its repetitions are written out", () => {
    expect(() => linearRegex("((a{100}){100}){100}")).toThrow(/EINVAL.*10000 steps/);
    expect(() => linearRegex(`${"(?:".repeat(5000)}a${")".repeat(5000)}`)).toThrow(/EINVAL.*groups/);
    expect(() => linearRegex("[a&&b]", "v")).toThrow(/EINVAL.*flag v/);
    expect(() => linearRegex("(")).toThrow(SyntaxError);
  });
});
