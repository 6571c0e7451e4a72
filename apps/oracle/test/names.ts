import fc from "fast-check";

/** Names that are met again and again, so that operations meet each other. */
const USUAL_NAMES = ["a", "b", "c", "ab"] as const;

/** 255 bytes, one of them two bytes from being cut. */
const LONGEST = [`${"é".repeat(127)}x`, "n".repeat(255)] as const;

/** What a store or a shell might take for something else. */
const ODD_NAMES = [
  "with space",
  "\u00e9", // One letter, in one code point and in two.
  "e\u0301",
  "😀",
  "new\nline",
  "back\\slash",
  "-dash",
  "%41",
  "A",
  "d",
  "...",
  ".hidden",
  "*",
  "'quoted\"",
  "tab\t",
  "con",
  ...LONGEST,
] as const;

/** Every name that a file may get. The kernel's side must know them all beforehand. */
export const ALL_NAMES: readonly string[] = [...USUAL_NAMES, ...ODD_NAMES];

const name = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...USUAL_NAMES) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_NAMES) },
);

const names = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(name) },
  { weight: 5, arbitrary: fc.tuple(name, name) },
  { weight: 1, arbitrary: fc.tuple(name, name, name) },
  { weight: 1, arbitrary: fc.tuple(name, name, name, name) },
);

const plain = names.map((parts) => `/${parts.join("/")}`);

/** The same places in other words: a path means what it means to `path.resolve`. */
const decorated = fc
  .tuple(
    names,
    fc.constantFrom("//", "/./", "/b/../", "/"),
    fc.constantFrom("", "/", "/.", "//"),
    fc.boolean(),
  )
  .map(([parts, between, behind, relative]) => `${relative ? "" : "/"}${parts.join(between)}${behind}`);

const extreme = fc.constantFrom(
  "",
  "/",
  "/..",
  `/${"n".repeat(256)}`,
  `/${"é".repeat(128)}`,
  `/a${"/b".repeat(2100)}`,
  "/a/b/c/d/a/b/c/d/a/b/c/d",
);

/** A path as a caller might give it. */
export const paths: fc.Arbitrary<string> = fc.oneof(
  { weight: 40, arbitrary: plain },
  { weight: 4, arbitrary: decorated },
  { weight: 1, arbitrary: extreme },
);

const step = fc.oneof(
  { weight: 4, arbitrary: name },
  { weight: 2, arbitrary: fc.constant("..") },
  { weight: 1, arbitrary: fc.constant(".") },
);

/** The text of a link. It ends in a name, so that one that climbs past the root still ends below it. */
export const targets: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: name },
  { weight: 4, arbitrary: plain },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.boolean(), fc.array(step, { maxLength: 3 }), name, fc.constant(""))
      .map(([absolute, steps, last, end]) => (absolute ? "/" : "") + [...steps, last].join("/") + end),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "/", ".", "n".repeat(256), "n".repeat(5000), "//a", "/a/../b"),
  },
);
