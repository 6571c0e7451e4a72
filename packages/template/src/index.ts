export { apply, type ApplyEntry, type ApplyOptions, type ApplyReport } from "./apply.ts";
export { capture, type CaptureOptions } from "./capture.ts";
export { format } from "./format.ts";
export type { JsonSchema } from "./fields.ts";
export type { TemplateProblem } from "./parse.ts";
export { preload, type PreloadOptions } from "./preload.ts";
export { templateSchema } from "./schema.ts";
export type { Action, OnConflict } from "./survey.ts";
export type {
  Template,
  TemplateDirectory,
  TemplateFile,
  TemplateLink,
  TemplateMode,
  TemplateValue,
  TemplateVariable,
  VariableDescription,
} from "./template.ts";
export { validate, type ValidateOptions } from "./validate.ts";
