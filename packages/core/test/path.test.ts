import fc from "fast-check";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import {
  addPrefix,
  isBelow,
  isWithin,
  joinPath,
  nameOf,
  namesOf,
  normalizePath,
  parentOf,
  ROOT,
  stripPrefix,
  type VPath,
} from "../src/path.ts";

const p = (path: string): VPath => normalizePath(path, ROOT);

describe("normalizePath", () => {
  it("does what path.resolve does, for any names", () => {
    const name = fc.oneof(
      fc.constantFrom("", ".", "..", "a", ".b", "a.", "a b", "é", "%2e", "...", "C:", "a\\b"),
      fc
        .string({ unit: "binary", maxLength: 8 })
        .map((text) => text.replaceAll(/[/\0]|[^\P{Surrogate}]/gu, "x")),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 8 }), fc.boolean(), (names, absolute) => {
        const path = (absolute ? "/" : "") + names.join("/");
        fc.pre(path !== "");
        const expected = posix.resolve("/home/ada", path);
        expect(normalizePath(path, p("/home/ada"))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves what is normal as it is", () => {
    for (const path of ["/", "/a", "/a/b.c", "/é/ü", "/a/.b", "/..a/b..", `/${"x".repeat(255)}`])
      expect(p(path)).toBe(path);
  });

  it("counts bytes, not characters", () => {
    expect(p(`/${"é".repeat(127)}a`)).toHaveLength(129);
    for (const path of [
      `/${"x".repeat(256)}`,
      `/a/${"é".repeat(128)}`,
      `/${"日".repeat(86)}`,
      `${"/abcdefg".repeat(512)}h`,
    ])
      expect(() => p(path)).toThrow(expect.objectContaining({ code: "ENAMETOOLONG", errno: -36 }));
    expect(p("/abcdefg".repeat(512))).toHaveLength(4096);
  });

  it("refuses what has no UTF-8 form, nothing, and what is no text", () => {
    expect(() => p("/a\0")).toThrow(expect.objectContaining({ code: "EINVAL" }));
    expect(() => p("/\udfff")).toThrow(expect.objectContaining({ code: "EILSEQ" }));
    expect(() => p("")).toThrow(expect.objectContaining({ code: "ENOENT" }));
    for (const path of [undefined, null, 7, {}, ["/a"]]) expect(() => p(path as never)).toThrow(TypeError);
  });
});

describe("the parts of a path", () => {
  it("are found and put together again", () => {
    expect([parentOf(p("/a/b")), parentOf(p("/a")), parentOf(ROOT)]).toEqual(["/a", "/", "/"]);
    expect([nameOf(p("/a/b")), nameOf(ROOT)]).toEqual(["b", ""]);
    expect([namesOf(p("/a/b")), namesOf(ROOT)]).toEqual([["a", "b"], []]);
    expect([joinPath(ROOT, "a"), joinPath(p("/a"), "b/c")]).toEqual(["/a", "/a/b/c"]);
  });

  it("tell what lies within what", () => {
    expect([isBelow(p("/a/b"), p("/a")), isBelow(p("/ab"), p("/a")), isBelow(p("/a"), p("/a"))]).toEqual([
      true,
      false,
      false,
    ]);
    expect([
      isBelow(p("/a"), ROOT),
      isBelow(ROOT, ROOT),
      isWithin(ROOT, ROOT),
      isWithin(ROOT, p("/a")),
    ]).toEqual([true, false, true, false]);
  });

  it("can be moved from one root to another", () => {
    for (const base of [ROOT, p("/m"), p("/m/n")])
      for (const path of [ROOT, p("/a"), p("/a/b")])
        expect(stripPrefix(addPrefix(path, base), base)).toBe(path);
    expect(addPrefix(p("/a"), p("/m"))).toBe("/m/a");
    expect(stripPrefix(p("/m"), p("/m"))).toBe("/");
  });
});
