import { stringify } from "yaml";
import type { Template } from "./template.ts";

/** Writes a template as text that `apply` reads. */
export function format(template: Template, as: "yaml" | "json" = "yaml"): string {
  if (as === "json") return `${JSON.stringify(template, undefined, 2)}\n`;
  return stringify(template, { lineWidth: 0, aliasDuplicateObjects: false });
}
