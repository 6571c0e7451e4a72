import { fieldsOf, type JsonSchema } from "./fields.ts";

/**
 * The JSON Schema of a template, for editors. `validate` says more: it knows variables, and what paths mean.
 *
 * @see https://json-schema.org/draft/2020-12
 */
export const templateSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "A tree of files for @vfs/template",
  ...map("template"),
  $defs: {
    variable: map("variable"),
    directory: map("directory", { required: ["path"] }),
    file: map("file", {
      required: ["path"],
      allOf: [
        atMostOne("content", "base64"),
        atMostOne("content", "contentFrom"),
        atMostOne("base64", "contentFrom"),
      ],
    }),
    link: map("link", { oneOf: [{ required: ["path", "target"] }, { required: ["path", "to"] }] }),
  },
};

function map(kind: string, more: JsonSchema = {}): JsonSchema {
  const properties = Object.fromEntries(
    Object.entries(fieldsOf(kind)).map(([name, { schema }]) => [name, schema]),
  );
  return { type: "object", properties, additionalProperties: false, ...more };
}

function atMostOne(...names: readonly string[]): JsonSchema {
  return { not: { required: names } };
}
