import { createVfs } from "@vfs/core";
import { memory } from "@vfs/memory";
import { describe, expect, it } from "vitest";
import { apply, validate } from "../src/index.ts";
import { failure } from "./helpers.ts";

describe("validate", () => {
  it("tells the line and the column of each problem", () => {
    const text = `files:\n  - path: /a\n    contents: x\n  - content: y\nlinks:\n  - { path: /l }\nmore: 1\n`;
    expect(validate(text).map(({ line, column, at }) => [line, column, at])).toEqual([
      [7, 7, "more"],
      [3, 15, "files[0].contents"],
      [4, 5, "files[1]"],
      [6, 5, "links[0]"],
    ]);
    const [first] = validate(text.replace("contents", "content: x, b"));
    expect(first?.message).toContain("neither YAML nor JSON");
  });

  it("reads JSON, with lines too", () => {
    expect(validate('{\n "files": [\n  {"path": 7}\n ]\n}')).toMatchObject([
      { line: 3, at: "files[0].path" },
    ]);
  });

  it.each([
    ["[]", "a template is a map"],
    ["files: {}", "this is a list, not a map"],
    ["files: [{ path: /a, content: x, base64: eA== }]", "only one of `content` and `base64`"],
    ["files: [{ path: /a, base64: '***' }]", "this is not base64"],
    ["files: [{ path: /a, mode: '0999' }]", "permission bits"],
    ["files: [{ path: /a, mode: 8000 }]", "permission bits"],
    ["files: [{ path: '/${a' }]", "is no variable"],
    ["files: [{ path: '/${a b}' }]", "is no variable"],
    ["files: [{ path: '' }]", "must not be empty"],
    ["files: [{ path: / }]", "it is the target itself"],
    ['files: [{ path: "/a\\0b" }]', "no NUL"],
    ["variables: { 1a: x }", "begins with no digit"],
    ["variables: { a: [x] }", "a default is a text"],
    ["links: [{ path: /a, target: b, to: /c }]", "either `target`"],
    ["links: [{ path: /a, to: /b }]", "no file of this template"],
    ["files: [{ path: /a }, { path: /b/../a }]", "`..`"],
    ["files: [{ path: /a }, { path: //a/ }]", "in the template twice"],
    ["files: [{ path: /a }, { path: /a/b }]", "below /a, which is a file"],
    ["a: &a [x, x]\nb: [*a, *a]\n", "has no `a`"],
  ])("finds what is wrong with %s", (text, message) => {
    expect(
      validate(text)
        .map((problem) => problem.message)
        .join("\n"),
    ).toContain(message);
  });

  it("asks for values only when some are given", async () => {
    const text =
      "files: [{ path: '/${a}', content: '${b:-x}' }]\nvariables: { c: { description: what it is } }";
    expect(validate(text)).toEqual([]);
    expect(validate(text, { variables: {} })).toMatchObject([{ at: "files[0].path", line: 1 }]);
    await using vfs = createVfs(memory());
    expect((await failure(apply(vfs, text))).message).toContain("line 1, files[0].path: `a` has no value");
    await expect(apply(vfs, text, { variables: { a: {} as string } })).rejects.toThrow(TypeError);
  });

  it("refuses a text that grows without end", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    expect(validate(lines.join("\n"))).toMatchObject([
      { message: expect.stringContaining("aliases") as string },
    ]);
  });
});
