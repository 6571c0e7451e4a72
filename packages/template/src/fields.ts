/** A part of a JSON Schema. */
export type JsonSchema = { readonly [key: string]: unknown };

/** One field of a map in a template: how it is checked, and how an editor is told of it. */
export interface Field {
  readonly is: (value: unknown) => boolean;
  /** What it must be, for a message: `a text`. */
  readonly words: string;
  readonly schema: JsonSchema;
}

type Kind = "template" | "variable" | "directory" | "file" | "link";

const isText = (value: unknown): boolean => typeof value === "string";
const isList = (value: unknown): boolean => Array.isArray(value);
const isMap = (value: unknown): boolean => typeof value === "object" && value !== null && !isList(value);

const NAME_PATTERN = "^[A-Za-z_][A-Za-z0-9_]*$";
const SCALAR = ["string", "number", "boolean"];

const text = (description: string): Field => ({
  is: isText,
  words: "a text",
  schema: { type: "string", description },
});

const path = (description: string): Field => ({
  is: isText,
  words: "a text",
  schema: { type: "string", minLength: 1, description },
});

const mode: Field = {
  is: (value) =>
    (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0o7777) ||
    (typeof value === "string" && /^(?:0o?)?[0-7]{1,4}$/.test(value)),
  words: 'permission bits: octal digits as a text ("0755"), or a number from 0 to 0o7777',
  schema: {
    description: 'Permission bits: octal digits as a text ("0755"), or a number.',
    anyOf: [
      { type: "string", pattern: "^(0o?)?[0-7]{1,4}$" },
      { type: "integer", minimum: 0, maximum: 0o7777 },
    ],
  },
};

const flag = (description: string): Field => ({
  is: (value) => typeof value === "boolean",
  words: "true or false",
  schema: { type: "boolean", description },
});

const list = (items: JsonSchema, description: string): Field => ({
  is: isList,
  words: "a list",
  schema: { type: "array", items, description },
});

const FIELDS: { readonly [K in Kind]: Readonly<Record<string, Field>> } = {
  template: {
    $schema: text("Where this schema is, for editors."),
    description: text("What the template is for."),
    variables: {
      is: isMap,
      words: "a map from names to defaults",
      schema: {
        type: "object",
        description: "Names with their defaults; `null` where a value must be given.",
        propertyNames: { pattern: NAME_PATTERN },
        additionalProperties: { anyOf: [{ type: [...SCALAR, "null"] }, { $ref: "#/$defs/variable" }] },
      },
    },
    directories: list(
      { anyOf: [{ type: "string", minLength: 1 }, { $ref: "#/$defs/directory" }] },
      "Directories: paths, or maps with a path and a mode. Those that files lie in need not be named.",
    ),
    files: list({ $ref: "#/$defs/file" }, "Files."),
    links: list({ $ref: "#/$defs/link" }, "Symbolic links, and further names of files."),
  },
  variable: {
    default: {
      is: (value) => isText(value) || typeof value === "boolean" || Number.isFinite(value),
      words: "a text, a number or true or false",
      schema: { type: SCALAR, description: "What stands for it when nothing is given." },
    },
    description: text("What it is for."),
  },
  directory: { path: path("Where it is to be."), mode },
  file: {
    path: path("Where it is to be."),
    content: text("Its text, with variables: ${name} or ${name:-default}; $${ is a literal ${."),
    base64: text("Its bytes."),
    contentFrom: path("Where its bytes are in the provider that is given for this."),
    expand: flag("Whether variables in the content are replaced: yes for `content`, no for `contentFrom`."),
    mode,
    contentType: text("The MIME type, where the store keeps one."),
    meta: {
      is: (value) => isMap(value) && Object.values(value as object).every(isText),
      words: "a map from texts to texts",
      schema: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "Your own attributes.",
      },
    },
  },
  link: {
    path: path("Where it is to be."),
    target: path("What a symbolic link leads to, relative to where it lies."),
    to: path("The file of the template that this is one more name of."),
  },
};

/** The fields that a map may have. */
export function fieldsOf(kind: string): Readonly<Record<string, Field>> {
  return FIELDS[kind as Kind];
}
