import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { templateSchema, validate, type Template } from "../src/index.ts";

const text = fc.constantFrom("/a", "b", "0755", "eA==", "");
const odd = fc.oneof(text, fc.constantFrom(1, -1, 8000, true, null), fc.constant([]), fc.constant({}));
const map = (names: string[]): fc.Arbitrary<object> =>
  fc.record(Object.fromEntries(names.map((name) => [name, fc.oneof({ weight: 6, arbitrary: text }, odd)])), {
    requiredKeys: [],
  });
const lists = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 8, arbitrary: fc.array(item, { maxLength: 2 }) }, odd);

const templates = fc.record(
  {
    description: fc.oneof(text, odd),
    variables: fc.oneof(
      fc.dictionary(fc.constantFrom("a", "b_1", "1x"), fc.oneof(odd, map(["default", "description"]))),
      odd,
    ),
    directories: lists(fc.oneof(text, map(["path", "mode"]), odd)),
    files: lists(
      fc.oneof(
        map(["path", "content", "base64", "contentFrom", "expand", "mode", "contentType", "meta"]),
        odd,
      ),
    ),
    links: lists(fc.oneof(map(["path", "target", "to"]), odd)),
    more: odd,
  },
  { requiredKeys: [] },
);

describe("templateSchema", () => {
  const accepts = new Ajv2020({ strict: false }).compile(templateSchema as object);

  it("says of each template what validate says", () => {
    // What the schema cannot say: base64, and where paths lead.
    const beyond =
      /base64|`\.\.`|target itself|twice|lies below|no file of this|never leave|relative to where/;
    const check = fc.property(templates, (template) => {
      const problems = validate(template as Template).filter(({ message }) => !beyond.test(message));
      return accepts(template) === (problems.length === 0);
    });
    expect(fc.check(check, { numRuns: 5000 })).toMatchObject({ failed: false });
  });
});
