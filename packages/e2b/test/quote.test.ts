import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoted } from "../src/quote.ts";

/** What bash makes of words: each as it is, ended by a NUL. */
function throughBash(words: readonly string[], env: Record<string, string> = {}): string[] {
  const command = `printf '%s\\0' ${words.map(quoted).join(" ")}`;
  const { PATH = "" } = process.env;
  // One that is spoken to by a socket takes itself for a session of ssh, and reads what such a session begins with.
  const output = execFileSync("/bin/bash", ["-c", command], {
    env: { PATH, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  return output.split("\0").slice(0, -1);
}

const NASTY = [
  "",
  "'",
  "''",
  "'\\''",
  '"',
  "\\",
  "\\'",
  "$HOME $(id) `id` ${PATH}",
  "a\nb\r\n",
  "\n",
  "-rf",
  "--",
  "!history !!",
  "* ? [a-z] {a,b} ~ ~root",
  "; rm -rf / #",
  "&& || | > < & ( )",
  "\u0001\u007f\u001b[0m",
  "é€😀\ufeff",
  "x".repeat(255),
  "'".repeat(255),
];

describe("quoted", () => {
  it("gives bash each word as it is", () => {
    expect(throughBash(NASTY)).toEqual(NASTY);
    expect(throughBash(NASTY, { LC_ALL: "C" })).toEqual(NASTY);
  });

  it("gives bash any text as it is", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc
        .array(fc.constantFrom(...Array.from(`'"\\$\`!*?[]{}()<>|&;#~= \n\t-a`)), { maxLength: 40 })
        .map((all) => all.join("")),
    );
    // What is no text on its way through a pipe: half of a pair, and the end of a word.
    const word = text.map((given) => given.toWellFormed().replaceAll("\0", ""));
    fc.assert(
      fc.property(fc.array(word, { minLength: 100, maxLength: 200 }), (words) => {
        expect(throughBash(words)).toEqual(words);
      }),
      { numRuns: 8 },
    );
  });

  it("refuses a NUL", () => {
    expect(() => quoted("a\0b")).toThrow(TypeError);
  });
});
