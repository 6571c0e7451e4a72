/** What a variable of a template is: its default, or more about it. Without a default a value must be given. */
export type TemplateVariable = TemplateValue | null | VariableDescription;

/** What can stand for a variable: a number and a boolean are written as JavaScript writes them. */
export type TemplateValue = string | number | boolean;

export interface VariableDescription {
  readonly default?: TemplateValue;
  /** For people: shown where a value is missing. */
  readonly description?: string;
}

/** Permission bits: a number, or octal digits as a text (`"0755"`). */
export type TemplateMode = number | string;

export interface TemplateDirectory {
  readonly path: string;
  readonly mode?: TemplateMode;
}

/** A file. It has one of `content`, `base64` and `contentFrom`, or is empty. */
export interface TemplateFile {
  readonly path: string;
  /** Text, in which variables are replaced unless `expand` is false. */
  readonly content?: string;
  /** Bytes, as they are. */
  readonly base64?: string;
  /** A path in the provider that `apply` is given for this: its bytes, as they are unless `expand` is true. */
  readonly contentFrom?: string;
  /** Whether variables in the content are replaced. */
  readonly expand?: boolean;
  readonly mode?: TemplateMode;
  readonly contentType?: string;
  readonly meta?: Readonly<Record<string, string>>;
}

/** A symbolic link (`target`, relative to where it lies), or one more name of a file of the template (`to`). */
export interface TemplateLink {
  readonly path: string;
  readonly target?: string;
  readonly to?: string;
}

/**
 * A tree of files, declared. Variables (`${name}`, or `${name:-default}`) stand in paths, in targets and in the content of
 * files; `$${` is a literal `${`. What stands for a variable is never looked into again.
 */
export interface Template {
  readonly description?: string;
  readonly variables?: Readonly<Record<string, TemplateVariable>>;
  readonly directories?: readonly (string | TemplateDirectory)[];
  readonly files?: readonly TemplateFile[];
  readonly links?: readonly TemplateLink[];
}
